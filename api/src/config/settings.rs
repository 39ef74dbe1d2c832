//! The settings, one struct for each section.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::env::{ConfigError, Env};
use super::limits::LimitSettings;
use super::parse::{duration, host, origins, switch, within};
use super::secret::Hidden;
use super::variables as var;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `DATA_DIR`.
    pub data_dir: PathBuf,
    /// Listening, and stopping.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSection,
    /// `EVENT_BUS`.
    pub event_bus: EventBus,
    /// Tokens and passwords.
    pub auth: AuthSettings,
    /// Who is there, and who types.
    pub presence: PresenceSettings,
    /// The REST door.
    pub http: HttpSettings,
    /// The doors for sockets.
    pub sockets: SocketSettings,
    /// How often, how many, and from where.
    pub limits: LimitSettings,
    /// `FRAMES_REPLY_SUFFIX`.
    pub frames_reply_suffix: String,
    /// The log.
    pub log: LogSettings,
}

/// Listening, and stopping.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST`.
    pub host: IpAddr,
    /// `PORT`.
    pub port: u16,
    /// `WORKERS`.
    pub workers: usize,
    /// `MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// `SHUTDOWN_GRACE`.
    pub grace: Duration,
}

impl ServerSettings {
    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseSection {
    /// `DATABASE_URL`.
    pub url: Hidden,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: Option<usize>,
    /// `SQLITE_SYNCHRONOUS`.
    pub sqlite_synchronous: Synchronous,
}

/// What an acknowledged message in `SQLite` survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// A loss of power.
    Full,
    /// A crash of the process.
    Normal,
}

/// How nodes tell each other what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBus {
    /// There is one node.
    Memory,
}

/// Tokens and passwords.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// `JWT_SECRET`.
    pub jwt_secret: Option<Hidden>,
    /// `ACCESS_TOKEN_TTL`.
    pub access_ttl: Duration,
    /// `REFRESH_TOKEN_TTL`.
    pub refresh_ttl: Duration,
    /// `SESSION_TTL`.
    pub session_ttl: Duration,
    /// `PASSWORD_HASH_MEMORY_KIB`. The floor holds for the variable alone: tests set less here.
    pub hash_memory_kib: u32,
    /// `PASSWORD_HASH_ITERATIONS`, likewise.
    pub hash_iterations: u32,
}

/// Who is there, and who types.
#[derive(Debug, Clone, Copy)]
pub struct PresenceSettings {
    /// `PRESENCE_GRACE`.
    pub grace: Duration,
    /// `TYPING_EXPIRY`.
    pub typing_expiry: Duration,
}

/// The REST door.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// `MAX_BODY_BYTES`.
    pub max_body_bytes: usize,
    /// `CORS_ORIGINS`; `None` for any.
    pub cors_origins: Option<Vec<String>>,
    /// `HISTORY_CACHE_BYTES`.
    pub history_cache_bytes: u64,
    /// `SWAGGER_UI`.
    pub swagger_ui: bool,
}

/// The doors for sockets.
#[derive(Debug, Clone, Copy)]
pub struct SocketSettings {
    /// `MAX_FRAME_BYTES`.
    pub max_frame_bytes: usize,
    /// `MAX_PAYLOAD_BYTES`.
    pub max_payload_bytes: usize,
}

/// The log.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// `LOG`.
    pub filter: String,
    /// `LOG_FORMAT`; `None` to go by the terminal.
    pub format: Option<LogFormat>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For programs: one object on each line.
    Json,
}

impl Settings {
    /// Reads all of them; the first that is not as it should be is the error.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let data_dir = env.read(&var::DATA_DIR, |text| Some(PathBuf::from(text)))?;
        let settings = Self {
            server: ServerSettings::from_env(env)?,
            database: DatabaseSection::from_env(env, &data_dir)?,
            event_bus: env.read(&var::EVENT_BUS, |text| (text == "memory").then_some(EventBus::Memory))?,
            auth: AuthSettings::from_env(env)?,
            presence: PresenceSettings::from_env(env)?,
            http: HttpSettings::from_env(env)?,
            sockets: SocketSettings::from_env(env)?,
            limits: LimitSettings::from_env(env)?,
            frames_reply_suffix: frames_reply_suffix(env)?,
            log: LogSettings::from_env(env)?,
            data_dir,
        };
        settings.auth.validate()?;
        Ok(settings)
    }
}

/// Unlike elsewhere, empty is not as good as not set: it is the wish for no suffix.
fn frames_reply_suffix(env: &Env) -> Result<String, ConfigError> {
    let variable = &var::FRAMES_REPLY_SUFFIX;
    let suffix = env.get(variable).map_or(variable.default, str::trim);
    let fits = suffix.len() <= 32 && suffix.chars().all(|c| c.is_ascii_alphabetic());
    fits.then(|| suffix.to_owned()).ok_or_else(|| ConfigError::new(variable, format!("takes {}", variable.takes)))
}

impl ServerSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            host: env.read(&var::HOST, host)?,
            port: env.read(&var::PORT, |text| text.parse().ok())?,
            workers: env.read_if_set(&var::WORKERS, within(1..=64))?.unwrap_or(cores.min(64)),
            max_connections: env.read(&var::MAX_CONNECTIONS, within(1..=1_000_000))?,
            grace: env.read(&var::SHUTDOWN_GRACE, duration)?,
        })
    }
}

impl DatabaseSection {
    fn from_env(env: &Env, data_dir: &std::path::Path) -> Result<Self, ConfigError> {
        let in_data_dir = || format!("sqlite://{}", data_dir.join("confab.db").display());
        let url = env.read_if_set(&var::DATABASE_URL, |text| Some(text.to_owned()))?;
        Ok(Self {
            url: Hidden::new(url.unwrap_or_else(in_data_dir)),
            pool_size: env.read_if_set(&var::DATABASE_POOL_SIZE, within(1..=1000))?,
            sqlite_synchronous: env.read(&var::SQLITE_SYNCHRONOUS, |text| match text {
                "full" => Some(Synchronous::Full),
                "normal" => Some(Synchronous::Normal),
                _ => None,
            })?,
        })
    }
}

impl AuthSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            jwt_secret: env.get(&var::JWT_SECRET).map(Hidden::new),
            access_ttl: env.read(&var::ACCESS_TOKEN_TTL, duration)?,
            refresh_ttl: env.read(&var::REFRESH_TOKEN_TTL, duration)?,
            session_ttl: env.read(&var::SESSION_TTL, duration)?,
            hash_memory_kib: env.read(&var::PASSWORD_HASH_MEMORY_KIB, within(19_456..=1_048_576))?,
            hash_iterations: env.read(&var::PASSWORD_HASH_ITERATIONS, within(2..=64))?,
        })
    }

    fn validate(&self) -> Result<(), ConfigError> {
        // An empty secret is a mistake, not the wish for a generated one: an unset one is.
        if self.jwt_secret.as_ref().is_some_and(|secret| secret.expose().len() < 32) {
            return Err(ConfigError::new(&var::JWT_SECRET, format!("takes {}", var::JWT_SECRET.takes)));
        }
        if self.access_ttl > self.session_ttl {
            return Err(ConfigError::new(&var::ACCESS_TOKEN_TTL, "must not be longer than SESSION_TTL"));
        }
        Ok(())
    }
}

impl PresenceSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            grace: env.read(&var::PRESENCE_GRACE, duration)?,
            typing_expiry: env.read(&var::TYPING_EXPIRY, duration)?,
        })
    }
}

impl HttpSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            max_body_bytes: env.read(&var::MAX_BODY_BYTES, bytes)?,
            cors_origins: env.read(&var::CORS_ORIGINS, origins)?,
            history_cache_bytes: env.read(&var::HISTORY_CACHE_BYTES, within(0..=1 << 40))?,
            swagger_ui: env.read(&var::SWAGGER_UI, switch)?,
        })
    }
}

impl SocketSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            max_frame_bytes: env.read(&var::MAX_FRAME_BYTES, bytes)?,
            max_payload_bytes: env.read(&var::MAX_PAYLOAD_BYTES, bytes)?,
        })
    }
}

/// How much a client may send in one piece.
fn bytes(text: &str) -> Option<usize> {
    within(1024..=16 * 1024 * 1024)(text)
}

impl LogSettings {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            filter: env.read(&var::LOG, |text| EnvFilter::try_new(text).ok().map(|_| text.to_owned()))?,
            format: env.read_if_set(&var::LOG_FORMAT, |text| match text {
                "pretty" => Some(LogFormat::Pretty),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?,
        })
    }
}
