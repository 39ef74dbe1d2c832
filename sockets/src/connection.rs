//! One connection: its queue, and what may be done to it from the worker it lives on.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use actix_rt::net::TcpStream;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use socket2::SockRef;

use crate::command::Command;
use crate::decode::Message;
use crate::frame::Frame;
use crate::queue::{Pushed, Queue};
use crate::{ConnectionId, Options};

/// The code a connection is closed with that takes too slowly what is sent to it.
pub const SLOW_CONSUMER: u16 = 4008;

/// What lives on a socket. It stays on the worker's thread and should be small: there is one for each connection.
///
/// What it returns are the connection's commands. They run in the order in which they came, one at a time but for those
/// that have [begun](Command::begun); meanwhile messages wait, a few, and then the socket is read no more, which the
/// client feels as back-pressure. A command is dropped when its connection ends.
pub trait Handler: 'static {
    /// The connection is open. Messages wait until the future is done.
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>>;

    /// The client sent a message.
    fn message(&self, connection: &Connection, message: Message) -> Option<Command>;

    /// The connection has ended, for whatever reason; `parted` tells whether the client said goodbye with a close
    /// frame. Called once, also if a command panicked.
    fn closed(&self, connection: &Connection, parted: bool);
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// Our close frame is queued, since then; the client's is awaited unless it was there first.
    Closing {
        since: Instant,
        answered: bool,
    },
    /// Nothing more is read or written.
    Cut,
}

pub(crate) struct Inner {
    pub id: ConnectionId,
    pub stream: TcpStream,
    pub handler: Rc<dyn Handler>,
    pub options: Arc<Options>,
    pub phase: Cell<Phase>,
    /// Whether a command runs.
    pub running: Cell<bool>,
    /// Whether what is sent waits for whoever corked it, so that it goes out in one write.
    pub corked: Cell<bool>,
    /// Whether the shard has it in its list of what to write.
    pub dirty: Cell<bool>,
    /// Whether the client has sent a close frame.
    pub parted: Cell<bool>,
    pub control_frames: Cell<u32>,
    /// Whether nothing is read for now.
    pub paused: Cell<bool>,
    /// When the client was last heard, or pinged since then.
    alive: Cell<Instant>,
    pinged: Cell<bool>,
    /// Since when the client has taken nothing of what waits.
    pub stalled: Cell<Option<Instant>>,
    pub queue: RefCell<Queue>,
    waker: RefCell<Option<Waker>>,
}

/// A handle of a connection, on its worker's thread. Cheap to clone.
#[derive(Clone)]
pub struct Connection(pub(crate) Rc<Inner>);

impl Connection {
    /// Its id, by which other threads reach it.
    pub fn id(&self) -> ConnectionId {
        self.0.id
    }

    /// The address of the client, or of the proxy before it.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.stream.peer_addr().ok()
    }

    /// How many bytes wait to be written.
    pub fn queued_bytes(&self) -> usize {
        self.0.queue.borrow().bytes()
    }

    /// Sends a frame; never waits. While a command of this connection runs, what it sends goes out before what was
    /// held back for it. A connection whose queue is full is cut.
    pub fn send(&self, frame: &Frame) {
        self.0.send(frame.wire().clone());
        self.0.flush();
    }

    /// Holds back what is broadcast to this connection until the command that runs is done: what the command sends
    /// goes out before it.
    pub fn hold(&self) {
        self.0.hold();
    }

    /// Closes with a code and a reason (RFC 6455, section 7.4). What was sent before is written first.
    pub fn close(&self, code: u16, reason: &str) {
        self.0.close(code, reason);
    }
}

impl Inner {
    pub fn new(id: ConnectionId, stream: TcpStream, handler: Rc<dyn Handler>, options: Arc<Options>) -> Self {
        Self {
            id,
            stream,
            handler,
            options,
            phase: Cell::new(Phase::Open),
            running: Cell::new(false),
            corked: Cell::new(false),
            dirty: Cell::new(false),
            parted: Cell::new(false),
            control_frames: Cell::new(0),
            paused: Cell::new(false),
            alive: Cell::new(Instant::now()),
            pinged: Cell::new(false),
            stalled: Cell::new(None),
            queue: RefCell::default(),
            waker: RefCell::default(),
        }
    }

    /// Sends a command's own frame.
    pub fn send(&self, frame: Bytes) {
        if self.phase.get() == Phase::Open {
            let pushed = self.queue.borrow_mut().push_ahead(frame.clone(), &self.options);
            if pushed == Pushed::Full {
                self.write_out();
                let again = self.queue.borrow_mut().push_ahead(frame, &self.options);
                self.judge(again);
            }
        }
    }

    /// Queues what the worker brings; whoever calls it flushes later.
    pub fn queue(&self, frame: Bytes, droppable: bool) {
        if self.phase.get() == Phase::Open {
            let pushed = self.queue.borrow_mut().push(frame.clone(), droppable, &self.options);
            if pushed == Pushed::Full {
                // There may be room in the socket that was not used yet.
                self.write_out();
                let again = self.queue.borrow_mut().push(frame, droppable, &self.options);
                self.judge(again);
            }
        }
    }

    fn judge(&self, pushed: Pushed) {
        if pushed == Pushed::Full {
            self.cut_slow();
        }
    }

    /// What the worker brings waits for the command that runs, if one does.
    pub fn hold(&self) {
        if self.running.get() {
            self.withhold();
        }
    }

    pub fn withhold(&self) {
        self.queue.borrow_mut().hold();
    }

    pub fn release(&self) {
        self.queue.borrow_mut().release();
        self.flush();
    }

    pub fn close(&self, code: u16, reason: &str) {
        if self.phase.get() == Phase::Open {
            self.release();
            self.send(Frame::close(code, reason).wire().clone());
            self.enter_closing(false);
        }
    }

    /// Answers the client's close frame with its own code (RFC 6455, section 5.5.1).
    pub fn answer_close(&self, code: u16) {
        match self.phase.get() {
            Phase::Open => {
                self.release();
                self.send(Frame::close(code, "").wire().clone());
                self.enter_closing(true);
            }
            Phase::Closing { since, .. } => self.phase.set(Phase::Closing { since, answered: true }),
            Phase::Cut => {}
        }
    }

    fn enter_closing(&self, answered: bool) {
        if self.phase.get() == Phase::Open {
            self.phase.set(Phase::Closing { since: Instant::now(), answered });
            self.flush();
            self.wake();
        }
    }

    /// Answers a ping. One answer is enough for all pings that came while it could not be written (RFC 6455, section
    /// 5.5.3).
    pub fn pong(&self, payload: &[u8]) {
        if self.stalled.get().is_none() || self.control_frames.get() <= 1 {
            self.send(Frame::pong(payload).wire().clone());
            self.flush();
        }
    }

    /// Ends the connection at once; the socket is gone with what was not written.
    pub fn cut(&self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        self.phase.set(Phase::Cut);
        self.wake();
    }

    /// Ends a connection that takes too slowly what is sent to it. It is told so if that can still be written.
    fn cut_slow(&self) {
        let frame = Frame::close(SLOW_CONSUMER, "slow consumer");
        let boundary = self.queue.borrow().at_boundary();
        if boundary && matches!(self.stream.try_write(frame.wire()), Ok(n) if n == frame.wire().len()) {
            self.phase.set(Phase::Cut);
            self.wake();
        } else {
            self.cut();
        }
        tracing::debug!(id = ?self.id, "a slow consumer is cut");
    }

    pub fn heard(&self) {
        self.alive.set(Instant::now());
        self.pinged.set(false);
    }

    /// Looks after the connection: pings it, and cuts it when it has been silent, stalled or closing for too long.
    pub fn sweep(&self, now: Instant) {
        let options = &self.options;
        let over = |since: Instant, span: Duration| now.saturating_duration_since(since) >= span;
        self.control_frames.set(0);
        if self.stalled.get().is_some_and(|since| over(since, options.write_stall)) {
            return self.cut();
        }
        match self.phase.get() {
            Phase::Open => match self.pinged.get() {
                true if over(self.alive.get(), options.ping_timeout) => self.cut(),
                false if over(self.alive.get(), options.ping_interval) => {
                    self.alive.set(now);
                    self.pinged.set(true);
                    self.send(Frame::ping().wire().clone());
                    self.flush();
                }
                _ => {}
            },
            Phase::Closing { since, .. } if over(since, options.close_timeout) => self.cut(),
            Phase::Closing { .. } | Phase::Cut => {}
        }
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
