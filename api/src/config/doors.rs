//! The doors.

use std::time::Duration;

use super::env::{ConfigError, Env};
use super::parse::{origins, patience, switch, within};
use super::variables as var;

/// The REST door.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// `MAX_BODY_BYTES`.
    pub max_body_bytes: usize,
    /// `CORS_ORIGINS`; `None` for any.
    pub cors_origins: Option<Vec<String>>,
    /// `HISTORY_CACHE_BYTES`.
    pub history_cache_bytes: u64,
    /// `REQUEST_BODY_TIMEOUT`.
    pub body_timeout: Duration,
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
    /// `MAX_FRAGMENTS`.
    pub max_fragments: usize,
    /// `MAX_ATTACHMENTS`.
    pub max_attachments: usize,
    /// `MAX_PACKETS`.
    pub max_packets: usize,
    /// `QUEUE_BYTES`.
    pub queue_bytes: usize,
    /// `QUEUE_FRAMES`.
    pub queue_frames: usize,
    /// `PING_INTERVAL`.
    pub ping_interval: Duration,
    /// `PING_TIMEOUT`.
    pub ping_timeout: Duration,
    /// `SOCKETIO_PING_TIMEOUT`.
    pub socketio_ping_timeout: Duration,
    /// `CONNECT_TIMEOUT`.
    pub connect_timeout: Duration,
    /// `RESUME_WINDOW`.
    pub resume_window: Duration,
    /// `RESUME_EVENTS`.
    pub resume_events: usize,
    /// `POSITION_CHECK`.
    pub position_check: Duration,
}

impl HttpSettings {
    pub(super) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            max_body_bytes: env.read(&var::MAX_BODY_BYTES, bytes)?,
            cors_origins: env.read(&var::CORS_ORIGINS, origins)?,
            history_cache_bytes: env.read(&var::HISTORY_CACHE_BYTES, within(0..=1 << 40))?,
            body_timeout: env.read(&var::REQUEST_BODY_TIMEOUT, patience)?,
            swagger_ui: env.read(&var::SWAGGER_UI, switch)?,
        })
    }
}

impl SocketSettings {
    pub(super) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            max_frame_bytes: env.read(&var::MAX_FRAME_BYTES, bytes)?,
            max_payload_bytes: env.read(&var::MAX_PAYLOAD_BYTES, bytes)?,
            max_fragments: env.read(&var::MAX_FRAGMENTS, within(1..=65_536))?,
            max_attachments: env.read(&var::MAX_ATTACHMENTS, within(0..=1000))?,
            max_packets: env.read(&var::MAX_PACKETS, within(1..=65_536))?,
            queue_bytes: env.read(&var::QUEUE_BYTES, within(64 * 1024..=1 << 30))?,
            queue_frames: env.read(&var::QUEUE_FRAMES, within(8..=1_000_000))?,
            ping_interval: env.read(&var::PING_INTERVAL, patience)?,
            ping_timeout: env.read(&var::PING_TIMEOUT, patience)?,
            socketio_ping_timeout: env.read(&var::SOCKETIO_PING_TIMEOUT, patience)?,
            connect_timeout: env.read(&var::CONNECT_TIMEOUT, patience)?,
            resume_window: env.read(&var::RESUME_WINDOW, patience)?,
            resume_events: env.read(&var::RESUME_EVENTS, within(1..=65_536))?,
            position_check: env.read(&var::POSITION_CHECK, patience)?,
        })
    }

    /// What is told again to who was away goes through the queue like everything else.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.resume_events >= self.queue_frames {
            return Err(ConfigError::new(&var::RESUME_EVENTS, "must be less than QUEUE_FRAMES"));
        }
        Ok(())
    }
}

/// How much a client may send in one piece.
fn bytes(text: &str) -> Option<usize> {
    within(1024..=16 * 1024 * 1024)(text)
}
