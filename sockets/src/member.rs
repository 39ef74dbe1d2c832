//! What the workers reach, be it a WebSocket or a connection of a protocol built on top.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use crate::connection::{Connection, Inner, Phase};
use crate::shard::Shard;
use crate::{ConnectionId, Frame};

/// One that lives on a worker and is reached by [`Workers`](crate::Workers). A WebSocket is one; a protocol that
/// carries several connections on one socket, or none, has its own.
///
/// These functions are called while the worker looks through its members: none may call [`Worker::adopt`] or
/// [`Worker::dismiss`], nor wait. Whoever ends by one of them takes its leave later, from a task of its own.
pub trait Member: 'static {
    /// Takes a frame; [`flush`](Self::flush) is called when there are no more for now. A droppable one may be let go.
    fn deliver(&self, frame: &Frame, droppable: bool);

    /// Holds back what is delivered from now on until the command that runs is done, if one does.
    fn hold(&self);

    /// Sends what was delivered.
    fn flush(&self);

    /// What carries it: that is flushed in its place, once for all that it carries.
    fn carrier(&self) -> Option<Rc<dyn Member>> {
        None
    }

    /// Ends it, with a close code (RFC 6455, section 7.4) and a reason.
    fn close(&self, code: u16, reason: &str);

    /// The server stops.
    fn stop(&self, code: u16, reason: &str) {
        self.close(code, reason);
    }

    /// Called again and again, as often as [`ServerOptions::sweep`](crate::ServerOptions::sweep) says.
    fn sweep(&self, _now: Instant) {}

    /// The worker's own mark: whether it is going to flush this member. Nobody else changes it.
    fn dirty(&self) -> &Cell<bool>;
}

impl Member for Inner {
    fn deliver(&self, frame: &Frame, droppable: bool) {
        self.queue(frame.wire().clone(), droppable);
    }

    fn hold(&self) {
        self.hold();
    }

    fn flush(&self) {
        self.flush_unless_held();
    }

    fn close(&self, code: u16, reason: &str) {
        self.close(code, reason);
    }

    fn sweep(&self, now: Instant) {
        self.sweep(now);
    }

    fn dirty(&self) -> &Cell<bool> {
        &self.dirty
    }
}

/// The worker that the current thread is. Cheap to clone.
#[derive(Clone)]
pub struct Worker(Rc<Shard>);

impl Worker {
    /// The worker of this thread, if it is one.
    pub fn here() -> Option<Self> {
        Shard::here().map(Self)
    }

    /// Its number, as [`ConnectionId::worker`] has it.
    pub fn index(&self) -> usize {
        self.0.index()
    }

    /// Gives a member an id, by which it is reached until it is [dismissed](Self::dismiss). If the server stops
    /// already, the member is told.
    pub fn adopt<M: Member>(&self, make: impl FnOnce(ConnectionId) -> Rc<M>) -> Rc<M> {
        self.0.adopt(make)
    }

    /// The id names nobody any more; its topics are left.
    pub fn dismiss(&self, id: ConnectionId) {
        self.0.dismiss(id);
    }
}

/// For a protocol that runs commands of its own.
impl Connection {
    /// Queues a frame as [`Workers`](crate::Workers) do: behind a hold, and let go if it is droppable and the queue is
    /// half full. [`flush`](Self::flush) sends it.
    pub fn deliver(&self, frame: &Frame, droppable: bool) {
        self.0.queue(frame.wire().clone(), droppable);
    }

    /// It as a member: the [carrier](Member::carrier) of whatever lives on it.
    pub fn member(&self) -> Rc<dyn Member> {
        Rc::clone(&self.0) as Rc<dyn Member>
    }

    /// Sends what waits, as much as the socket takes.
    pub fn flush(&self) {
        self.0.flush();
    }

    /// Sends what waits unless something is held back: then the one goes out with the other.
    pub fn flush_unless_held(&self) {
        self.0.flush_unless_held();
    }

    /// What is sent from now on waits for [`uncork`](Self::uncork), which writes all of it at once. Both belong into
    /// the same poll of a task.
    pub fn cork(&self) {
        self.0.cork();
    }

    /// Sends what waited.
    pub fn uncork(&self) {
        self.0.uncork();
    }

    /// Holds back what is delivered from now on until [`release`](Self::release), whether a command runs or not.
    pub fn withhold(&self) {
        self.0.withhold();
    }

    /// Lets go what was held back.
    pub fn release(&self) {
        self.0.release();
    }

    /// Reads nothing more from the client, or goes on.
    pub fn pause(&self, paused: bool) {
        if self.0.paused.replace(paused) != paused && !paused {
            self.0.wake();
        }
    }

    /// Whether it is neither closed nor closing.
    pub fn is_open(&self) -> bool {
        self.0.phase.get() == Phase::Open
    }
}
