//! What an endpoint may do with its session.

use std::rc::Rc;

use sockets::{ConnectionId, Frame, Member, Worker};

use super::Head;
use super::session::{Business, Session};
use crate::Options;

/// A handle of a session, on its worker's thread. Cheap to clone. Once the session has ended, it does nothing.
#[derive(Clone)]
pub struct Link(pub(super) Rc<Session>);

impl Link {
    /// The id of the session among the worker's members: [`Workers`](sockets::Workers) reach it by that. The frames that
    /// they send are Engine.IO packets.
    pub fn id(&self) -> ConnectionId {
        self.0.id
    }

    /// The session's own id. Who knows it can speak for the client.
    pub fn sid(&self) -> String {
        self.0.sid.to_string()
    }

    /// The request that it began with.
    pub fn head(&self) -> &Rc<Head> {
        &self.0.head
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.engine.options
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.0.worker
    }

    /// Whether it can still be spoken to.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Whether a command runs or waits.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.business.get() != Business::Idle || !self.0.backlog.borrow().is_empty()
    }

    /// Sends Engine.IO packets, with nothing between them: text frames with the type before the message, binary frames
    /// as they are. Never waits; while a command runs, it goes out before what is held back for that. A session whose
    /// queue is full is cut.
    pub fn send(&self, frames: &[Frame]) {
        self.0.send(frames);
    }

    /// Queues a packet as the workers do: behind a hold, and let go if it is droppable and the queue is half full.
    /// [`flush`](Self::flush) sends it.
    pub fn deliver(&self, frame: &Frame, droppable: bool) {
        self.0.bring(frame, droppable);
    }

    /// Sends what was delivered.
    pub fn flush(&self) {
        self.0.flush_transport();
    }

    /// What carries it, if that is a WebSocket.
    pub(crate) fn carrier(&self) -> Option<Rc<dyn Member>> {
        self.0.carrier()
    }

    /// Holds back what is delivered until the command that runs is done, if one does.
    pub fn hold(&self) {
        self.0.hold_transport();
    }

    /// How many bytes wait to be sent.
    pub fn queued_bytes(&self) -> usize {
        self.0.queued_bytes()
    }

    /// Closes the session. What was sent before still goes out.
    pub fn close(&self) {
        self.0.close(1000, "");
    }

    /// As [`close`](Self::close), with a close code for WebSockets.
    pub(crate) fn close_with(&self, code: u16, reason: &str) {
        self.0.close(code, reason);
    }

    /// Closes it at once, with a close code for WebSockets (RFC 6455, section 7.4).
    pub fn fail(&self, code: u16, reason: &str) {
        self.0.fail(code, reason);
    }

    /// Has [`Endpoint::settle`](super::Endpoint::settle) called, soon, from the session's own task.
    pub fn settle(&self) {
        self.0.wake();
    }
}
