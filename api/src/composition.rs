//! The composition root: settings become adapters, adapters become use cases, use cases get doors, doors get a server.
//! It is the only file that knows which adapter stands behind a port.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use actix_web::web;
use application::ports::{EventSource, IdGenerator, PasswordHasher};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::session::SessionPolicy;
use infrastructure::{
    Argon2Hasher, Argon2Settings, Database, DatabaseSettings, HmacRefreshTokens, JwtAccessTokens, MemoryBus, Secret,
    SqliteSynchronous, SystemClock, UuidGenerator,
};
use sockets::{ServerOptions, Workers};

use crate::config::{AuthSettings, DatabaseSection, EventBus, Settings, Synchronous, load_or_make};
use crate::gateway::{self, Gateway};
use crate::http::{self, around::RequestIds};
use crate::running::{Running, StartError};
use crate::state::{AppState, Ports};

/// How many events may wait for the hub.
const BUS_CAPACITY: usize = 4096;

/// Starts the service. It is ready when this returns; the tables have been brought up to date before.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    // Adapters.
    let secret = secret(&settings)?;
    let database = open(&settings.database).await?;
    database.migrate().await?;
    let (events, source) = match settings.event_bus {
        EventBus::Memory => memory_bus(),
    };
    let ids: Arc<dyn IdGenerator> = Arc::new(UuidGenerator);

    // Use cases.
    let ports = ports(&settings.auth, &secret, &database, events, Arc::clone(&ids))?;
    let state = Arc::new(AppState::wire(ports));

    // Doors.
    let workers = Workers::new(settings.server.workers);
    let gateway =
        Gateway::start(Arc::clone(&state), source, Arc::clone(&ids), workers.clone(), sockets::Options::default());
    let request_ids = web::Data::new(RequestIds::new(format!("{}{}", ids.suffix(), ids.suffix())));

    // Server.
    let listener = sockets::bind(settings.server.address())
        .map_err(|cause| StartError::Listen { address: settings.server.address(), cause })?;
    let address = listener.local_addr().map_err(StartError::Server)?;
    let options = ServerOptions { grace: settings.server.grace, ..ServerOptions::default() };
    let (app_state, settings) = (web::Data::from(Arc::clone(&state)), settings.http);
    let app = move || {
        http::app(app_state.clone(), request_ids.clone(), &settings)
            .app_data(web::Data::from(Arc::clone(&gateway)))
            .configure(gateway::routes)
    };
    let server = sockets::serve(listener, &options, &workers, app).map_err(StartError::Server)?;
    Ok(Running::new(address, server, state, async move { database.close().await }))
}

/// Brings the tables up to date, and does nothing else.
pub async fn migrate(settings: &Settings) -> Result<(), StartError> {
    let database = open(&settings.database).await?;
    database.migrate().await?;
    database.close().await;
    Ok(())
}

async fn open(section: &DatabaseSection) -> Result<Database, StartError> {
    let mut settings = DatabaseSettings::new(section.url.expose());
    if let Some(size) = section.pool_size {
        (settings.postgres_pool, settings.sqlite_readers) = (size, size);
    }
    settings.sqlite_synchronous = match section.sqlite_synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    Ok(Database::open(&settings).await?)
}

fn memory_bus() -> (Arc<MemoryBus>, Box<dyn EventSource>) {
    let bus = MemoryBus::new(BUS_CAPACITY);
    let source = bus.subscribe();
    (Arc::new(bus), source)
}

fn ports(
    auth: &AuthSettings,
    secret: &Secret,
    database: &Database,
    events: Arc<MemoryBus>,
    ids: Arc<dyn IdGenerator>,
) -> Result<Ports, StartError> {
    let stored = database.repositories();
    Ok(Ports {
        users: stored.users,
        sessions: stored.sessions,
        conversations: stored.conversations,
        reader: stored.reader,
        messages: stored.messages,
        hasher: hasher(auth)?,
        access: Arc::new(JwtAccessTokens::new(secret, auth.access_ttl)),
        refresh: Arc::new(HmacRefreshTokens::new(secret)),
        events,
        ids,
        clock: Arc::new(SystemClock),
        policy: SessionPolicy { idle: auth.refresh_ttl, absolute: auth.session_ttl },
        dependencies: vec![stored.health],
    })
}

fn hasher(auth: &AuthSettings) -> Result<Arc<dyn PasswordHasher>, StartError> {
    let cost = Argon2Settings {
        memory_kib: auth.hash_memory_kib,
        iterations: auth.hash_iterations,
        ..Argon2Settings::default()
    };
    Ok(Arc::new(Argon2Hasher::new(cost).map_err(|error| StartError::Hasher(error.to_string()))?))
}

/// The secret that is set, or the one that is kept in the data directory, made at the first start.
fn secret(settings: &Settings) -> Result<Secret, StartError> {
    let text = if let Some(set) = &settings.auth.jwt_secret {
        set.clone()
    } else {
        let directory = &settings.data_dir;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|cause| StartError::DataDir { path: directory.clone(), cause })?;
        load_or_make(&directory.join("jwt-secret"), random_secret)?
    };
    Secret::new(text.expose()).map_err(|error| StartError::Secret(error.to_string()))
}

fn random_secret() -> io::Result<String> {
    let secret = Secret::random().map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(secret.expose()))
}
