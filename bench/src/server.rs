//! The server that is measured, as a process.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::contender::random;
use crate::driver::Http;
use crate::process::{Tree, Usage};
use crate::{Result, fault};

const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(40);

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Recipe {
    program: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    postgres: bool,
}

impl Recipe {
    /// A program, its arguments, and whether it keeps things in PostgreSQL.
    pub fn new(program: &Path, args: &[&str], postgres: bool) -> Self {
        let args = args.iter().map(ToString::to_string).collect();
        Self { program: program.to_owned(), args, env: Vec::new(), postgres }
    }

    /// With one more variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A server that answers, or is about to.
pub struct Server {
    /// Its REST API.
    pub http: Http,
    /// Where it listens.
    pub address: SocketAddr,
    recipe: Recipe,
    child: Option<Child>,
    data: TempDir,
    tree: Option<Tree>,
    database: Option<Tree>,
    postgres: Option<String>,
}

/// What server and database have used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// The server; `None` if it cannot be seen from here.
    pub app: Option<Usage>,
    /// The processes of PostgreSQL; `None` if there are none to be seen.
    pub database: Option<Usage>,
}

impl Cost {
    /// Seconds of processor since then: of the server, and of both.
    pub fn cpu_since(&self, before: &Self) -> Option<(f64, f64)> {
        let app = self.app?.cpu - before.app?.cpu;
        let database = self.database.zip(before.database).map_or(0.0, |(now, then)| now.cpu - then.cpu);
        Some((app, app + database))
    }
}

impl Server {
    /// One with an empty data directory, and with a new database on the PostgreSQL at that address if it wants one.
    pub async fn new(mut recipe: Recipe, postgres: Option<&str>) -> Result<Self> {
        let data = tempfile::Builder::new().prefix("confab-bench.").tempdir()?;
        let mut database = None;
        if recipe.postgres {
            let admin = postgres.ok_or_else(|| fault("no PostgreSQL"))?;
            let url = new_database(admin).await?;
            recipe.env.push(("DATABASE_URL".into(), url));
            database = port_of(admin).and_then(Tree::listening_on);
            if database.is_none() {
                return Err(fault("the processes of PostgreSQL cannot be seen, and so not what they cost"));
            }
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let postgres = postgres.map(ToOwned::to_owned);
        Ok(Self { http: Http::new("")?, address, recipe, child: None, data, tree: None, database, postgres })
    }

    /// Another one, made in the same way, that has nothing yet.
    pub async fn twin(&self) -> Result<Self> {
        Self::new(self.recipe.clone(), self.postgres.as_deref()).await
    }

    /// What it has used so far.
    pub fn cost(&self) -> Cost {
        Cost { app: self.tree.map(Tree::usage), database: self.database.map(Tree::usage) }
    }

    /// Starts the process anew on the same data, so that no scenario carries the memory of another.
    pub async fn renew(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await.map(drop)
    }

    /// Starts the process and waits until it is ready: how long that took.
    pub async fn launch(&mut self) -> Result<Duration> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log_path = self.data.path().join("server.log");
        let log = std::fs::File::create(&log_path)?;
        let mut command = Command::new(&self.recipe.program);
        command.args(&self.recipe.args).current_dir(self.data.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.envs([("HOST", "127.0.0.1"), ("LOG", "warn"), ("ACCESS_TOKEN_TTL", "12h")]);
        command.env("PORT", port.to_string()).env("DATA_DIR", self.data.path().join("data"));
        command.envs(self.recipe.env.iter().map(|(name, value)| (name, value)));
        let begun = Instant::now();
        let mut child = command.spawn()?;
        self.tree = child.id().map(Tree);
        self.address = SocketAddr::from(([127, 0, 0, 1], port));
        self.http = Http::new(&format!("http://{}", self.address))?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let url = format!("{}/health/ready", self.http.base());
        loop {
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if child.try_wait()?.is_some() || begun.elapsed() > START {
                let words = std::fs::read_to_string(&log_path).unwrap_or_default();
                return Err(fault(format!("the server did not start: {words}")));
            }
            sleep(Duration::from_millis(2)).await;
        }
        self.child = Some(child);
        Ok(begun.elapsed())
    }

    /// Stops the process, and tells if it had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let Some(pid) = child.id() {
            Command::new("kill").arg("-TERM").arg(pid.to_string()).status().await?;
        }
        if timeout(STOP, child.wait()).await.is_err() {
            child.kill().await?;
            return Err(fault("the server did not stop when told to"));
        }
        Ok(())
    }
}

/// Makes a database beside the one that the address names: its address.
async fn new_database(admin: &str) -> Result<String> {
    let (client, connection) = tokio_postgres::connect(admin, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let name = format!("bench_{}", random().simple());
    client.batch_execute(&format!("create database {name}")).await?;
    drop(client);
    connection.await??;
    let (server, _) = admin.rsplit_once('/').ok_or_else(|| fault("the address of PostgreSQL names no database"))?;
    Ok(format!("{server}/{name}"))
}

/// The port in a PostgreSQL address of this machine.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next()?.rsplit('@').next()?;
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "5432"));
    (scheme.starts_with("postgres") && ["127.0.0.1", "localhost", "[::1]"].contains(&name))
        .then(|| port.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_local_database_is_found() {
        assert_eq!(port_of("postgres://a:b@127.0.0.1:5555/c?d=e"), Some(5555));
        assert_eq!(port_of("postgresql://localhost/c"), Some(5432));
        assert_eq!(port_of("postgres://a@elsewhere:5555/c"), None);
        assert_eq!(port_of("sqlite://confab.db"), None);
    }
}
