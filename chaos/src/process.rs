//! The server as a process of its own, and the signals it is sent.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::Failure;

/// How often a process is asked whether it is there yet.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// How long a start, or a stop, may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is started, again and again.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where it keeps its files, its log among them.
    pub dir: PathBuf,
    pub database_url: String,
    pub port: u16,
    /// The planted bug, as variable and value.
    pub bug: Option<(&'static str, &'static str)>,
}

/// A server that runs, or should.
pub struct Server {
    setup: Setup,
    child: Child,
}

impl Server {
    /// Starts it, and waits until it is ready.
    pub async fn start(setup: Setup) -> Result<Self, Failure> {
        let child = spawn(&setup)?;
        let mut server = Self { setup, child };
        server.ready().await?;
        Ok(server)
    }

    /// Starts it once more, after its end.
    pub async fn restart(&mut self) -> Result<(), Failure> {
        self.child = spawn(&self.setup)?;
        self.ready().await
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.setup.port)
    }

    /// Waits until it is ready.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(1)).build()?;
        let asking = async {
            let url = format!("{}/health/ready", self.base());
            while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                if let Some(status) = self.child.try_wait()? {
                    return Err(format!("the server ended while it was awaited: {status}").into());
                }
                sleep(ASK_AGAIN).await;
            }
            Ok(())
        };
        timeout(PATIENCE, asking).await?
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it without warning.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end; how it did.
    pub async fn terminate(&mut self) -> Result<ExitStatus, Failure> {
        self.signal("TERM").await?;
        Ok(timeout(PATIENCE, self.child.wait()).await??)
    }

    /// Sends a signal.
    pub async fn signal(&self, name: &str) -> Result<(), Failure> {
        signal(name, &[self.child.id().ok_or("the server is gone")?]).await
    }
}

/// This very program, in its other part.
fn spawn(setup: &Setup) -> Result<Child, Failure> {
    let log = std::fs::File::options().create(true).append(true).open(setup.dir.join("server.log"))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("server").current_dir(&setup.dir).kill_on_drop(true);
    command.env_clear().envs(setup.bug).env("DATABASE_URL", &setup.database_url);
    command.env("DATA_DIR", &setup.dir).env("PORT", setup.port.to_string());
    command.env("WORKERS", "2").env("LOG", "warn").env("SHUTDOWN_GRACE", "5s");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}

/// Sends a signal to processes.
pub async fn signal(name: &str, pids: &[u32]) -> Result<(), Failure> {
    let pids = pids.iter().map(u32::to_string);
    let status = Command::new("kill").arg(format!("-{name}")).args(pids).stderr(Stdio::null()).status().await?;
    if status.success() { Ok(()) } else { Err(format!("SIG{name} could not be sent").into()) }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
