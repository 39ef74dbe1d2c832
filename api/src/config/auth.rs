//! Tokens and passwords.

use std::time::Duration;

use super::env::{ConfigError, Env};
use super::parse::{duration, duration_or_none, within};
use super::secret::Hidden;
use super::variables as var;

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
    /// `REFRESH_REUSE_GRACE`.
    pub reuse_grace: Duration,
    /// `TOKEN_LEEWAY`.
    pub leeway: Duration,
    /// `PASSWORD_HASH_MEMORY_KIB`. The floor holds for the variable alone: tests set less here.
    pub hash_memory_kib: u32,
    /// `PASSWORD_HASH_ITERATIONS`, likewise.
    pub hash_iterations: u32,
    /// `PASSWORD_HASH_PARALLELISM`.
    pub hash_parallelism: u32,
    /// `PASSWORD_HASHES_AT_ONCE`.
    pub hashes_at_once: Option<usize>,
    /// `PASSWORD_HASH_QUEUE`.
    pub hash_queue: usize,
}

impl AuthSettings {
    pub(super) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            jwt_secret: env.get(&var::JWT_SECRET).map(Hidden::new),
            access_ttl: env.read(&var::ACCESS_TOKEN_TTL, duration)?,
            refresh_ttl: env.read(&var::REFRESH_TOKEN_TTL, duration)?,
            session_ttl: env.read(&var::SESSION_TTL, duration)?,
            reuse_grace: env.read(&var::REFRESH_REUSE_GRACE, duration_or_none)?,
            leeway: env.read(&var::TOKEN_LEEWAY, duration_or_none)?,
            hash_memory_kib: env.read(&var::PASSWORD_HASH_MEMORY_KIB, within(19_456..=1_048_576))?,
            hash_iterations: env.read(&var::PASSWORD_HASH_ITERATIONS, within(2..=64))?,
            hash_parallelism: env.read(&var::PASSWORD_HASH_PARALLELISM, within(1..=64))?,
            hashes_at_once: env.read_if_set(&var::PASSWORD_HASHES_AT_ONCE, within(1..=1024))?,
            hash_queue: env.read(&var::PASSWORD_HASH_QUEUE, within(0..=100_000))?,
        })
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
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
