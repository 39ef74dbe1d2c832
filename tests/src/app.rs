//! The real app, on a free port and a fresh database.

use api::config::{Env, Settings};
use tempfile::TempDir;

use crate::client::Http;
use crate::database::FreshDatabase;

/// A database to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Embedded.
    Sqlite,
    /// The server that `TEST_DATABASE_URL` names.
    Postgres,
}

/// A running app.
pub struct App {
    /// Its address, as a URL.
    pub base: String,
    /// A client of nobody.
    pub http: Http,
    database_url: String,
    running: api::Running,
    /// Where it keeps its files.
    _dir: TempDir,
}

/// Runs a test against an app of its own, then stops the app and removes the database.
pub fn run(kind: Kind, test: impl AsyncFnOnce(&App, &FreshDatabase)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = match kind {
            Kind::Sqlite => FreshDatabase::sqlite().await,
            Kind::Postgres => FreshDatabase::postgres().await,
        };
        let app = App::start(&database.settings().url).await;
        test(&app, &database).await;
        app.stop().await;
    });
}

impl App {
    /// Starts the app on a database.
    pub async fn start(database_url: &str) -> Self {
        Self::start_with(database_url, &[], |_| ()).await
    }

    /// Starts another one on the same database, set otherwise.
    pub async fn another(&self, set: impl FnOnce(&mut Settings)) -> Self {
        Self::start_with(&self.database_url, &[], set).await
    }

    /// Starts another one on the same database, with these variables as well.
    pub async fn another_with(&self, variables: &[(&str, &str)]) -> Self {
        Self::start_with(&self.database_url, variables, |_| ()).await
    }

    async fn start_with(database_url: &str, more: &[(&str, &str)], set: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = [
            ("DATA_DIR", dir.path().to_str().unwrap()),
            ("DATABASE_URL", database_url),
            ("DATABASE_POOL_SIZE", "4"),
            ("PORT", "0"),
            ("WORKERS", "2"),
            ("SHUTDOWN_GRACE", "5s"),
            // Who tests is in a hurry. What is limited has tests of its own.
            ("RATE_LIMITS", "off"),
        ];
        let mut settings = Settings::from_env(&Env::of(env.into_iter().chain(more.iter().copied()))).unwrap();
        // Passwords are hashed as lightly as the algorithm allows: the tests are not about their strength.
        (settings.auth.hash_memory_kib, settings.auth.hash_iterations) = (8, 1);
        set(&mut settings);
        let running = api::start(settings).await.unwrap();
        let base = format!("http://{}", running.address);
        let http = Http::new(base.clone()).await;
        Self { base, http, database_url: database_url.to_owned(), running, _dir: dir }
    }

    /// Stops it gracefully.
    pub async fn stop(self) {
        drop(self.http);
        self.running.stop().await.unwrap();
    }
}
