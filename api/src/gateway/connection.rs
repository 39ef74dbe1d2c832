//! Sessions on the plain WebSocket door.

use std::sync::Arc;

use application::Caller;
use domain::ErrorKind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use sockets::{Command, Connection, ConnectionId, Frame, Handler, Message};

use super::dialect::{Flavour, Request};
use super::session::{Session, Wire, refuse};
use super::{Gateway, close, vocabulary};
use crate::Problem;
use crate::limits::Address;

/// What lives on a socket: a session, or why there is none. A browser cannot see why an upgrade was refused, so it is
/// told by the code of the close.
pub struct Client(Result<Session, ErrorKind>);

impl Client {
    /// A client that speaks the dialect of `flavour`, and connects from there.
    pub fn new(
        gateway: Arc<Gateway>,
        flavour: Flavour,
        caller: Result<Caller, Problem>,
        from: Option<Address>,
    ) -> Self {
        let session = caller.and_then(|caller| Session::new(gateway, flavour, caller, from));
        Self(session.map_err(|problem| problem.kind))
    }
}

impl Wire for Connection {
    fn id(&self) -> ConnectionId {
        Self::id(self)
    }

    fn send(&self, frame: &Frame) {
        Self::send(self, frame);
    }

    fn close(&self, code: u16, reason: &'static str) {
        Self::close(self, code, reason);
    }

    fn reset(&self) {
        Self::close(self, close::TRY_AGAIN_LATER, close::TRY_AGAIN_LATER_REASON);
    }
}

impl Handler for Client {
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        match &self.0 {
            Ok(session) => {
                let (begin, connection) = (session.begin(connection), connection.clone());
                Some(
                    async move { begin.await.unwrap_or_else(|problem| refuse(&connection, problem.kind)) }
                        .boxed_local(),
                )
            }
            Err(kind) => {
                refuse(connection, *kind);
                None
            }
        }
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
        let session = self.0.as_ref().ok()?;
        let request = match &message {
            Message::Text(text) => session.read(text, None)?,
            Message::Binary(_) => Request::unreadable(vocabulary::malformed()),
        };
        session.run(connection, request)
    }

    fn closed(&self, connection: &Connection, parted: bool) {
        if let Ok(session) = &self.0 {
            session.closed(connection.id(), parted);
        }
    }
}
