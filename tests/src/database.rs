//! A database that nobody has used.

use std::str::FromStr;

use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};

use crate::app::Kind;

/// A fresh, empty database.
pub struct Fresh {
    url: String,
    /// The file's folder, or the name on the server.
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "keeps the folder until the end")] TempDir),
    Server(String),
}

impl Fresh {
    /// Makes one.
    pub async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("test.db").display());
                Self { url, place: Place::Folder(folder) }
            }
            Kind::Postgres => {
                let name = format!("confab_test_{}", uuid::Uuid::new_v4().simple());
                on_server(&format!("CREATE DATABASE {name}")).await;
                let server = server();
                let (head, _) = server.rsplit_once('/').expect("TEST_DATABASE_URL ends in /database");
                Self { url: format!("{head}/{name}"), place: Place::Server(name) }
            }
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Removes it, whoever is still connected.
    pub async fn remove(self) {
        if let Place::Server(name) = self.place {
            on_server(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// The server that tests may make databases on.
#[expect(clippy::disallowed_methods, reason = "the one variable that tests read")]
fn server() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a PostgreSQL server for the tests")
}

/// Runs a statement on the server's own database. The name in it is ours.
async fn on_server(statement: &str) {
    let (client, connection) = Config::from_str(&server()).unwrap().connect(NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    client.batch_execute(statement).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
}
