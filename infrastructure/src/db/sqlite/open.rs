//! Opening and migrating an SQLite file.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::runtime::Handle;

use super::Sqlite;
use super::pool::{Connections, connect};
use crate::db::settings::{DatabaseSettings, OpenError, SqliteSynchronous};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// How long one process waits until another has opened or migrated the same file.
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens the file at `path`, and makes it and its directory if need be.
pub async fn open(path: &str, settings: &DatabaseSettings) -> Result<Sqlite, OpenError> {
    let runtime = Handle::current();
    let path: Arc<str> = path.into();
    let (prepared, wait) = (Arc::clone(&path), settings.times.wait);
    blocking(&runtime, move || prepare(&prepared, wait)).await?;

    let synchronous = match settings.sqlite_synchronous {
        SqliteSynchronous::Full => "FULL",
        SqliteSynchronous::Normal => "NORMAL",
    };
    // The patience comes first, so that the rest has it.
    let common = format!("{} PRAGMA foreign_keys = ON;", patience(wait));
    let writing = format!("{common} PRAGMA synchronous = {synchronous};");
    let reading = format!("{common} PRAGMA query_only = ON;");
    let connections =
        |setup: String| Connections { runtime: runtime.clone(), path: Arc::clone(&path), setup: setup.into() };
    Ok(Sqlite {
        writer: connections(writing).pool(1, wait).map_err(OpenError::unusable)?,
        readers: connections(reading).pool(settings.sqlite_readers.max(1), wait).map_err(OpenError::unusable)?,
        runtime,
        limit: settings.times.statement,
    })
}

/// Brings the tables of the file at `path` up to date.
pub async fn migrate(path: &str, wait: Duration) -> Result<(), OpenError> {
    let path: Arc<str> = path.into();
    blocking(&Handle::current(), move || {
        let _lock = lock(&path)?;
        let mut connection = connect(&path, &patience(wait)).map_err(|error| OpenError::file(&path, error))?;
        connection.run_pending_migrations(MIGRATIONS).map_err(OpenError::migration)?;
        Ok(())
    })
    .await
}

/// Makes the file, if need be, and puts it into WAL mode, which it stays in.
fn prepare(path: &str, wait: Duration) -> Result<(), OpenError> {
    if let Some(directory) = Path::new(path).parent() {
        std::fs::create_dir_all(directory).map_err(|error| OpenError::file(path, error))?;
    }
    let _lock = lock(path)?;
    let mut connection: SqliteConnection =
        connect(path, &patience(wait)).map_err(|error| OpenError::file(path, error))?;
    // A write that changes nothing finds out now, and not at the first call, whether the file may be written.
    let probe = "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; PRAGMA user_version = 0; COMMIT;";
    connection.batch_execute(probe).map_err(|error| OpenError::file(path, error))
}

/// So long a statement waits for a lock that another process holds.
fn patience(wait: Duration) -> String {
    format!("PRAGMA busy_timeout = {};", wait.as_millis())
}

/// Keeps other processes from opening or migrating at the same time, until it is dropped. SQLite's own locks do not:
/// changing the journal mode does not wait for them.
fn lock(path: &str) -> Result<File, OpenError> {
    let lock_path = format!("{path}-lock");
    let file = File::create(&lock_path).map_err(|error| OpenError::file(&lock_path, error))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(OpenError::file(&lock_path, error)),
        }
    }
}

async fn blocking<T: Send + 'static>(
    runtime: &Handle,
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    runtime.spawn_blocking(work).await.map_err(OpenError::unusable)?
}
