//! The database.

use std::path::Path;
use std::time::Duration;

use super::env::{ConfigError, Env};
use super::parse::{patience, within};
use super::secret::Hidden;
use super::variables as var;

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseSection {
    /// `DATABASE_URL`.
    pub url: Hidden,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: Option<usize>,
    /// `SQLITE_SYNCHRONOUS`.
    pub sqlite_synchronous: Synchronous,
    /// `DATABASE_WAIT`.
    pub wait: Duration,
    /// `DATABASE_CONNECT_TIMEOUT`.
    pub connect_timeout: Duration,
    /// `DATABASE_STATEMENT_TIMEOUT`.
    pub statement_timeout: Duration,
    /// `DATABASE_LOCK_TIMEOUT`.
    pub lock_timeout: Duration,
    /// `DATABASE_TRANSACTION_TIMEOUT`.
    pub transaction_timeout: Duration,
}

/// What an acknowledged message in `SQLite` survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// A loss of power.
    Full,
    /// A crash of the process.
    Normal,
}

impl DatabaseSection {
    pub(super) fn from_env(env: &Env, data_dir: &Path) -> Result<Self, ConfigError> {
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
            wait: env.read(&var::DATABASE_WAIT, patience)?,
            connect_timeout: env.read(&var::DATABASE_CONNECT_TIMEOUT, patience)?,
            statement_timeout: env.read(&var::DATABASE_STATEMENT_TIMEOUT, patience)?,
            lock_timeout: env.read(&var::DATABASE_LOCK_TIMEOUT, patience)?,
            transaction_timeout: env.read(&var::DATABASE_TRANSACTION_TIMEOUT, patience)?,
        })
    }

    /// A call waits, connects and is locked within the time that it has in all.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        for (part, variable) in [
            (self.wait, &var::DATABASE_WAIT),
            (self.connect_timeout, &var::DATABASE_CONNECT_TIMEOUT),
            (self.lock_timeout, &var::DATABASE_LOCK_TIMEOUT),
        ] {
            if part > self.statement_timeout {
                return Err(ConfigError::new(variable, "must not be longer than DATABASE_STATEMENT_TIMEOUT"));
            }
        }
        Ok(())
    }
}
