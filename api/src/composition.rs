//! The composition root: settings become adapters, adapters become use cases, use cases get doors, doors get a server.
//! It is the only file that knows which adapter stands behind a port.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use actix_web::web;
use application::ports::{EventPublisher, IdGenerator, PasswordHasher};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::session::SessionPolicy;
use infrastructure::{
    Argon2Hasher, Argon2Settings, Database, DatabaseSettings, DatabaseTimes, HmacRefreshTokens, JwtAccessTokens,
    MemoryBus, MemoryPresence, MemoryTyping, RecalledSessions, Secret, SqliteSynchronous, SystemClock, UuidGenerator,
};
use socketio::Origins;
use sockets::{ServerOptions, Workers};

use crate::config::{AuthSettings, DatabaseSection, EventBus, ServerSettings, Settings, Synchronous, load_or_make};
use crate::criers::{Criers, Sources};
use crate::descriptors;
use crate::gateway::dialects::auth::Auth;
use crate::gateway::{self, Gateway, GatewaySettings};
use crate::http::{self, around::RequestIds};
use crate::limits::Limits;
use crate::pages::Pages;
use crate::running::{Running, StartError};
use crate::state::{AppState, Ports};

/// How many publications may wait for the hub, each of one or several events.
const BUS_CAPACITY: usize = 1024;

/// Starts the service. It is ready when this returns; the tables have been brought up to date before.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    // Adapters.
    let secret = secret(&settings)?;
    let bus = match settings.event_bus {
        EventBus::Memory => Arc::new(MemoryBus::new(BUS_CAPACITY)),
    };
    let database = open(&settings.database, bus.clone()).await?;
    database.migrate().await?;
    let source = bus.subscribe();
    let presence = MemoryPresence::new(settings.presence.grace);
    let typing = MemoryTyping::new(settings.presence.typing_expiry);
    let sources = Sources { presence: presence.source(), typing: typing.source(), events: bus.subscribe() };
    let ids: Arc<dyn IdGenerator> = Arc::new(UuidGenerator);

    // Use cases.
    let moment = Moment { bus, presence: Arc::new(presence), typing: Arc::new(typing) };
    let ports = ports(&settings, &secret, &database, moment, Arc::clone(&ids))?;
    let state =
        Arc::new(AppState::wire(ports, Limits::new(&settings.limits), Pages::new(settings.http.history_cache_bytes)));

    // Doors.
    let workers = Workers::new(settings.server.workers);
    let gateway = Gateway::start(Arc::clone(&state), source, Arc::clone(&ids), workers.clone(), doors(&settings));
    let socketio = gateway.socketio(workers.clone());
    let request_ids = web::Data::new(RequestIds::new(format!("{}{}", ids.suffix(), ids.suffix())));

    // Server.
    let listener = sockets::bind(settings.server.address())
        .map_err(|cause| StartError::Listen { address: settings.server.address(), cause })?;
    let address = listener.local_addr().map_err(StartError::Server)?;
    let options = server_options(&settings.server);
    let (app_state, settings) = (web::Data::from(Arc::clone(&state)), settings.http);
    let app = move || {
        http::app(app_state.clone(), request_ids.clone(), &settings)
            .app_data(web::Data::from(Arc::clone(&gateway)))
            .configure(gateway::routes)
            .configure(socketio.configure(gateway::SOCKET_IO))
    };
    let server = sockets::serve(listener, &options, &workers, app).map_err(StartError::Server)?;
    let criers = Criers::start(&state, sources);
    let afterwards = async move {
        criers.stop().await;
        database.close().await;
    };
    Ok(Running::new(address, server, state, afterwards))
}

fn doors(settings: &Settings) -> GatewaySettings {
    GatewaySettings {
        origins: settings.http.cors_origins.clone().map_or(Origins::Any, Origins::List),
        auth: Auth::new(settings.frames_reply_suffix.clone()),
        sockets: settings.sockets,
        body_timeout: settings.http.body_timeout,
        upgrade_timeout: settings.server.upgrade_timeout,
        write_stall: settings.server.tcp_user_timeout,
    }
}

fn server_options(settings: &ServerSettings) -> ServerOptions {
    ServerOptions {
        max_connections: descriptors::connections(settings.max_connections).div_ceil(settings.workers),
        grace: settings.grace,
        request_head: settings.request_head_timeout,
        keep_alive: settings.keep_alive,
        handshake: settings.upgrade_timeout,
        tcp_user_timeout: settings.tcp_user_timeout,
        tcp_keepalive: settings.tcp_keepalive,
        ..ServerOptions::default()
    }
}

/// Brings the tables up to date, and does nothing else.
pub async fn migrate(settings: &Settings) -> Result<(), StartError> {
    let database = open(&settings.database, Arc::new(MemoryBus::new(1))).await?;
    database.migrate().await?;
    database.close().await;
    Ok(())
}

async fn open(section: &DatabaseSection, events: Arc<dyn EventPublisher>) -> Result<Database, StartError> {
    Ok(Database::open(&database_settings(section), events).await?)
}

fn database_settings(section: &DatabaseSection) -> DatabaseSettings {
    let mut settings = DatabaseSettings::new(section.url.expose());
    if let Some(size) = section.pool_size {
        (settings.postgres_pool, settings.sqlite_readers) = (size, size);
    }
    settings.sqlite_synchronous = match section.sqlite_synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    settings.times = DatabaseTimes {
        wait: section.wait,
        connect: section.connect_timeout,
        statement: section.statement_timeout,
        lock: section.lock_timeout,
        idle_in_transaction: section.transaction_timeout,
    };
    settings
}

/// The adapters of what is of the moment.
struct Moment {
    bus: Arc<MemoryBus>,
    presence: Arc<MemoryPresence>,
    typing: Arc<MemoryTyping>,
}

fn ports(
    settings: &Settings,
    secret: &Secret,
    database: &Database,
    moment: Moment,
    ids: Arc<dyn IdGenerator>,
) -> Result<Ports, StartError> {
    let (auth, stored) = (&settings.auth, database.repositories());
    Ok(Ports {
        users: stored.users,
        sessions: Arc::new(RecalledSessions::new(stored.sessions)),
        conversations: stored.conversations,
        reader: stored.reader,
        messages: stored.messages,
        presence: moment.presence,
        typing: moment.typing,
        hasher: hasher(auth, settings.limits.refuses_common_passwords)?,
        access: Arc::new(access_tokens(auth, secret)),
        refresh: Arc::new(HmacRefreshTokens::new(secret)),
        events: moment.bus,
        ids,
        clock: Arc::new(SystemClock),
        policy: policy(auth),
        max_message_characters: settings.max_message_characters,
        dependencies: vec![stored.health],
    })
}

fn access_tokens(auth: &AuthSettings, secret: &Secret) -> JwtAccessTokens {
    JwtAccessTokens::new(secret, auth.access_ttl, auth.leeway)
}

fn policy(auth: &AuthSettings) -> SessionPolicy {
    SessionPolicy { idle: auth.refresh_ttl, absolute: auth.session_ttl, reuse_grace: auth.reuse_grace }
}

fn hasher(auth: &AuthSettings, refuses_common: bool) -> Result<Arc<dyn PasswordHasher>, StartError> {
    let cost = hashing(auth, refuses_common);
    Ok(Arc::new(Argon2Hasher::new(cost).map_err(|error| StartError::Hasher(error.to_string()))?))
}

fn hashing(auth: &AuthSettings, refuses_common: bool) -> Argon2Settings {
    let default = Argon2Settings::default();
    Argon2Settings {
        memory_kib: auth.hash_memory_kib,
        iterations: auth.hash_iterations,
        parallelism: auth.hash_parallelism,
        at_once: auth.hashes_at_once.unwrap_or(default.at_once),
        queue: auth.hash_queue,
        refuses_common,
    }
}

/// The secret that is set, or the one that is kept in the data directory, made at the first start.
fn secret(settings: &Settings) -> Result<Secret, StartError> {
    if let Some(set) = &settings.auth.jwt_secret {
        return Secret::new(set.expose()).map_err(|error| StartError::Secret(error.to_string()));
    }
    let directory = &settings.data_dir;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|cause| StartError::DataDir { path: directory.clone(), cause })?;
    let path = directory.join("jwt-secret");
    let kept = load_or_make(&path, random_secret)?;
    Secret::new(kept.expose()).map_err(|error| StartError::KeptSecret { path, cause: error.to_string() })
}

fn random_secret() -> io::Result<String> {
    let secret = Secret::random().map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(secret.expose()))
}

#[cfg(test)]
mod tests;
