//! Opening and migrating.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use infrastructure::{Database, DatabaseSettings, OpenError};
use tests::database::{FreshDatabase, nobody};

use crate::people::people;

/// Runs a statement on an SQLite file behind the program's back.
pub fn on_file(path: &Path, statement: &str) {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    connection.batch_execute(statement).unwrap();
}

pub async fn many_migrate_at_once(db: &FreshDatabase) {
    let fresh = if let Some(directory) = db.directory() {
        let path = directory.join("sub").join("other.db");
        DatabaseSettings::new(format!("sqlite://{}", path.display()))
    } else {
        db.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        db.settings().clone()
    };
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let settings = fresh.clone();
            // As in a process of its own: with its own runtime, of one thread.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let database = Database::open(&settings, nobody()).await.unwrap();
                    database.migrate().await.unwrap();
                    database.close().await;
                });
            })
        })
        .collect();
    for thread in threads {
        tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
    }
    let database = Database::open(&fresh, nobody()).await.unwrap();
    people(&database.repositories(), ["ada"]).await;
}

pub async fn a_second_migration_changes_nothing(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    db.another().await.migrate().await.unwrap();
    assert!(db.users.find(ada).await.unwrap().is_some());
}

pub async fn health_is_told(db: &FreshDatabase) {
    assert_eq!(db.health.name(), "database");
    assert!(db.health.check().await);
}

async fn refused(url: &str) -> String {
    match Database::open(&DatabaseSettings::new(url), nobody()).await {
        Ok(_) => panic!("{url} opens"),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains('\n') && !text.contains("s3cret"), "{text}");
            text
        }
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    for (url, word) in [
        ("mysql://root:s3cret@localhost/x", "unknown database 'mysql'"),
        ("confab.db", "malformed"),
        ("sqlite://", "malformed"),
        ("sqlite://:memory:", "malformed"),
        ("postgres://ada:s3cret@localhost:notaport/x", "malformed"),
        ("postgres://ada@localhost/x?s3cret=1", "malformed"),
        ("postgres://localhost/x", "no user"),
        ("postgres://ada:s3cret@localhost/x?sslmode=require", "TLS"),
        ("postgres://ada:s3cret@127.0.0.1:1/x", "cannot reach the database server at 127.0.0.1:1"),
        ("postgres://ada:s3cret@does-not-exist.invalid/x", "cannot reach"),
        ("sqlite:///proc/nothing/confab.db", "cannot open the database file"),
    ] {
        let text = refused(url).await;
        assert!(text.contains(word), "{url}: {text}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("confab.db");
    std::fs::write(&path, "certainly not a database, but long enough to be looked at".repeat(100)).unwrap();
    let text = refused(&format!("sqlite://{}", path.display())).await;
    assert!(text.contains("file is not a database"), "{text}");
}

#[tokio::test]
async fn settings_do_not_print_the_password() {
    let settings = DatabaseSettings::new("postgres://ada:s3cret@localhost/x");
    assert!(!format!("{settings:?}").contains("s3cret"));
    assert!(matches!(Database::open(&DatabaseSettings::new("x://"), nobody()).await, Err(OpenError::UnknownScheme(_))));
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_database_that_is_not_there_is_refused_by_name() {
    let fresh = FreshDatabase::postgres().await;
    let (server, _) = fresh.settings().url.rsplit_once('/').unwrap();
    let text = refused(&format!("{server}/not_there")).await;
    assert!(text.contains("refuses") && text.contains("not_there"), "{text}");
}
