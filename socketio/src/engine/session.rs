//! One session: what it is in the middle of, and what its client and the server do to it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use sockets::{Connection, ConnectionId, Frame, Member, Message, Worker};

use super::life::Heartbeat;
use super::payload::{self, Packet};
use super::sid::Sid;
use super::task::Task;
use super::transport::{Full, Transport};
use super::{Endpoint, Head, Link, Shared, Turn};
use crate::packet::Malformed;

thread_local! {
    /// The sessions of a worker.
    static SESSIONS: RefCell<HashMap<Sid, Rc<Session>>> = RefCell::default();
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// The server has closed it, since then; what was sent before waits to be polled.
    Closing(Instant),
    /// The client has said goodbye, since then; what it asked for before is done first.
    Parting(Instant),
    Ended,
}

/// What a session is busy with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Business {
    #[default]
    Idle,
    /// A command runs.
    Running,
    /// The same, and what is brought waits until it is done.
    Holding,
}

pub(super) struct Session {
    pub id: ConnectionId,
    pub sid: Sid,
    pub engine: Arc<Shared>,
    pub worker: Worker,
    pub head: Rc<Head>,
    pub transport: RefCell<Transport>,
    pub business: Cell<Business>,
    pub backlog: RefCell<VecDeque<Turn>>,
    pub parted: Cell<bool>,
    pub phase: Cell<Phase>,
    endpoint: OnceCell<Rc<dyn Endpoint>>,
    pub heartbeat: Cell<Heartbeat>,
    waker: RefCell<Option<Waker>>,
    dirty: Cell<bool>,
}

impl Session {
    /// Opens a session on this worker. Over WebSocket the handshake is sent; for polling it is returned.
    pub fn open(engine: &Arc<Shared>, head: Rc<Head>, transport: Transport) -> Option<(Rc<Self>, Frame)> {
        let worker = Worker::here()?;
        let sid = Sid::new(worker.index())?;
        let polls = matches!(transport, Transport::Polling(_));
        let upgrades: &[_] = if polls && engine.options.transports.websocket { &["websocket"] } else { &[] };
        let handshake = payload::open(&sid.to_string(), upgrades, &engine.options);
        let session = worker.clone().adopt(|id| {
            Rc::new(Self {
                id,
                sid,
                engine: Arc::clone(engine),
                worker,
                head,
                transport: RefCell::new(transport),
                business: Cell::default(),
                backlog: RefCell::default(),
                parted: Cell::default(),
                phase: Cell::new(Phase::Open),
                endpoint: OnceCell::new(),
                heartbeat: Cell::new(Heartbeat::Heard(Instant::now())),
                waker: RefCell::default(),
                dirty: Cell::default(),
            })
        });
        if !polls {
            session.send(std::slice::from_ref(&handshake));
        }
        // From here on it is taken leave of, whatever happens.
        let task = Task::new(Rc::clone(&session));
        SESSIONS.with(|sessions| sessions.borrow_mut().insert(sid, Rc::clone(&session)));
        let _ = session.endpoint.set(engine.service.open(&Link(Rc::clone(&session))));
        actix_rt::spawn(task);
        Some((session, handshake))
    }

    /// The session with this id, if it lives on this worker, and belongs to this engine.
    pub fn find(sid: Sid, engine: &Arc<Shared>) -> Option<Rc<Self>> {
        let session = SESSIONS.with(|sessions| sessions.borrow().get(&sid).cloned())?;
        if session.is_dead(Instant::now()) {
            session.fail(1008, "ping timeout");
        }
        let usable = matches!(session.phase.get(), Phase::Open | Phase::Closing(_));
        (usable && Arc::ptr_eq(&session.engine, engine)).then_some(session)
    }

    pub fn forget(&self) {
        SESSIONS.with(|sessions| sessions.borrow_mut().remove(&self.sid));
    }

    /// Whether a request with this `Authorization` may use the session: not if the first request had another. It may
    /// lack, since browsers send none with a WebSocket's request, and some clients only with their first.
    pub fn admits(&self, authorization: Option<&HeaderValue>) -> bool {
        let Some(given) = authorization else { return true };
        self.head.header(&AUTHORIZATION).is_none_or(|bound| bound == given)
    }

    pub fn is_open(&self) -> bool {
        self.phase.get() == Phase::Open
    }

    pub fn endpoint(&self) -> Option<&Rc<dyn Endpoint>> {
        self.endpoint.get()
    }

    pub fn is_backed_up(&self) -> bool {
        self.backlog.borrow().len() >= self.engine.options.max_backlog
    }

    /// Takes a packet in.
    pub fn packet(self: &Rc<Self>, packet: Packet) -> Result<(), Malformed> {
        if !self.is_open() {
            return Ok(());
        }
        match packet {
            Packet::Message(message) => return self.message(message),
            Packet::Pong => self.heard(),
            Packet::Close => self.part(),
            Packet::Noop => {}
        }
        Ok(())
    }

    pub fn message(self: &Rc<Self>, message: Message) -> Result<(), Malformed> {
        self.heard();
        let Some(endpoint) = self.endpoint() else { return Ok(()) };
        if let Some(turn) = Rc::clone(endpoint).message(&Link(Rc::clone(self)), message)? {
            self.backlog.borrow_mut().push_back(turn);
            if self.is_backed_up()
                && let Transport::WebSocket(connection) = &*self.transport.borrow()
            {
                connection.pause(true);
            }
            self.wake();
        }
        Ok(())
    }

    /// What the client asked for next. Memory is let go once nothing waits.
    pub fn next_turn(&self) -> Option<Turn> {
        let mut backlog = self.backlog.borrow_mut();
        let next = backlog.pop_front();
        if backlog.is_empty() {
            *backlog = VecDeque::new();
        }
        next
    }

    /// Sends what a command sends, or the session itself: ahead of what is held.
    pub fn send(&self, frames: &[Frame]) {
        if !self.is_open() {
            return;
        }
        let sent = self.transport.borrow_mut().send(frames, &self.engine.options);
        match sent {
            Ok(()) => self.answer_poll(),
            Err(Full) => self.cut_slow(),
        }
    }

    /// Queues what the worker brings.
    pub fn bring(&self, frame: &Frame, droppable: bool) {
        if !self.is_open() {
            return;
        }
        let brought = self.transport.borrow_mut().bring(frame, droppable, &self.engine.options);
        if let Err(Full) = brought {
            self.cut_slow();
        }
    }

    fn cut_slow(&self) {
        tracing::debug!(id = ?self.id, "a slow consumer is cut");
        self.fail(sockets::SLOW_CONSUMER, "slow consumer");
    }

    pub fn flush_transport(&self) {
        if let Transport::WebSocket(connection) = &*self.transport.borrow() {
            return connection.flush_unless_held();
        }
        self.answer_poll();
    }

    /// The WebSocket that carries it, if one does.
    pub fn connection(&self) -> Option<Connection> {
        match &*self.transport.borrow() {
            Transport::WebSocket(connection) => Some(connection.clone()),
            _ => None,
        }
    }

    pub fn hold_transport(&self) {
        if self.business.get() == Business::Running {
            self.business.set(Business::Holding);
            self.transport.borrow_mut().hold();
        }
    }

    pub fn release(&self) {
        self.transport.borrow_mut().release();
        self.answer_poll();
    }

    pub fn queued_bytes(&self) -> usize {
        self.transport.borrow().queued_bytes()
    }

    pub fn remember(&self, waker: &Waker) {
        let mut slot = self.waker.borrow_mut();
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
    }

    pub fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// What the shard holds: members get no handle of themselves, and an endpoint needs one.
impl Member for Session {
    fn deliver(&self, frame: &Frame, droppable: bool) {
        self.bring(frame, droppable);
    }

    fn hold(&self) {
        self.hold_transport();
    }

    fn flush(&self) {
        self.flush_transport();
    }

    fn carrier(&self) -> Option<Rc<dyn Member>> {
        match &*self.transport.borrow() {
            Transport::WebSocket(connection) => Some(connection.member()),
            _ => None,
        }
    }

    fn close(&self, code: u16, reason: &str) {
        self.close(code, reason);
    }

    fn sweep(&self, now: Instant) {
        let this = SESSIONS.with(|sessions| sessions.borrow().get(&self.sid).cloned());
        if let Some(this) = this {
            this.look_after(now);
        }
    }

    fn dirty(&self) -> &Cell<bool> {
        &self.dirty
    }
}
