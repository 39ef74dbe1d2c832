//! Limits and times.

use std::time::Duration;

/// What one connection may cost, and how long it may be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The longest message, in bytes, also when it comes in fragments. A frame that announces more is refused before
    /// it is read.
    pub max_message: usize,
    /// The most fragments a message may come in.
    pub max_fragments: usize,
    /// The most messages that wait while a command runs. Beyond that the socket is not read.
    pub max_backlog: usize,
    /// The most control frames within one second.
    pub max_control_frames: u32,
    /// When so many bytes wait to be written, nothing more may.
    pub queue_bytes: usize,
    /// The most frames that wait to be written.
    pub queue_frames: usize,
    /// After so long without a word from the client it is pinged.
    pub ping_interval: Duration,
    /// So long it has to answer.
    pub ping_timeout: Duration,
    /// A connection that takes nothing of what waits for it is cut after so long.
    pub write_stall: Duration,
    /// So long the client has to answer a close frame.
    pub close_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_message: 64 * 1024,
            max_fragments: 64,
            max_backlog: 64,
            max_control_frames: 200,
            queue_bytes: 1024 * 1024,
            queue_frames: 256,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(10),
            write_stall: Duration::from_secs(30),
            close_timeout: Duration::from_secs(2),
        }
    }
}

/// What a server needs to know beside its listener and its app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// How many connections may be open at once, on each worker.
    pub max_connections: usize,
    /// How long a graceful stop may take.
    pub grace: Duration,
    /// Whether SIGTERM and SIGINT stop the server.
    pub handle_signals: bool,
    /// How often connections are looked after. It is the precision of all times in [`Options`].
    pub sweep: Duration,
    /// So long the head of the first request of a connection may take. That of a later one may take as long as this,
    /// [`keep_alive`](Self::keep_alive) and [`tcp_user_timeout`](Self::tcp_user_timeout) together, from the end of the
    /// request before.
    pub request_head: Duration,
    /// So long a connection stays open on which no request comes.
    pub keep_alive: Duration,
    /// So long the answer to a handshake may take to be made, and to be written.
    pub handshake: Duration,
    /// So long the kernel tries to send to a client that acknowledges nothing (`TCP_USER_TIMEOUT`).
    pub tcp_user_timeout: Duration,
    /// After so long without a word the kernel asks whether the client is still there, and again each third of it.
    pub tcp_keepalive: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 25_000,
            grace: Duration::from_secs(30),
            handle_signals: false,
            sweep: Duration::from_secs(1),
            request_head: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            handshake: Duration::from_secs(10),
            tcp_user_timeout: Duration::from_secs(30),
            tcp_keepalive: Duration::from_secs(30),
        }
    }
}
