//! What lives on a connection, whatever carries it: commands in, answers out, in order.

use std::cell::RefCell;
use std::sync::Arc;

use application::Caller;
use domain::{ErrorKind, Origin};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use sockets::{Command, ConnectionId, Frame};

use super::command::ClientCommand;
use super::dialect::{Dialect, Flavour, Request};
use super::gate::Entered;
use super::hub::members::Person;
use super::hub::recovery::{Names, Resumption};
use super::{Gateway, close, dispatcher, recovery};
use crate::Problem;
use crate::limits::{Address, Allowance, Kind, Pass, Verdict};

/// What carries a session: a handle of it, on its worker's thread. Cheap to clone.
pub trait Wire: Clone + 'static {
    /// By what the hub reaches it.
    fn id(&self) -> ConnectionId;
    /// Sends a frame, before what is held back.
    fn send(&self, frame: &Frame);
    /// Ends it, with a code where that can be said.
    fn close(&self, code: u16, reason: &'static str);
    /// Ends it so that the client comes back at once.
    fn reset(&self);
}

/// What is needed once, when a session begins.
#[derive(Default)]
struct Opening {
    /// It has come through the gate.
    entered: Option<Entered>,
    /// What it is known by, so that another can go on in its place.
    names: Option<Names>,
    /// Where it goes on in place of another.
    resumption: Option<Resumption>,
}

/// Somebody's connection, from when it is open until it is closed.
pub struct Session {
    gateway: Arc<Gateway>,
    caller: Caller,
    origin: Origin,
    flavour: Flavour,
    /// Let go once it is open.
    opening: RefCell<Option<Box<Opening>>>,
    /// What it may still do.
    allowance: Allowance,
    /// Its place among the connections of its owner.
    _pass: Pass,
}

impl Session {
    /// A session of a caller who has been authenticated, and connects from there.
    pub fn new(
        gateway: Arc<Gateway>,
        flavour: Flavour,
        caller: Caller,
        from: Option<Address>,
    ) -> Result<Self, Problem> {
        let limits = &gateway.state.limits;
        let (pass, allowance) = (limits.connection(caller.user_id, from)?, limits.allowance());
        let origin = gateway.new_origin();
        let caller = Caller { origin: Some(origin), ..caller };
        Ok(Self { gateway, caller, origin, flavour, opening: RefCell::default(), allowance, _pass: pass })
    }

    /// It can be recovered by these names, and goes on where another was, if that is given.
    #[must_use]
    pub fn recoverable(self, names: Names, resumption: Option<Resumption>) -> Self {
        self.prepare(|opening| (opening.names, opening.resumption) = (Some(names), resumption));
        self
    }

    /// It has come through the gate already, and need not wait there to begin.
    #[must_use]
    pub fn having_entered(self, entered: Entered) -> Self {
        self.prepare(|opening| opening.entered = Some(entered));
        self
    }

    fn prepare(&self, set: impl FnOnce(&mut Opening)) {
        set(self.opening.borrow_mut().get_or_insert_default());
    }

    fn dialect(&self) -> Option<Arc<dyn Dialect>> {
        self.gateway.dialects.get(self.flavour).cloned()
    }

    /// Begins it: from when this is done the connection hears of everything. Commands must wait until then: what a
    /// client reads first is then never older than what it is told after.
    pub fn begin<W: Wire>(&self, wire: &W) -> LocalBoxFuture<'static, Result<(), Problem>> {
        let (gateway, link, caller) = (Arc::clone(&self.gateway), wire.id(), self.caller);
        let (user, session) = (caller.user_id, caller.session_id);
        let (names, entered) = match &mut *self.opening.borrow_mut() {
            Some(opening) => (opening.names, opening.entered.take()),
            None => (None, None),
        };
        gateway.hub.connect(link, Person { user, session, origin: self.origin, flavour: self.flavour, names });
        let begin = async move {
            let _entered = match entered {
                Some(entered) => entered,
                None => gateway.gate.enter().await?,
            };
            let positions = gateway.state.connect.execute(&caller).await?;
            gateway.hub.open(link, positions).await;
            gateway.opened(&caller);
            Ok(())
        };
        begin.boxed_local()
    }

    /// Tells what it has missed, if it goes on where another was. What happens now must wait until then.
    pub fn recover<W: Wire>(&self, wire: &W) -> Option<LocalBoxFuture<'static, ()>> {
        let (resumption, dialect) = self.opening.take()?.resumption.zip(self.dialect())?;
        let (gateway, wire) = (Arc::clone(&self.gateway), wire.clone());
        let recover = async move {
            if recovery::retell(&gateway, &wire, dialect.as_ref(), resumption).await.is_none() {
                // The client was promised all it has missed, and that cannot be told any more: it begins anew.
                wire.reset();
            }
        };
        Some(recover.boxed_local())
    }

    /// What a client's frame asks for; `mark` is the transport's own.
    pub fn read(&self, text: &str, mark: Option<u64>) -> Option<Request> {
        Some(self.dialect()?.decode(text, mark))
    }

    /// Carries out a request and answers it. A message that is to be posted has begun its way to the repository when
    /// this returns, so that many of one sender are stored together.
    pub fn run<W: Wire>(&self, wire: &W, request: Request) -> Option<Command> {
        let refused = match self.allowance.admit(kind(&request)) {
            Verdict::Granted => None,
            Verdict::Refused(problem) => Some(problem),
            Verdict::Ended => {
                wire.close(close::POLICY, close::RATE_LIMITED_REASON);
                return None;
            }
        };
        let (gateway, wire, caller, dialect) = (Arc::clone(&self.gateway), wire.clone(), self.caller, self.dialect()?);
        let posting = match (&refused, &request.command) {
            (None, Ok(ClientCommand::Send(new))) => Some(dispatcher::post(&gateway.state, caller, new.clone())),
            _ => None,
        };
        let has_begun = posting.is_some();
        let run = async move {
            let mut done: Result<_, Problem> = match (posting, refused, &request.command) {
                (Some(posting), ..) => posting.await,
                (_, Some(problem), _) => Err(problem),
                (_, _, Ok(command)) => dispatcher::dispatch(&gateway.state, caller, command.clone()).await,
                (_, _, Err(problem)) => Err(problem.clone()),
            };
            if let (Ok(_), Ok(command)) = (&done, &request.command)
                && let Some((id, joined)) = dialect.look(command)
                && !gateway.look(wire.id(), &caller, id, joined).await
                && matches!(command, ClientCommand::Join(_))
            {
                done = Err(Problem::too_many_joined());
            }
            let answers = match &done {
                Ok(reply) => dialect.encode_reply(&request, reply),
                Err(problem) => {
                    problem.log();
                    vec![dialect.encode_error(&request, problem)]
                }
            };
            for frame in &answers {
                wire.send(frame);
            }
        };
        Some(if has_begun { Command::begun(run) } else { Command::new(run) })
    }

    /// It has ended; `parted` tells whether the client said goodbye.
    pub fn closed(&self, link: ConnectionId, parted: bool) {
        self.gateway.closed(link, &self.caller, parted);
    }
}

fn kind(request: &Request) -> Kind {
    match &request.command {
        Ok(ClientCommand::StartTyping(_)) => Kind::Typing,
        Ok(ClientCommand::SetStatus(_)) => Kind::Status,
        _ => Kind::Other,
    }
}

/// Closes a connection that is not let in.
pub fn refuse(wire: &impl Wire, kind: ErrorKind) {
    match kind {
        ErrorKind::Unauthenticated => wire.close(close::SESSION_ENDED, close::SESSION_ENDED_REASON),
        ErrorKind::RateLimited => wire.close(close::POLICY, close::TOO_MANY_REASON),
        _ => wire.close(close::TRY_AGAIN_LATER, close::TRY_AGAIN_LATER_REASON),
    }
}
