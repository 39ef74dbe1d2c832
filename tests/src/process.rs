//! The program as a process of its own.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::client::{Http, SOON};

/// How often a process is asked for what cannot be awaited from outside.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// A process that runs, and is killed when this is dropped.
pub struct Process {
    /// Its address, as a URL.
    pub base: String,
    child: Child,
    /// Where it keeps its files, if that is its own.
    _data: Option<TempDir>,
}

/// A command that runs `program` with these settings and no others.
pub fn command(program: &str, data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("DATA_DIR", data).env("LOG", "warn").envs(settings.iter().copied());
    command.current_dir(data).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until a process is ready.
pub async fn ready(base: &str) {
    let client = reqwest::Client::new();
    eventually("it comes up", async || {
        client.get(format!("{base}/health/ready")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
}

/// Asks again and again until something is so that cannot be awaited from outside.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let asking = async {
        while !holds().await {
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    tokio::time::timeout(SOON * 6, asking).await.unwrap_or_else(|_| panic!("in time, {what}"));
}

impl Process {
    /// Starts `program` on a database, with its files in a directory of its own, and waits until it is ready.
    pub async fn start(program: &str, database_url: &str, settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let process = Self::start_in(program, data.path(), database_url, settings).await;
        Self { _data: Some(data), ..process }
    }

    /// Starts `program` with its files there.
    pub async fn start_in(program: &str, data: &Path, database_url: &str, settings: &[(&str, &str)]) -> Self {
        let port = free_port().to_string();
        let settings = [&[("PORT", &*port), ("DATABASE_URL", database_url)], settings].concat();
        Self::of(command(program, data, &settings), &port).await
    }

    /// Starts a command that will serve at a port.
    pub async fn of(mut command: Command, port: &str) -> Self {
        let mut child = command.spawn().unwrap();
        if let Some(mut log) = child.stderr.take() {
            // Nobody else reads it, and it must not fill.
            tokio::spawn(async move { tokio::io::copy(&mut log, &mut tokio::io::sink()).await });
        }
        let base = format!("http://127.0.0.1:{port}");
        ready(&base).await;
        Self { base, child, _data: None }
    }

    /// Speaks HTTP with it.
    pub async fn http(&self) -> Http {
        Http::new(self.base.clone()).await
    }

    /// Where it serves.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it without a warning.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends it a signal.
    pub async fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> ExitStatus {
        tokio::time::timeout(SOON * 3, self.child.wait()).await.expect("it ends").unwrap()
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    /// How many bytes of memory it occupies.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// How much processor time it has had, in ticks of 10 ms.
    pub fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        [11, 12].map(|at: usize| fields[at].parse::<u64>().unwrap()).iter().sum()
    }
}
