//! PostgreSQL: a pool of connections that are driven by the runtime the database was opened on, whichever thread a call
//! comes from, and limits on this side as well as on the server's.

mod connect;
mod pool;
mod queries;
mod recalled;
mod special;
mod statement;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use application::ports::HealthCheck;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

pub use self::connect::Server;
use self::pool::{Lease, Mode, Pool, Work};
use self::recalled::RecalledConversations;
use super::errors::{Failure, unavailable};
use super::repositories::prelude::*;
use super::repositories::repositories;
use super::settings::{DatabaseSettings, OpenError};

/// How often a transaction is tried that loses against others.
const ATTEMPTS: u32 = 4;

/// The repositories in a PostgreSQL database.
pub struct Postgres {
    pool: Pool,
    recalled: Mutex<RecalledConversations>,
    /// How long a call may take, also when it is tried again.
    limit: Duration,
}

macro_rules! run {
    ($store:expr, $kind:ident, $area:ident :: $query:ident ( $($argument:ident),* )) => {
        $store.$kind(move |c| Box::pin(queries::$area::$query(c, $(Clone::clone(&$argument)),*))).await
    };
}

repositories!(Postgres);

impl Postgres {
    /// Opens a database, which must be there and take a connection now.
    pub async fn open(server: &Server, settings: &DatabaseSettings) -> Result<Self, OpenError> {
        server.try_connect().await?;
        let pool = pool::build(server, settings.postgres_pool, &settings.times)?;
        Ok(Self { pool, recalled: Mutex::default(), limit: settings.times.statement })
    }

    fn recalled(&self) -> MutexGuard<'_, RecalledConversations> {
        self.recalled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write<T: Send>(&self, work: impl Work<T>) -> Result<T, RepositoryError> {
        self.run(Mode::Write, work).await
    }

    async fn snapshot<T: Send>(&self, work: impl Work<T>) -> Result<T, RepositoryError> {
        self.run(Mode::Snapshot, work).await
    }

    async fn statement<T: Send>(&self, work: impl Work<T>) -> Result<T, RepositoryError> {
        self.run(Mode::Bare, work).await
    }

    async fn read<T: Send>(&self, work: impl Work<T>) -> Result<T, RepositoryError> {
        self.run(Mode::Bare, work).await
    }

    async fn run<T: Send>(&self, mode: Mode, work: impl Work<T>) -> Result<T, RepositoryError> {
        let limited = tokio::time::timeout(self.limit, self.attempt(mode, work));
        limited.await.unwrap_or_else(|_| Err(unavailable("no answer in time")))
    }

    async fn attempt<T: Send>(&self, mode: Mode, work: impl Work<T>) -> Result<T, RepositoryError> {
        let mut attempt = 1;
        loop {
            let lease = Lease::new(self.pool.get().await.map_err(unavailable)?);
            match lease.run(mode, &work).await {
                Err(failure) if failure.is_transient() && attempt < ATTEMPTS => attempt += 1,
                answer => return Ok(answer?),
            }
        }
    }
}

/// A draft is decided upon by what is remembered, and the database says whether that still holds; if not, or if too
/// little is remembered, it is asked first.
#[async_trait]
impl BatchStore for Postgres {
    async fn append_optimistically(&self, drafts: &[&Draft]) -> Result<Vec<Option<Outcome>>, RepositoryError> {
        let Some(prediction) = self.recalled().predict(drafts).map(Arc::new) else {
            return Ok(vec![None; drafts.len()]);
        };
        let shared = Arc::clone(&prediction);
        let (profile_changes, moved) =
            self.statement(move |c| Box::pin(store::store_predicted(c, Arc::clone(&shared)))).await?;
        Ok(self.recalled().settle(Arc::unwrap_or_clone(prediction), profile_changes, &moved))
    }

    async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, RepositoryError> {
        let has_begun = self.recalled().has_begun();
        if !has_begun {
            let number = self.read(|c| Box::pin(store::profile_changes(c))).await?;
            self.recalled().begin(number);
        }
        let plan = run!(self, write, append::append(drafts))?;
        self.recalled().learn(&plan);
        Ok(plan.outcomes)
    }
}

#[async_trait]
impl HealthCheck for Postgres {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> bool {
        self.read(|c: &mut AsyncPgConnection| {
            Box::pin(async move { diesel::sql_query("SELECT 1").execute(c).await.map_err(Failure::from) })
        })
        .await
        .is_ok()
    }
}
