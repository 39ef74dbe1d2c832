//! A client's connection: frames in, frames out, between the socket and the dispatcher.

use std::sync::Arc;

use application::auth::AuthError;
use application::{Caller, Failure};
use domain::{ErrorKind, Origin};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use sockets::{Connection, Handler, Message};

use super::dialect::{Dialect, Flavour, Request};
use super::{Gateway, close, dispatcher, vocabulary};

/// What lives on a socket.
pub struct Client {
    gateway: Arc<Gateway>,
    flavour: Flavour,
    /// The caller, or why there is none: a browser cannot see why an upgrade was refused, so it is told by the code
    /// of the close.
    caller: Result<Caller, ErrorKind>,
    origin: Origin,
}

impl Client {
    /// A client that speaks the dialect of `flavour`.
    pub fn new(gateway: Arc<Gateway>, flavour: Flavour, caller: Result<Caller, AuthError>) -> Self {
        let origin = gateway.new_origin();
        let caller = caller.map(|caller| Caller { origin: Some(origin), ..caller }).map_err(|error| error.kind());
        Self { gateway, flavour, caller, origin }
    }

    fn refuse(connection: &Connection, kind: ErrorKind) {
        match kind {
            ErrorKind::Unauthenticated => connection.close(close::SESSION_ENDED, close::SESSION_ENDED_REASON),
            _ => connection.close(close::TRY_AGAIN_LATER, close::TRY_AGAIN_LATER_REASON),
        }
    }

    fn dialect(&self) -> Option<Arc<dyn Dialect>> {
        self.gateway.dialects.get(self.flavour).cloned()
    }
}

impl Handler for Client {
    /// Commands wait until the connection hears of everything: what a client reads first is then never older than
    /// what it is told after.
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        let caller = match self.caller {
            Ok(caller) => caller,
            Err(kind) => {
                Self::refuse(connection, kind);
                return None;
            }
        };
        let (gateway, connection) = (Arc::clone(&self.gateway), connection.clone());
        gateway.hub.connect(connection.id(), &caller, self.origin, self.flavour);
        let open = async move {
            match gateway.state.connect.execute(&caller).await {
                Ok(positions) => {
                    gateway.hub.open(connection.id(), positions).await;
                    gateway.opened(&caller);
                }
                Err(error) => Self::refuse(&connection, error.kind()),
            }
        };
        Some(open.boxed_local())
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<LocalBoxFuture<'static, ()>> {
        let (caller, dialect) = (self.caller.ok()?, self.dialect()?);
        let request = match &message {
            Message::Text(text) => dialect.decode(text, None),
            Message::Binary(_) => Request::unreadable(vocabulary::malformed()),
        };
        let (gateway, connection) = (Arc::clone(&self.gateway), connection.clone());
        let run = async move {
            let done = match &request.command {
                Ok(command) => dispatcher::dispatch(&gateway.state, caller, command.clone()).await,
                Err(problem) => Err(problem.clone()),
            };
            let answers = match &done {
                Ok(reply) => {
                    gateway.follow(connection.id(), &caller, &request).await;
                    dialect.encode_reply(&request, reply)
                }
                Err(problem) => {
                    problem.log();
                    vec![dialect.encode_error(&request, problem)]
                }
            };
            for frame in &answers {
                connection.send(frame);
            }
        };
        Some(run.boxed_local())
    }

    fn closed(&self, connection: &Connection, parted: bool) {
        if let Ok(caller) = &self.caller {
            self.gateway.closed(connection.id(), caller, parted);
        }
    }
}
