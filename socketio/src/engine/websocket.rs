//! A session's WebSocket: its transport from the beginning, or one that takes over from polling.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use sockets::{Command, Connection, Handler, Message};

use super::payload::Packet;
use super::session::Session;
use super::sid::Sid;
use super::transport::Transport;
use super::{Head, Shared};

/// How far the socket has come.
enum Stage {
    /// A session will begin with it.
    New(Rc<Head>),
    /// It shall take over this session.
    Upgrading(Rc<Session>),
    /// The session expects it to take over.
    Probed(Rc<Session>),
    /// It is the session's transport.
    Carrying(Rc<Session>),
    Done,
}

pub(super) struct WebSocket {
    engine: Arc<Shared>,
    stage: RefCell<Stage>,
}

impl WebSocket {
    /// The transport of a new session.
    pub fn begin(engine: Arc<Shared>, head: Rc<Head>) -> Self {
        Self { engine, stage: RefCell::new(Stage::New(head)) }
    }

    /// One that takes over a session of this worker.
    pub fn take_over(engine: Arc<Shared>, sid: Sid) -> Self {
        let session = Session::find(sid, &engine);
        Self { engine, stage: RefCell::new(session.map_or(Stage::Done, Stage::Upgrading)) }
    }

    fn set(&self, stage: Stage) {
        self.stage.replace(stage);
    }

    /// The probe, or what completes the upgrade.
    fn upgrade(&self, connection: &Connection, message: &Message) {
        let text = if let Message::Text(text) = message { &**text } else { "" };
        match (self.stage.replace(Stage::Done), text) {
            (Stage::Upgrading(session), "2probe") if session.begin_upgrade(connection) => {
                self.set(Stage::Probed(session));
            }
            (Stage::Probed(session), "5") if session.upgrade(connection) => self.set(Stage::Carrying(session)),
            (stage, _) => {
                if let Stage::Probed(session) = stage {
                    session.abandon_upgrade();
                }
                connection.close(1002, "no upgrade");
            }
        }
    }

    fn carry(session: &Rc<Session>, message: Message) {
        let taken = match message {
            Message::Text(text) => Packet::from_text(&text).and_then(|packet| session.packet(packet)),
            Message::Binary(_) if !session.is_open() => Ok(()),
            binary @ Message::Binary(_) => session.message(binary),
        };
        if let Err(malformed) = taken {
            tracing::debug!(id = ?session.id, %malformed, "a session is closed");
            session.fail(1002, malformed.0);
        }
    }
}

impl Handler for WebSocket {
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        match self.stage.replace(Stage::Done) {
            Stage::New(head) => {
                let transport = Transport::WebSocket(connection.clone());
                match Session::open(&self.engine, head, transport) {
                    Some((session, _)) => self.set(Stage::Carrying(session)),
                    None => connection.close(1011, "no session"),
                }
            }
            Stage::Upgrading(session) if session.may_upgrade() => self.set(Stage::Upgrading(session)),
            _ => connection.close(1008, "no session to take over"),
        }
        None
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
        let session = match &*self.stage.borrow() {
            Stage::Carrying(session) => Some(Rc::clone(session)),
            _ => None,
        };
        match session {
            Some(session) => Self::carry(&session, message),
            None => self.upgrade(connection, &message),
        }
        None
    }

    fn closed(&self, _: &Connection, parted: bool) {
        match self.stage.replace(Stage::Done) {
            Stage::Carrying(session) if parted && session.is_open() => session.part(),
            Stage::Carrying(session) if session.is_open() => session.lost(),
            Stage::Probed(session) => session.abandon_upgrade(),
            _ => {}
        }
    }
}
