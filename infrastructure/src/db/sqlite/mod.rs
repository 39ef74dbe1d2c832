//! SQLite: one connection writes, several read, and each call is one closure on a blocking thread, so that a caller who
//! goes away never leaves a transaction open.

mod open;
mod pool;
mod queries;
mod special;

use std::time::Duration;

use application::ports::HealthCheck;
use diesel::Connection;
use diesel::sqlite::SqliteConnection;
use tokio::runtime::Handle;
use tokio::time::timeout;

pub use self::open::{migrate, open};
use self::pool::Pool;
use super::errors::{Answer, Failure, unavailable};
use super::repositories::prelude::*;
use super::repositories::repositories;

/// The repositories in an SQLite file.
pub struct Sqlite {
    runtime: Handle,
    writer: Pool,
    readers: Pool,
    /// How long a call may take once it has a connection.
    limit: Duration,
}

macro_rules! run {
    ($store:expr, $kind:ident, $area:ident :: $query:ident ( $($argument:ident),* )) => {
        $store.$kind(move |c| queries::$area::$query(c, $($argument),*)).await
    };
}

repositories!(Sqlite);

impl Sqlite {
    async fn write<T, F>(&self, work: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Answer<T> + Send + 'static,
    {
        // The write lock is taken at once: a transaction that began by reading could find it gone when it wants to write.
        self.on(&self.writer, |c| c.immediate_transaction(work)).await
    }

    async fn statement<T, F>(&self, work: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Answer<T> + Send + 'static,
    {
        self.on(&self.writer, work).await
    }

    async fn snapshot<T, F>(&self, work: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Answer<T> + Send + 'static,
    {
        self.on(&self.readers, |c| c.transaction(work)).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Answer<T> + Send + 'static,
    {
        self.on(&self.readers, work).await
    }

    async fn on<T, F>(&self, pool: &Pool, work: F) -> Result<T, RepositoryError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Answer<T> + Send + 'static,
    {
        let mut connection = pool.get().await.map_err(unavailable)?;
        let done = self.runtime.spawn_blocking(move || work(&mut connection));
        // The work goes on to its end, and keeps its connection until then.
        let Ok(done) = timeout(self.limit, done).await else { return Err(unavailable("no answer in time")) };
        let answer = done.map_err(|panic| RepositoryError::Backend(Box::new(panic)))?;
        Ok(answer?)
    }
}

#[async_trait]
impl BatchStore for Sqlite {
    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError> {
        Ok(run!(self, write, append::append(drafts))?.outcomes)
    }
}

#[async_trait]
impl HealthCheck for Sqlite {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> bool {
        let read = |c: &mut SqliteConnection| {
            let one = diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"));
            diesel::RunQueryDsl::get_result::<i32>(one, c).map_err(Failure::from)
        };
        self.read(read).await.is_ok()
    }
}
