//! The settings, one struct for each section.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::auth::AuthSettings;
use super::database::DatabaseSection;
use super::doors::{HttpSettings, SocketSettings};
use super::env::{ConfigError, Env};
use super::limits::LimitSettings;
use super::parse::{duration, host, patience, within};
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
    /// `MAX_MESSAGE_CHARACTERS`.
    pub max_message_characters: usize,
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
    /// `REQUEST_HEAD_TIMEOUT`.
    pub request_head_timeout: Duration,
    /// `KEEP_ALIVE`.
    pub keep_alive: Duration,
    /// `UPGRADE_TIMEOUT`.
    pub upgrade_timeout: Duration,
    /// `TCP_USER_TIMEOUT`.
    pub tcp_user_timeout: Duration,
    /// `TCP_KEEPALIVE`.
    pub tcp_keepalive: Duration,
}

impl ServerSettings {
    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// How nodes tell each other what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBus {
    /// There is one node.
    Memory,
}

/// Who is there, and who types.
#[derive(Debug, Clone, Copy)]
pub struct PresenceSettings {
    /// `PRESENCE_GRACE`.
    pub grace: Duration,
    /// `TYPING_EXPIRY`.
    pub typing_expiry: Duration,
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
            max_message_characters: env.read(&var::MAX_MESSAGE_CHARACTERS, within(1..=65_536))?,
            limits: LimitSettings::from_env(env)?,
            frames_reply_suffix: frames_reply_suffix(env)?,
            log: LogSettings::from_env(env)?,
            data_dir,
        };
        settings.auth.validate()?;
        settings.sockets.validate()?;
        settings.database.validate()?;
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
            grace: env.read(&var::SHUTDOWN_GRACE, patience)?,
            request_head_timeout: env.read(&var::REQUEST_HEAD_TIMEOUT, patience)?,
            keep_alive: env.read(&var::KEEP_ALIVE, patience)?,
            upgrade_timeout: env.read(&var::UPGRADE_TIMEOUT, patience)?,
            tcp_user_timeout: env.read(&var::TCP_USER_TIMEOUT, patience)?,
            tcp_keepalive: env.read(&var::TCP_KEEPALIVE, patience)?,
        })
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
