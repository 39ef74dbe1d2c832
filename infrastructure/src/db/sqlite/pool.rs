//! A pool of connections to one SQLite file.

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{BuildError, Manager, Metrics, QueueMode, RecycleError, RecycleResult, Timeouts};
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError};
use tokio::runtime::Handle;

pub type Pool = deadpool::managed::Pool<Connections>;

/// Opens connections to a file.
pub struct Connections {
    pub runtime: Handle,
    /// The file's path.
    pub path: Arc<str>,
    /// What each connection is set up with.
    pub setup: Arc<str>,
}

impl Connections {
    /// A pool of at most `size` connections, for one of which a call waits so long.
    pub fn pool(self, size: usize, wait: Duration) -> Result<Pool, BuildError> {
        let timeouts = Timeouts { wait: Some(wait), create: Some(wait), recycle: Some(wait) };
        // Whoever was used last has the pages at hand.
        let builder = Pool::builder(self).max_size(size).queue_mode(QueueMode::Lifo);
        builder.timeouts(timeouts).runtime(Runtime::Tokio1).build()
    }
}

/// Opens a connection and sets it up.
pub fn connect(path: &str, setup: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Refused(#[from] ConnectionError),
    #[error(transparent)]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Manager for Connections {
    type Type = SqliteConnection;
    type Error = ConnectError;

    async fn create(&self) -> Result<SqliteConnection, ConnectError> {
        let (path, setup) = (Arc::clone(&self.path), Arc::clone(&self.setup));
        Ok(self.runtime.spawn_blocking(move || connect(&path, &setup)).await??)
    }

    /// Keeps a connection unless its last call ended inside a transaction, by a panic.
    async fn recycle(&self, connection: &mut SqliteConnection, _: &Metrics) -> RecycleResult<ConnectError> {
        if <SqliteConnection as Connection>::TransactionManager::is_broken_transaction_manager(connection) {
            return Err(RecycleError::message("a transaction was left open"));
        }
        Ok(())
    }
}
