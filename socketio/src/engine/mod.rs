//! Engine.IO 4: sessions, and the transports that carry their messages.
//!
//! A session lives on one worker, where its handshake arrived. Its id names the worker, so that requests which arrive
//! at others are brought there: a poll as a small job, a WebSocket as the TCP socket itself.

mod body;
mod head;
mod http;
mod life;
mod link;
mod origins;
mod outbox;
pub(crate) mod payload;
mod polling;
mod session;
mod sid;
mod task;
mod transport;
mod websocket;

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpRequest, web};
use sockets::{Command, Message, Workers};

use crate::Options;
use crate::packet::Malformed;
pub use head::Head;
pub use link::Link;
pub(crate) use sid::random;

/// What sessions are opened for: makes an [`Endpoint`] for each, on the session's worker.
pub trait Service: Send + Sync + 'static {
    /// A client asks for a session. Called before there is one, on the worker that the request came to.
    ///
    /// # Errors
    ///
    /// If it asks too often, and after how long it may again: the request is answered 429 then.
    fn admit(&self, _request: &HttpRequest) -> Result<(), Duration> {
        Ok(())
    }

    /// A session is open. What is sent here goes out behind the handshake.
    fn open(&self, link: &Link) -> Rc<dyn Endpoint>;
}

/// A packet whose turn comes: what one session asks for is done in the order in which it came, one after another but
/// for [commands](Command) that have begun.
pub type Turn = Box<dyn FnOnce(&Link) -> Option<Command>>;

/// The server's end of a session.
pub trait Endpoint: 'static {
    /// The client sent a message. It is called at once; what has to wait its turn is returned.
    ///
    /// # Errors
    ///
    /// If the message is no message of the protocol above, the session is closed.
    fn message(self: Rc<Self>, link: &Link, message: Message) -> Result<Option<Turn>, Malformed>;

    /// Called from the session's own task, again and again, at least after each [`Link::settle`].
    fn settle(&self, _link: &Link) {}

    /// Called as often as the server sweeps.
    fn sweep(&self, _link: &Link, _now: Instant) {}

    /// The session has ended. Called once; `parted` tells whether the client said goodbye.
    fn closed(&self, link: &Link, parted: bool);
}

/// Serves Engine.IO sessions to a [`Service`]. A clone is another handle of the same.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub options: Options,
    pub websocket: Arc<sockets::Options>,
    pub workers: Workers,
    pub service: Arc<dyn Service>,
}

impl Engine {
    /// Sessions that live on these workers, which have to be those of the server it is mounted in.
    pub fn new(options: Options, workers: Workers, service: Arc<dyn Service>) -> Self {
        let websocket = Arc::new(options.websocket());
        Self(Arc::new(Shared { options, websocket, workers, service }))
    }

    /// Mounts it at a path, as `/engine.io/`; with or without the last slash is the same.
    pub fn configure(&self, path: &str) -> impl Fn(&mut web::ServiceConfig) + use<> {
        let (engine, bare) = (self.clone(), path.trim_end_matches('/').to_owned());
        move |config| {
            let engine = engine.clone();
            let serve = move |request, payload| {
                let engine = engine.clone();
                async move { engine.serve(request, payload).await }
            };
            config.service(web::resource([bare.clone(), format!("{bare}/")]).route(web::route().to(serve)));
        }
    }
}
