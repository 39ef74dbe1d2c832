//! The pool, and what happens to a connection that is taken from it.

use std::pin::Pin;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{QueueMode, Timeouts};
use diesel_async::pooled_connection::deadpool::{Object, Pool as DieselPool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};

use super::connect::Server;
use crate::db::errors::{Answer, Failure};
use crate::db::settings::{DatabaseTimes, OpenError};

pub type Pool = DieselPool<AsyncPgConnection>;

/// A transaction's queries, which may be run again.
pub trait Work<T>: for<'c> Fn(&'c mut AsyncPgConnection) -> Pending<'c, T> + Send + Sync {}
impl<T, F> Work<T> for F where F: for<'c> Fn(&'c mut AsyncPgConnection) -> Pending<'c, T> + Send + Sync {}

/// An answer on its way.
pub type Pending<'c, T> = Pin<Box<dyn Future<Output = Answer<T>> + Send + 'c>>;

/// What the queries run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: one statement is a transaction by itself.
    Bare,
    /// A transaction that sees what others commit meanwhile; locks order it.
    Write,
    /// A transaction that sees one state throughout.
    Snapshot,
}

/// A pool of at most `size` connections to a server.
pub fn build(server: &Server, size: usize, times: &DatabaseTimes) -> Result<Pool, OpenError> {
    let mut config = ManagerConfig::default();
    // A connection that broke while it was idle knows that by itself; a test query would double the round trips.
    config.recycling_method = RecyclingMethod::Fast;
    let server = server.clone();
    config.custom_setup = Box::new(move |_| {
        let server = server.clone();
        Box::pin(async move { server.connect().await })
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", config);
    // Recycling asks the server nothing, so its time is of no account.
    let timeouts =
        Timeouts { wait: Some(times.wait), create: Some(times.connect), recycle: Some(Duration::from_secs(1)) };
    // Whoever was used last knows its statements and has their pages at hand; in turns, all would forget.
    let builder = Pool::builder(manager).max_size(size.max(1)).queue_mode(QueueMode::Lifo);
    builder.timeouts(timeouts).runtime(Runtime::Tokio1).build().map_err(OpenError::unusable)
}

/// A connection during one call. Unless the call runs to its end, whether it is given up, out of time or cut off, the
/// connection does not return to the pool: nobody shall find it in the middle of somebody else's query.
pub struct Lease {
    connection: Option<Object<AsyncPgConnection>>,
}

impl Lease {
    pub fn new(connection: Object<AsyncPgConnection>) -> Self {
        Self { connection: Some(connection) }
    }

    /// Runs the queries, and returns the connection if it is sound.
    pub async fn run<T: Send>(mut self, mode: Mode, work: &impl Work<T>) -> Answer<T> {
        let Some(connection) = self.connection.as_mut() else {
            return Err(diesel::result::Error::BrokenTransactionManager.into());
        };
        let answer = transact(connection, mode, work).await;
        if answer.as_ref().err().is_none_or(Failure::leaves_connection_sound) {
            self.connection = None;
        }
        answer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

async fn transact<T: Send>(c: &mut AsyncPgConnection, mode: Mode, work: &impl Work<T>) -> Answer<T> {
    let begin = match mode {
        Mode::Bare => return work(c).await,
        Mode::Write => "BEGIN",
        Mode::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    AnsiTransactionManager::begin_transaction_sql(c, begin).await?;
    match work(c).await {
        Ok(answer) => {
            AnsiTransactionManager::commit_transaction(c).await?;
            Ok(answer)
        }
        Err(failure) => {
            // Should this fail as well, the transaction manager is broken, and the pool lets the connection go.
            let _ = AnsiTransactionManager::rollback_transaction(c).await;
            Err(failure)
        }
    }
}
