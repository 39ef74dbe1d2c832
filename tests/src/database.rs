//! A fresh, migrated database for each test, gone when the test is.

use std::ops::Deref;
use std::sync::Arc;

use application::ports::{EventPublisher, IdGenerator};
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use infrastructure::{Database, DatabaseSettings, MemoryBus, Repositories, UuidGenerator};
use tempfile::TempDir;

/// A database of its own: an SQLite file, or a database on the PostgreSQL server that `TEST_DATABASE_URL` names.
pub struct FreshDatabase {
    settings: DatabaseSettings,
    database: Option<Database>,
    repositories: Repositories,
    // Declared last, so that it goes after whatever uses it.
    home: Home,
}

/// A lock on a table, held by a transaction of its own.
pub struct Lock(tokio_postgres::Client);

impl Lock {
    /// Lets it go.
    pub async fn release(self) {
        self.0.batch_execute("ROLLBACK").await.expect("the lock is let go");
    }
}

enum Home {
    Directory(TempDir),
    Server { url: String, name: String },
}

impl FreshDatabase {
    /// In a file.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory for the database");
        let url = format!("sqlite://{}/confab.db", directory.path().display());
        Self::open(Home::Directory(directory), DatabaseSettings::new(url)).await
    }

    /// On the server.
    pub async fn postgres() -> Self {
        let url = server_url();
        let name = format!("confab_test_{}", UuidGenerator.user().0.simple());
        on_server(&url, &format!("CREATE DATABASE {name}")).await;
        let settings = DatabaseSettings::new(with_database(&url, &name));
        Self::open(Home::Server { url, name }, settings).await
    }

    async fn open(home: Home, settings: DatabaseSettings) -> Self {
        let database = Database::open(&settings, nobody()).await.expect("the fresh database opens");
        database.migrate().await.expect("the fresh database migrates");
        let repositories = database.repositories();
        Self { settings, database: Some(database), repositories, home }
    }

    /// How to open it.
    pub fn settings(&self) -> &DatabaseSettings {
        &self.settings
    }

    /// The same database opened once more, as another node would.
    pub async fn another(&self) -> Database {
        Database::open(&self.settings, nobody()).await.expect("the database opens once more")
    }

    /// Runs statements on it behind the program's back.
    pub async fn tamper(&self, statements: &str) {
        match &self.home {
            Home::Server { .. } => on_server(&self.settings.url, statements).await,
            Home::Directory(_) => panic!("only for PostgreSQL"),
        }
    }

    /// The texts that a query answers, on PostgreSQL.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let (client, connection) =
            tokio_postgres::connect(&self.settings.url, tokio_postgres::NoTls).await.expect("in");
        tokio::spawn(connection);
        let rows = client.query(query, &[]).await.expect("an answer");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Locks a table until the lock is released.
    pub async fn lock(&self, table: &str) -> Lock {
        let (client, connection) =
            tokio_postgres::connect(&self.settings.url, tokio_postgres::NoTls).await.expect("in");
        tokio::spawn(connection);
        client.batch_execute(&format!("BEGIN; LOCK TABLE {table}")).await.expect("the table is locked");
        Lock(client)
    }

    /// How many connections hold a transaction open and do nothing.
    pub async fn idle_in_transaction(&self) -> i64 {
        let (client, connection) =
            tokio_postgres::connect(&self.settings.url, tokio_postgres::NoTls).await.expect("in");
        tokio::spawn(connection);
        let idle = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        client.query_one(idle, &[]).await.expect("an answer").get(0)
    }

    /// Shuts the database to everyone, as an outage would: nobody gets in, and who is in is thrown out.
    pub async fn shut(&self) {
        let Home::Server { url, name } = &self.home else { panic!("only for PostgreSQL") };
        on_server(url, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        on_server(url, &all).await;
    }

    /// Opens it again.
    pub async fn reopen(&self) {
        let Home::Server { url, name } = &self.home else { panic!("only for PostgreSQL") };
        on_server(url, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    }

    /// The directory of an SQLite file.
    pub fn directory(&self) -> Option<&std::path::Path> {
        match &self.home {
            Home::Directory(directory) => Some(directory.path()),
            Home::Server { .. } => None,
        }
    }

    /// Takes the open database out, to close it.
    pub fn take(&mut self) -> Database {
        self.database.take().expect("the database is taken once")
    }
}

/// Where what is posted behind the app's back is told: to nobody.
pub fn nobody() -> Arc<dyn EventPublisher> {
    Arc::new(MemoryBus::new(1))
}

impl Deref for FreshDatabase {
    type Target = Repositories;

    fn deref(&self) -> &Repositories {
        &self.repositories
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let Home::Server { url, name } = &self.home else { return };
        let (url, drop) = (url.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // The test's own runtime cannot be waited for from here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(on_server(&url, &drop));
        });
        let dropped = dropping.join().is_ok();
        assert!(dropped || std::thread::panicking(), "the test's database was not dropped");
    }
}

/// What SQLite finds when it checks a file: `ok`.
pub fn integrity_of(path: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Finding {
        #[diesel(sql_type = diesel::sql_types::Text)]
        integrity_check: String,
    }
    let mut connection = SqliteConnection::establish(path).expect("the file opens");
    let findings = diesel::sql_query("PRAGMA integrity_check").load::<Finding>(&mut connection).expect("it is checked");
    findings.into_iter().map(|finding| finding.integrity_check).collect()
}

/// The server that databases may be made on.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where their server is")]
fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect(
        "the feature `postgres` runs the suites on PostgreSQL: set TEST_DATABASE_URL to a server where databases may be \
         created, such as postgres://postgres@localhost/postgres",
    )
}

/// The URL of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, None), |(address, options)| (address, Some(options)));
    let (scheme, rest) = address.split_once("://").expect("a URL");
    let server = rest.split('/').next().unwrap_or(rest);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{server}/{name}{options}")
}

async fn on_server(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the server answers");
    let driving = tokio::spawn(connection);
    client.batch_execute(statements).await.expect("the server does as it is told");
    drop(client);
    driving.await.expect("the connection is driven").expect("the connection ends well");
}
