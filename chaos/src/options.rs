//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::database::{Control, Postgres};

/// Runs Confab under load and harm, and judges what its clients saw.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Options {
    /// The database to run on.
    #[arg(long, default_value = "sqlite")]
    pub database: Kind,
    /// How long one round takes, silence included.
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// What harm and clients follow from; a made-up one unless set. Round n has seed + n.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many rounds.
    #[arg(long, default_value_t = 1)]
    pub rounds: u64,
    /// A PostgreSQL server where databases may be made.
    #[arg(long, env = "TEST_DATABASE_URL", hide_env_values = true)]
    pub server_url: Option<String>,
    /// The data directory of that server, so that it can be harmed as well.
    #[arg(long, env = "CHAOS_PG_DATA", requires = "pg_ctl")]
    pub pg_data: Option<String>,
    /// Its `pg_ctl`, with whatever has to precede it, as in `runuser -u postgres -- /usr/bin/pg_ctl`.
    #[arg(long, env = "CHAOS_PG_CTL")]
    pub pg_ctl: Option<String>,
    /// Where the history of a round with findings is written, one JSON object on each line.
    #[arg(long)]
    pub history: Option<PathBuf>,
    /// Plants this bug, or each one in turn for `all`, and runs rounds until it is found.
    #[cfg(feature = "planted-bugs")]
    #[arg(long)]
    pub planted: Option<String>,
    #[command(subcommand)]
    pub part: Option<Part>,
}

/// A database to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Another part to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Part {
    /// Is the server, which takes its settings from the environment.
    #[command(hide = true)]
    Server,
}

impl Options {
    /// The PostgreSQL to run on; `Ok(None)` is SQLite.
    pub fn postgres(&self) -> Result<Option<Postgres>, &'static str> {
        if self.database == Kind::Sqlite {
            return Ok(None);
        }
        let url = self.server_url.clone().ok_or("PostgreSQL needs --server-url or TEST_DATABASE_URL")?;
        let words = self.pg_ctl.as_ref().map(|command| command.split_whitespace().map(str::to_owned).collect());
        let control = words.zip(self.pg_data.clone()).map(|(command, data)| Control { command, data });
        Ok(Some(Postgres { url, control }))
    }

    /// How long harm is done in a round; the rest is for setting up and for silence.
    pub fn load(&self) -> Duration {
        Duration::from_secs(self.seconds.saturating_sub(10).max(4))
    }
}
