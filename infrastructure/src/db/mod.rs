//! Everything Diesel: the repositories in SQLite and in PostgreSQL.
//!
//! [`schema`] and [`records`] are shared; [`queries`] holds what both databases are asked in the same words, and
//! [`repositories`] which query serves which method; [`sqlite`] and [`postgres`] stamp both, each with its own pool and
//! its own way to run a transaction. New messages of either go through the [`writer`], which asks [`plan`] what they
//! come to.

mod errors;
mod halving;
mod plan;
mod postgres;
mod queries;
mod records;
mod repositories;
mod schema;
mod search;
mod senders;
mod settings;
mod sqlite;
#[cfg(test)]
mod testing;
mod views;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use application::ports::{EventPublisher, HealthCheck};
use domain::repository::{
    ConversationReader, ConversationRepository, MessageRepository, SessionRepository, UserRepository,
};

use self::postgres::{Postgres, Server};
use self::repositories::Messages;
pub use self::settings::{DatabaseSettings, DatabaseTimes, OpenError, SqliteSynchronous};
use self::sqlite::Sqlite;
use self::writer::{BatchStore, Writer};

/// The repositories of one database.
#[derive(Clone)]
pub struct Repositories {
    /// Accounts.
    pub users: Arc<dyn UserRepository>,
    /// Sign-ins.
    pub sessions: Arc<dyn SessionRepository>,
    /// Conversations.
    pub conversations: Arc<dyn ConversationRepository>,
    /// What is read of conversations.
    pub reader: Arc<dyn ConversationReader>,
    /// Messages.
    pub messages: Arc<dyn MessageRepository>,
    /// Whether the database answers.
    pub health: Arc<dyn HealthCheck>,
}

impl fmt::Debug for Repositories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repositories").finish_non_exhaustive()
    }
}

/// An open database.
pub struct Database {
    location: Location,
    repositories: Repositories,
    writer: Writer,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

enum Location {
    /// Its path, and how long a lock on it is waited for.
    File(String, Duration),
    Server(Box<Server>),
}

impl Database {
    /// Opens the database of the settings' URL: makes an SQLite file and its directory if need be, and connects to a
    /// PostgreSQL server once. The messages that are posted by way of it are told by `events`.
    ///
    /// Connections and the writer live on the tokio runtime this is called on; the repositories may be called from any
    /// other.
    pub async fn open(settings: &DatabaseSettings, events: Arc<dyn EventPublisher>) -> Result<Self, OpenError> {
        let location = Location::parse(settings)?;
        let start =
            |store: Arc<dyn BatchStore>| Writer::start(store, events, settings.append_queue, settings.times.statement);
        match &location {
            Location::File(path, _) => {
                let store = Arc::new(sqlite::open(path, settings).await?);
                let writer = start(Arc::clone(&store) as Arc<dyn BatchStore>);
                let repositories = Sqlite::repositories(&store, &writer);
                Ok(Self { location, repositories, writer })
            }
            Location::Server(server) => {
                let store = Arc::new(Postgres::open(server, settings).await?);
                let writer = start(Arc::clone(&store) as Arc<dyn BatchStore>);
                let repositories = Postgres::repositories(&store, &writer);
                Ok(Self { location, repositories, writer })
            }
        }
    }

    /// Brings the tables up to date. Several processes may do so at once: one does it, the others wait.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match &self.location {
            Location::File(path, wait) => sqlite::migrate(path, *wait).await,
            Location::Server(server) => server.migrate().await,
        }
    }

    /// The repositories.
    pub fn repositories(&self) -> Repositories {
        self.repositories.clone()
    }

    /// Commits the messages that wait, and takes no more. For the end of the process, after the last request.
    pub async fn close(self) {
        self.writer.close().await;
    }
}

impl Location {
    fn parse(settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let Some((scheme, rest)) = settings.url.split_once("://") else {
            return Err(OpenError::Malformed(
                "it should read sqlite://path or postgres://user:password@host/name".into(),
            ));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" if rest.is_empty() || rest.ends_with('/') || rest.contains([':', '?']) => {
                let rule = "sqlite:// takes the path of a file, without ':' and '?', such as sqlite://data/confab.db";
                Err(OpenError::Malformed(rule.into()))
            }
            "sqlite" => Ok(Self::File(rest.to_owned(), settings.times.wait)),
            "postgres" | "postgresql" => Ok(Self::Server(Box::new(Server::new(&settings.url, settings.times)?))),
            unknown => Err(OpenError::UnknownScheme(unknown.to_owned())),
        }
    }
}

macro_rules! hand_out {
    ($store:ty) => {
        impl $store {
            fn repositories(store: &Arc<Self>, writer: &Writer) -> Repositories {
                Repositories {
                    users: Arc::clone(store) as Arc<dyn UserRepository>,
                    sessions: Arc::clone(store) as Arc<dyn SessionRepository>,
                    conversations: Arc::clone(store) as Arc<dyn ConversationRepository>,
                    reader: Arc::clone(store) as Arc<dyn ConversationReader>,
                    messages: Arc::new(Messages { store: Arc::clone(store), writer: writer.clone() }),
                    health: Arc::clone(store) as Arc<dyn HealthCheck>,
                }
            }
        }
    };
}

hand_out!(Sqlite);
hand_out!(Postgres);
