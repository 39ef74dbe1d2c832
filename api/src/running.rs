//! The service while it runs, and why it does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use futures_util::future::BoxFuture;
use infrastructure::OpenError;
use tokio::task::JoinHandle;

use crate::AppState;
use crate::config::{ConfigError, SecretFileError};

/// Why the service does not start: one line for whoever runs it, which names the variable to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is not as it should be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no directory for the data.
    #[error("DATA_DIR: {path} cannot be made: {cause}")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The generated secret cannot be kept, or read again.
    #[error("DATA_DIR: {0}")]
    SecretFile(#[from] SecretFileError),
    /// The secret that is kept is too weak: somebody wrote the file.
    #[error("DATA_DIR: {path}: {cause}")]
    KeptSecret {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The secret that is set is too weak.
    #[error("JWT_SECRET: {0}")]
    Secret(String),
    /// The database cannot be used.
    #[error("DATABASE_URL: {0}")]
    Database(#[from] OpenError),
    /// The cost of hashing is out of bounds.
    #[error("PASSWORD_HASH_MEMORY_KIB: {0}")]
    Hasher(String),
    /// The address cannot be listened on.
    #[error("{}", listening(*address, cause))]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The server does not come up.
    #[error("WORKERS: the server cannot start: {0}")]
    Server(io::Error),
}

fn listening(address: SocketAddr, cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AddrInUse => format!("PORT: {address} is in use"),
        io::ErrorKind::PermissionDenied => format!("PORT: listening on {address} takes a permission that is missing"),
        io::ErrorKind::AddrNotAvailable => format!("HOST: {} is no address of this machine", address.ip()),
        _ => format!("HOST: cannot listen on {address}: {cause}"),
    }
}

/// The service, running.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stopper: Stopper,
    server: JoinHandle<io::Result<()>>,
    afterwards: BoxFuture<'static, ()>,
}

/// Stops the service, from anywhere.
#[derive(Clone)]
pub struct Stopper {
    server: ServerHandle,
    state: Arc<AppState>,
}

impl Stopper {
    /// Takes no more connections, finishes what was accepted, tells sockets that the service goes away, and returns
    /// when all that is done or its time is over.
    pub async fn stop(&self) {
        self.state.stopping.begin();
        self.server.stop(true).await;
    }
}

impl Running {
    /// Runs the server on the present runtime, and `afterwards` once it has stopped.
    pub(crate) fn new(
        address: SocketAddr,
        server: Server,
        state: Arc<AppState>,
        afterwards: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let stopper = Stopper { server: server.handle(), state };
        Self { address, stopper, server: tokio::spawn(server), afterwards: Box::pin(afterwards) }
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Stops it, and returns when everything is stored and closed.
    pub async fn stop(self) -> io::Result<()> {
        self.stopper.stop().await;
        self.wait().await
    }

    /// Returns when it has been stopped, and everything is stored and closed.
    pub async fn wait(self) -> io::Result<()> {
        let outcome = self.server.await.map_err(io::Error::other)?;
        self.afterwards.await;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_error_names_the_variable() {
        let error = |kind| {
            StartError::Listen { address: ([127, 0, 0, 1], 3000).into(), cause: io::Error::from(kind) }.to_string()
        };
        assert_eq!(error(io::ErrorKind::AddrInUse), "PORT: 127.0.0.1:3000 is in use");
        assert!(error(io::ErrorKind::PermissionDenied).starts_with("PORT: "));
        assert_eq!(error(io::ErrorKind::AddrNotAvailable), "HOST: 127.0.0.1 is no address of this machine");
    }
}
