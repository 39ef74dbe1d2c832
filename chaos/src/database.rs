//! The database that a run has to itself, and what can be done to its server.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::Failure;
use crate::process::signal;

/// A PostgreSQL server.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// Its address, with the right to make databases.
    pub url: String,
    /// How it is stopped and started, if it may be.
    pub control: Option<Control>,
}

/// Power over a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct Control {
    /// `pg_ctl`, with whatever has to precede it.
    pub command: Vec<String>,
    /// Its data directory.
    pub data: String,
}

/// Makes a database; its address.
pub async fn make(postgres: Option<&Postgres>, dir: &Path, rng: &mut fastrand::Rng) -> Result<String, Failure> {
    let Some(postgres) = postgres else { return Ok(format!("sqlite://{}/confab.db", dir.display())) };
    let name = format!("confab_chaos_{}", Uuid::from_u128(rng.u128(..)).simple());
    on_server(&postgres.url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    on_server(&postgres.url, &format!("CREATE DATABASE {name}")).await?;
    // Servers of tests tend to be set otherwise.
    on_server(&postgres.url, &format!("ALTER DATABASE {name} SET synchronous_commit = on")).await?;
    with_database(&postgres.url, &name)
}

/// Removes it.
pub async fn remove(postgres: Option<&Postgres>, url: &str) -> Result<(), Failure> {
    let Some(postgres) = postgres else { return Ok(()) };
    let name = url.rsplit('/').next().and_then(|rest| rest.split('?').next()).ok_or("no database")?;
    on_server(&postgres.url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

impl Control {
    /// Stops the server as a crash would.
    pub async fn crash(&self) -> Result<(), Failure> {
        self.run(&["-m", "immediate", "-w", "stop"]).await
    }

    /// Starts it as it was.
    pub async fn start(&self) -> Result<(), Failure> {
        self.run(&["-m", "immediate", "-w", "restart"]).await
    }

    /// Sends a signal to all of its processes.
    pub async fn signal(&self, name: &str) -> Result<(), Failure> {
        let file = std::fs::read_to_string(Path::new(&self.data).join("postmaster.pid"))?;
        let main: u32 = file.lines().next().ok_or("no process")?.trim().parse()?;
        let all = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().await?;
        let all = String::from_utf8(all.stdout)?;
        let children = all.lines().filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            let (pid, parent) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
            (parent == main).then_some(pid)
        });
        // A child may end meanwhile, and be missed by nobody.
        for pid in std::iter::once(main).chain(children) {
            let _ = signal(name, &[pid]).await;
        }
        Ok(())
    }

    async fn run(&self, arguments: &[&str]) -> Result<(), Failure> {
        let (program, first) = self.command.split_first().ok_or("no pg_ctl")?;
        let mut command = Command::new(program);
        command.args(first).args(["-D", &self.data, "-l", &format!("{}/chaos.log", self.data)]).args(arguments);
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.status().await?.success() { Ok(()) } else { Err(format!("pg_ctl failed: {arguments:?}").into()) }
    }
}

async fn on_server(url: &str, statement: &str) -> Result<(), Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let driving = tokio::spawn(connection);
    client.batch_execute(statement).await?;
    drop(client);
    Ok(driving.await??)
}

/// The address of another database on the same server.
fn with_database(url: &str, name: &str) -> Result<String, Failure> {
    let (address, options) = url.split_once('?').map_or((url, String::new()), |(url, rest)| (url, format!("?{rest}")));
    let (scheme, rest) = address.split_once("://").ok_or("the server's address is no URL")?;
    let server = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}://{server}/{name}{options}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_changes() {
        let changed = |url| with_database(url, "x").unwrap();
        assert_eq!(changed("postgres://a:b@h:1/postgres?o=1"), "postgres://a:b@h:1/x?o=1");
        assert_eq!(changed("postgres://h"), "postgres://h/x");
    }
}
