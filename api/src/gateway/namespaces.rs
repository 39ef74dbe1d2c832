//! Sessions in the namespaces of the Socket.IO door.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use application::Caller;
use application::auth::AuthError;
use domain::ErrorKind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::Value;
use socketio::{Accepted, Application, Connect, Event, Handler, Refusal, Socket};
use sockets::{Command, ConnectionId, Frame};

use super::dialect::{Flavour, Request};
use super::gate::Entered;
use super::hub::recovery::{Names, Pid, Resumption};
use super::session::{Session, Wire};
use super::{CHAT, CHATS, Gateway, MAIN, close, vocabulary};
use crate::Problem;

/// Lets clients into namespaces.
pub struct Namespaces(pub Arc<Gateway>);

/// What a client says of itself when it connects.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Hello {
    token: Value,
    pid: Value,
    offset: Value,
}

impl Application for Namespaces {
    fn admit(&self, request: &HttpRequest) -> Result<(), Duration> {
        let refused = self.0.state.limits.handshake(self.0.locate(request)).err();
        refused.map_or(Ok(()), |problem| Err(Duration::from_secs(problem.retry_after.unwrap_or(1).into())))
    }

    fn connect(&self, request: Connect) -> LocalBoxFuture<'static, Result<Accepted, Refusal>> {
        let gateway = Arc::clone(&self.0);
        async move {
            let entered = gateway.gate.enter().await.map_err(|problem| refusal(&problem))?;
            // In a box of its own, for which who waits takes no room.
            connect(&gateway, request, entered).boxed_local().await
        }
        .boxed_local()
    }
}

async fn connect(gateway: &Arc<Gateway>, request: Connect, entered: Entered) -> Result<Accepted, Refusal> {
    let flavour = match &*request.namespace {
        "/" => MAIN,
        "/chat" => CHAT,
        "/chats" => CHATS,
        _ => return Err(Refusal::new("Invalid namespace")),
    };
    let hello = request.auth.as_deref().and_then(|auth| serde_json::from_str(auth).ok());
    let hello: Hello = hello.unwrap_or_default();
    let caller = authenticate(gateway, &request, flavour, &hello).await.map_err(Problem::from);
    let caller = caller.map_err(|problem| refusal(&problem))?;
    let from = gateway.state.limits.locate(request.head.peer.map(|peer| peer.ip()), &request.head.headers());
    let session = Session::new(Arc::clone(gateway), flavour, caller, from);
    let session = session.map_err(|problem| refusal(&problem))?.having_entered(entered);
    Ok(accept(gateway, session, flavour, caller, &hello).await)
}

async fn authenticate(
    gateway: &Gateway,
    request: &Connect,
    flavour: Flavour,
    hello: &Hello,
) -> Result<Caller, AuthError> {
    let header = request.head.header(&header::AUTHORIZATION);
    let header = header.as_ref().and_then(|value| value.to_str().ok());
    let in_header = header.and_then(|value| match value.split_once(' ') {
        Some((scheme, token)) => scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()),
        // The clients of seed 004 send the token bare.
        None => (flavour == CHATS).then_some(value),
    });
    let token = hello.token.as_str().or(in_header).ok_or(AuthError::Unauthenticated)?;
    gateway.state.authenticate.execute(token).await
}

fn refusal(problem: &Problem) -> Refusal {
    let message = match problem.kind {
        ErrorKind::Unauthenticated => close::SESSION_ENDED_REASON,
        ErrorKind::RateLimited => close::TOO_MANY_REASON,
        _ => close::TRY_AGAIN_LATER_REASON,
    };
    let data = serde_json::json!({ "code": problem.code, "message": problem.message });
    Refusal { message: message.into(), data: Some(data) }
}

async fn accept(gateway: &Gateway, session: Session, flavour: Flavour, caller: Caller, hello: &Hello) -> Accepted {
    if flavour == CHATS {
        // There joining is a matter of the connection: nothing is left of one that is lost.
        return Accepted { handler: Rc::new(Client(session)), sid: None, pid: None };
    }
    let resumption = resume(gateway, &caller, hello).await;
    let names = match (&resumption, pid(&hello.pid)) {
        (Some(resumption), Some(pid)) => Names { pid, sid: resumption.sid },
        _ => Names { pid: Pid(gateway.ids.secret()), sid: gateway.ids.secret() },
    };
    let (sid, pid) = (format!("{:032x}", names.sid), format!("{:032x}", names.pid.0));
    let session = session.recoverable(names, resumption);
    Accepted { handler: Rc::new(Client(session)), sid: Some(sid), pid: Some(pid) }
}

/// Where a client was that says it comes back, if it takes part in the same as then: what it may not hear any more is
/// none of what it has missed.
async fn resume(gateway: &Gateway, caller: &Caller, hello: &Hello) -> Option<Resumption> {
    let resumption = gateway.hub.resume(pid(&hello.pid)?, caller.user_id, hello.offset.as_str()).await?;
    let positions = gateway.state.connect.execute(caller).await.ok()?;
    let rooms: HashSet<_> = positions.into_iter().map(|(id, _)| id).collect();
    (rooms == resumption.rooms).then_some(resumption)
}

fn pid(said: &Value) -> Option<Pid> {
    let said = said.as_str().filter(|said| said.len() == 32)?;
    u128::from_str_radix(said, 16).ok().map(Pid)
}

/// What lives in a namespace.
struct Client(Session);

impl Handler for Client {
    fn opening(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, Result<(), Refusal>>> {
        let begin = self.0.begin(socket);
        Some(async move { begin.await.map_err(|problem| refusal(&problem)) }.boxed_local())
    }

    fn opened(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, ()>> {
        self.0.recover(socket)
    }

    fn event(&self, socket: &Socket, event: Event) -> Option<Command> {
        let request = if event.attachments.is_empty() {
            self.0.read(&event.args, event.ack)?
        } else {
            Request { mark: event.ack.map(Value::from), ..Request::unreadable(vocabulary::malformed()) }
        };
        self.0.run(socket, request)
    }

    fn closed(&self, socket: &Socket, parted: bool) {
        self.0.closed(socket.id(), parted);
    }
}

impl Wire for Socket {
    fn id(&self) -> ConnectionId {
        Self::id(self)
    }

    fn send(&self, frame: &Frame) {
        Self::send(self, frame);
    }

    fn close(&self, code: u16, _: &'static str) {
        // Who goes too far in one namespace would do so in another.
        self.disconnect(code == close::POLICY);
    }

    fn reset(&self) {
        self.close_transport();
    }
}
