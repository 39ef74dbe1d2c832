//! A wire to the database that can be cut, or hang.

use std::net::SocketAddr;
use std::str::FromStr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

trait Wire: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Wire for T {}

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    /// Everything.
    Open,
    /// Nothing, and nobody is told: the other side seems to think for ever.
    Hanging,
    /// Nothing: who is connected is thrown out, who comes is turned away.
    Cut,
}

/// A relay before a PostgreSQL server. It ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    passage: watch::Sender<Passage>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Before the server of a URL.
    pub async fn before(url: &str) -> Self {
        let config = Config::from_str(url).expect("a URL");
        let (host, port) = (config.get_hosts()[0].clone(), config.get_ports().first().copied().unwrap_or(5432));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (passage, state) = watch::channel(Passage::Open);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, host.clone(), port, state.clone()));
            }
        });
        Self { address, passage, accepting }
    }

    /// The same database by way of this proxy.
    pub fn url(&self, url: &str) -> String {
        let config = Config::from_str(url).expect("a URL");
        let user = config.get_user().unwrap_or("postgres");
        let password = config.get_password().map(|it| format!(":{}", String::from_utf8_lossy(it))).unwrap_or_default();
        format!("postgres://{user}{password}@{}/{}", self.address, config.get_dbname().expect("a database"))
    }

    /// From now on nothing passes, and nobody is told.
    pub fn hang(&self) {
        self.passage.send_replace(Passage::Hanging);
    }

    /// Throws everyone out, and lets nobody in.
    pub fn cut(&self) {
        self.passage.send_replace(Passage::Cut);
    }

    /// Everything passes again, also what has waited.
    pub fn heal(&self) {
        self.passage.send_replace(Passage::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn relay(client: TcpStream, host: Host, port: u16, mut state: watch::Receiver<Passage>) {
    if *state.borrow() == Passage::Cut {
        return;
    }
    let server: Box<dyn Wire> = match host {
        Host::Tcp(name) => Box::new(TcpStream::connect((name, port)).await.unwrap()),
        Host::Unix(folder) => Box::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.unwrap()),
    };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), tokio::io::split(server));
    let (asked, answered) = (pass(from_client, to_server, state.clone()), pass(from_server, to_client, state.clone()));
    tokio::select! {
        () = asked => {}
        () = answered => {}
        _ = state.wait_for(|passage| *passage == Passage::Cut) => {}
    }
}

async fn pass(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut state: watch::Receiver<Passage>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let open = state.wait_for(|passage| *passage != Passage::Hanging).await.is_ok();
        if !open || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
