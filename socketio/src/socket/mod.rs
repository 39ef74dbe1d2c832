//! Socket.IO 5: namespaces over one Engine.IO session.

mod acks;
mod client;
mod handle;
mod space;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::future::LocalBoxFuture;
use sockets::{Command, Workers};

use crate::Options;
use crate::engine::{Endpoint, Engine, Head, Link, Service};
use crate::packet::Refusal;
pub use acks::{Ack, AckError};
pub use handle::Socket;

/// Who may connect to what.
pub trait Application: Send + Sync + 'static {
    /// A client asks for a session, in which it may ask for namespaces then.
    ///
    /// # Errors
    ///
    /// If it asks too often, and after how long it may again: the request is answered 429 then.
    fn admit(&self, _request: &HttpRequest) -> Result<(), Duration> {
        Ok(())
    }

    /// A client asks to be let into a namespace. Whether there is one of that name is part of the answer. It is called
    /// on the worker that the session lives on. Events of the session wait meanwhile; the future is dropped if the
    /// session ends.
    fn connect(&self, request: Connect) -> LocalBoxFuture<'static, Result<Accepted, Refusal>>;
}

/// A CONNECT packet.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The name of the namespace; that of the main one is `/`.
    pub namespace: ByteString,
    /// The payload, a JSON object as the client wrote it, if there is one.
    pub auth: Option<ByteString>,
    /// The request that the session began with.
    pub head: Rc<Head>,
}

/// A client is let into a namespace.
pub struct Accepted {
    /// What lives on the socket. It is dropped, without a call, if the session has ended meanwhile.
    pub handler: Rc<dyn Handler>,
    /// The socket's id, if it is to have an earlier one again; otherwise it gets a new one of 128 random bits.
    pub sid: Option<String>,
    /// The private id, by which the client may ask for its earlier state when it comes back.
    pub pid: Option<String>,
}

impl Accepted {
    /// A new socket with an id of its own.
    pub fn new(handler: impl Handler) -> Self {
        Self { handler: Rc::new(handler), sid: None, pid: None }
    }
}

/// What lives on a socket, which is one namespace of one session. It stays on one worker's thread.
///
/// What it returns are commands. Those of a session run in the order in which the client asked, one at a time but for
/// those that have [begun](Command::begun); meanwhile packets wait, a few, and then the client feels back-pressure.
/// Heartbeats and acknowledgements do not wait.
/// When a client says goodbye, what it asked for before is done first; otherwise a command is dropped when its session
/// ends. If only the socket ends while a command runs, that goes on.
pub trait Handler: 'static {
    /// The socket opens: it has its id, but the client is not told yet. Here it joins what the client is to hear of from
    /// the moment on that it is connected. What is broadcast to it meanwhile waits until [`opened`](Self::opened) is
    /// done. A refusal is told instead, and the socket [closes](Self::closed).
    fn opening(&self, _: &Socket) -> Option<LocalBoxFuture<'static, Result<(), Refusal>>> {
        None
    }

    /// The client is told that the socket is open. Events wait until the future is done.
    fn opened(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, ()>>;

    /// The client sent an event.
    fn event(&self, socket: &Socket, event: Event) -> Option<Command>;

    /// The socket has ended, for whatever reason; `parted` tells whether the client said goodbye, be it to the
    /// namespace or altogether. Called once, also if a command panicked.
    fn closed(&self, socket: &Socket, parted: bool);
}

/// An event from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// A JSON array as the client wrote it; the first item is the event's name, a string that is not one of those which
    /// the protocol reserves. Where an attachment belongs is an object `{"_placeholder":true,"num":0}`; the application
    /// has to check that the number is below the count of attachments.
    pub args: ByteString,
    /// The attachments.
    pub attachments: Vec<Bytes>,
    /// The id to [acknowledge](Socket::ack) it by, if the client waits for that.
    pub ack: Option<u64>,
}

/// Serves Socket.IO. A clone is another handle of the same.
#[derive(Clone)]
pub struct SocketIo(Engine);

impl SocketIo {
    /// An application whose sessions live on these workers, which have to be those of the server it is mounted in.
    pub fn new(options: Options, workers: Workers, application: Arc<dyn Application>) -> Self {
        Self(Engine::new(options, workers, Arc::new(Sockets(application))))
    }

    /// Mounts it at a path, usually `/socket.io/`; with or without the last slash is the same.
    pub fn configure(&self, path: &str) -> impl Fn(&mut web::ServiceConfig) + use<> {
        self.0.configure(path)
    }
}

/// Opens sessions for clients of Socket.IO.
struct Sockets(Arc<dyn Application>);

impl Service for Sockets {
    fn admit(&self, request: &HttpRequest) -> Result<(), Duration> {
        self.0.admit(request)
    }

    fn open(&self, _: &Link) -> Rc<dyn Endpoint> {
        Rc::new(client::Client::new(Arc::clone(&self.0)))
    }
}
