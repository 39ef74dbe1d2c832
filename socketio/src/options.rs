//! Limits and times.

use std::time::Duration;

/// What a session may cost, and how long it may be silent. Times are as precise as
/// [`ServerOptions::sweep`](sockets::ServerOptions::sweep).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// After so long without a heartbeat the client is pinged. It is told so in the handshake.
    pub ping_interval: Duration,
    /// So long it has to answer; it is told so in the handshake.
    pub ping_timeout: Duration,
    /// The longest message, POST body and poll answer, in bytes. The client is told so in the handshake. What announces
    /// more is refused before it is read.
    pub max_payload: usize,
    /// The transports that are served.
    pub transports: Transports,
    /// Which pages may connect.
    pub origins: Origins,
    /// A session that is in no namespace, and does not wait to be let into one, is closed after so long.
    pub connect_timeout: Duration,
    /// The most namespaces that a session may be in. So many times it may also be refused one; then it is closed.
    pub max_namespaces: usize,
    /// The most attachments of one packet.
    pub max_attachments: usize,
    /// So long a packet may wait for its attachments.
    pub attachments_timeout: Duration,
    /// The most packets in one POST.
    pub max_packets: usize,
    /// The most packets in the answer to one poll. Some clients refuse more than 16.
    pub packets_per_poll: usize,
    /// So long the body of a POST may take.
    pub body_timeout: Duration,
    /// So long an upgrade to WebSocket may take once it is begun.
    pub upgrade_timeout: Duration,
    /// How many events may wait while a command runs. Beyond that a WebSocket is not read, and a POST not answered.
    pub max_backlog: usize,
    /// How many acknowledgements the server may wait for at once, for each namespace of a session.
    pub max_acks: usize,
    /// When so many bytes wait to be sent to a client, or polled by it, nothing more may: it is cut.
    pub queue_bytes: usize,
    /// The most packets that wait to be sent to a client, or polled by it; beyond it is cut.
    pub queue_frames: usize,
    /// The most fragments that a WebSocket message may come in.
    pub max_fragments: usize,
    /// The most WebSocket control frames within one sweep.
    pub max_control_frames: u32,
    /// A WebSocket that takes nothing of what waits for it is cut after so long.
    pub write_stall: Duration,
    /// So long a client has to fetch what was sent before a close, and what it asked for before it left may take.
    pub close_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 1_000_000,
            transports: Transports::default(),
            origins: Origins::Any,
            connect_timeout: Duration::from_secs(45),
            max_namespaces: 10,
            max_attachments: 10,
            attachments_timeout: Duration::from_secs(30),
            max_packets: 256,
            packets_per_poll: 16,
            body_timeout: Duration::from_secs(10),
            upgrade_timeout: Duration::from_secs(10),
            max_backlog: 64,
            max_acks: 256,
            queue_bytes: 1024 * 1024,
            queue_frames: 256,
            max_fragments: 64,
            max_control_frames: 200,
            write_stall: Duration::from_secs(30),
            close_timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// What holds for the WebSockets of sessions. Heartbeats are the session's own.
    pub(crate) fn websocket(&self) -> sockets::Options {
        sockets::Options {
            max_message: self.max_payload,
            max_fragments: self.max_fragments,
            max_backlog: self.max_backlog,
            max_control_frames: self.max_control_frames,
            queue_bytes: self.queue_bytes,
            queue_frames: self.queue_frames,
            ping_interval: Duration::MAX,
            write_stall: self.write_stall,
            ..sockets::Options::default()
        }
    }
}

/// The transports that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transports {
    /// HTTP long-polling.
    pub polling: bool,
    /// WebSocket, from the beginning or as an upgrade.
    pub websocket: bool,
}

impl Default for Transports {
    fn default() -> Self {
        Self { polling: true, websocket: true }
    }
}

/// Which pages may connect, by the `Origin` header that browsers send. Requests without one do not come from a page and
/// are always served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// All.
    Any,
    /// These, as `https://chat.example`; others are refused with 403, `null` among them.
    List(Vec<String>),
}
