//! Which database, and how it is used.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Which database, and how it is used.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite://` and a path, or `postgres://user:password@host:port/name`.
    pub url: String,
    /// What an acknowledged commit in SQLite survives.
    pub sqlite_synchronous: SqliteSynchronous,
    /// How many connections read from SQLite; one writes.
    pub sqlite_readers: usize,
    /// How many connections to PostgreSQL there may be.
    pub postgres_pool: usize,
    /// How many messages may wait for the next commit; more are refused as `Unavailable`.
    pub append_queue: usize,
    /// How long anything may take.
    pub times: DatabaseTimes,
}

/// How long what concerns the database may take. What takes longer is refused as `Unavailable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseTimes {
    /// Waiting for a connection of the pool; in SQLite also for a lock that another process holds.
    pub wait: Duration,
    /// Connecting to PostgreSQL.
    pub connect: Duration,
    /// A call, and a statement in PostgreSQL.
    pub statement: Duration,
    /// Waiting for a lock in PostgreSQL.
    pub lock: Duration,
    /// A transaction in PostgreSQL without a statement.
    pub idle_in_transaction: Duration,
}

impl Default for DatabaseTimes {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(2),
            connect: Duration::from_secs(3),
            statement: Duration::from_secs(5),
            lock: Duration::from_secs(3),
            idle_in_transaction: Duration::from_secs(10),
        }
    }
}

impl DatabaseSettings {
    /// The defaults for a database.
    pub fn new(url: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            url: url.into(),
            sqlite_synchronous: SqliteSynchronous::Full,
            sqlite_readers: 4,
            postgres_pool: 4 * cores,
            append_queue: 4096,
            times: DatabaseTimes::default(),
        }
    }
}

/// The URL may hold a password, so it is left out.
impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("sqlite_synchronous", &self.sqlite_synchronous)
            .field("sqlite_readers", &self.sqlite_readers)
            .field("postgres_pool", &self.postgres_pool)
            .field("append_queue", &self.append_queue)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// What an acknowledged commit in SQLite survives. Either way it survives a crash of the process, and the file is never
/// corrupted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SqliteSynchronous {
    /// A loss of power as well.
    #[default]
    Full,
    /// A loss of power may take the last commits.
    Normal,
}

/// Why a database cannot be used: one line for whoever runs the server, without the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL's scheme is none that is known.
    #[error("unknown database '{0}': known are sqlite://… (a file) and postgres://… (a server)")]
    UnknownScheme(String),
    /// The URL is not one.
    #[error("malformed database URL: {0}")]
    Malformed(String),
    /// The URL asks for what this build cannot do.
    #[error(
        "the database URL asks for TLS (sslmode=require), which this build does not speak: leave it out, or put a \
             TLS proxy before the server"
    )]
    Tls,
    /// The file cannot be opened.
    #[error("cannot open the database file {path}: {cause}")]
    File {
        /// The file, or the lock beside it.
        path: String,
        /// What the system or SQLite says.
        cause: String,
    },
    /// The server does not answer.
    #[error("cannot reach the database server at {server}: {cause}")]
    Unreachable {
        /// Where it should be.
        server: String,
        /// What the system says.
        cause: String,
    },
    /// The server answers, and refuses.
    #[error("the database server at {server} refuses: {cause}")]
    Refused {
        /// Where it is.
        server: String,
        /// What it says.
        cause: String,
    },
    /// The tables cannot be brought up to date.
    #[error("migrating the database failed: {0}")]
    Migration(String),
    /// Anything else.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}

impl OpenError {
    pub(super) fn file(path: &str, cause: impl fmt::Display) -> Self {
        Self::File { path: path.to_owned(), cause: line(cause) }
    }

    pub(super) fn migration(cause: impl fmt::Display) -> Self {
        Self::Migration(line(cause))
    }

    pub(super) fn unusable(cause: impl fmt::Display) -> Self {
        Self::Unusable(line(cause))
    }
}

/// A failure and its causes, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    line(text)
}

fn line(text: impl fmt::Display) -> String {
    text.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
