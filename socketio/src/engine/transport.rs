//! How a session's packets reach its client, as a state machine: it asks no clock, and a socket is whatever can do what a
//! [`Wire`] can.

use std::time::Instant;

use bytes::Bytes;
use sockets::{Connection, Frame};
use tokio::sync::oneshot;

use super::http::{Fault, Reply};
use super::outbox::{Outbox, Pushed};
use crate::Options;

/// What a session does with a WebSocket.
pub(super) trait Wire: Clone {
    fn is(&self, other: &Self) -> bool;
    /// Sends ahead of what is held.
    fn send(&self, frame: &Frame);
    /// Queues, behind a hold.
    fn deliver(&self, frame: &Frame, droppable: bool);
    fn flush(&self);
    fn hold(&self);
    fn release(&self);
    /// Reads nothing more, or goes on.
    fn pause(&self, paused: bool);
    fn close(&self, code: u16, reason: &str);
    fn queued_bytes(&self) -> usize;
}

impl Wire for Connection {
    fn is(&self, other: &Self) -> bool {
        self.id() == other.id()
    }

    fn send(&self, frame: &Frame) {
        self.send(frame);
    }

    fn deliver(&self, frame: &Frame, droppable: bool) {
        self.deliver(frame, droppable);
    }

    fn flush(&self) {
        self.flush();
    }

    fn hold(&self) {
        self.withhold();
    }

    fn release(&self) {
        self.release();
    }

    fn pause(&self, paused: bool) {
        self.pause(paused);
    }

    fn close(&self, code: u16, reason: &str) {
        self.close(code, reason);
    }

    fn queued_bytes(&self) -> usize {
        self.queued_bytes()
    }
}

/// There is no room: the client takes too slowly what is sent to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

pub(super) enum Transport<W = Connection> {
    Polling(Box<Polling<W>>),
    WebSocket(W),
    Gone,
}

/// What a session is while it is polled.
pub(super) struct Polling<W = Connection> {
    pub outbox: Outbox,
    /// The poll that waits, by the number of its request.
    poll: Option<(u64, oneshot::Sender<Reply>)>,
    /// The POST that is answered once there is room for more.
    pub post: Option<oneshot::Sender<Reply>>,
    /// The WebSocket that has begun an upgrade, and when.
    pub probe: Option<(W, Instant)>,
}

impl<W> Default for Polling<W> {
    fn default() -> Self {
        Self { outbox: Outbox::default(), poll: None, post: None, probe: None }
    }
}

pub(super) fn give(to: oneshot::Sender<Reply>, reply: Reply) {
    // Who asked may be gone.
    let _ = to.send(reply);
}

fn packet(text: &'static str) -> Reply {
    Reply::Body(Bytes::from_static(text.as_bytes()))
}

impl<W: Wire> Polling<W> {
    /// The session ends: whoever waits is answered, a poll with this packet.
    pub fn end(self, last: &'static str, code: u16, reason: &str) {
        if let Some((_, poll)) = self.poll {
            give(poll, packet(last));
        }
        if let Some(post) = self.post {
            give(post, Reply::Done);
        }
        if let Some((wire, _)) = self.probe {
            wire.close(code, reason);
        }
    }
}

impl<W: Wire> Transport<W> {
    /// Sends ahead of what is held.
    pub fn send(&mut self, frames: &[Frame], options: &Options) -> Result<(), Full> {
        match self {
            Self::WebSocket(wire) => frames.iter().for_each(|frame| wire.send(frame)),
            Self::Polling(polling) => {
                if frames.iter().any(|frame| polling.outbox.push_ahead(frame, options) == Pushed::Full) {
                    return Err(Full);
                }
            }
            Self::Gone => {}
        }
        Ok(())
    }

    /// Queues what the worker brings.
    pub fn bring(&mut self, frame: &Frame, droppable: bool, options: &Options) -> Result<(), Full> {
        match self {
            Self::WebSocket(wire) => wire.deliver(frame, droppable),
            Self::Polling(polling) => {
                if polling.outbox.push(frame, droppable, options) == Pushed::Full {
                    return Err(Full);
                }
            }
            Self::Gone => {}
        }
        Ok(())
    }

    pub fn hold(&mut self) {
        match self {
            Self::WebSocket(wire) => wire.hold(),
            Self::Polling(polling) => polling.outbox.hold(),
            Self::Gone => {}
        }
    }

    pub fn release(&mut self) {
        match self {
            Self::WebSocket(wire) => wire.release(),
            Self::Polling(polling) => polling.outbox.release(),
            Self::Gone => {}
        }
    }

    pub fn queued_bytes(&self) -> usize {
        match self {
            Self::WebSocket(wire) => wire.queued_bytes(),
            Self::Polling(polling) => polling.outbox.bytes(),
            Self::Gone => 0,
        }
    }

    /// A poll, which [`answer_poll`](Self::answer_poll) answers. Given back if another one waits.
    pub fn poll(&mut self, number: u64, reply: oneshot::Sender<Reply>) -> Result<(), oneshot::Sender<Reply>> {
        match self {
            Self::Polling(polling) if polling.poll.is_some() => return Err(reply),
            Self::Polling(polling) if polling.probe.is_some() && polling.outbox.is_idle() => give(reply, packet("6")),
            Self::Polling(polling) => polling.poll = Some((number, reply)),
            Self::WebSocket(_) | Self::Gone => give(reply, Reply::Refused(Fault::BadRequest)),
        }
        Ok(())
    }

    /// Whether the poll of this number waits.
    pub fn is_polled_by(&self, number: u64) -> bool {
        matches!(self, Self::Polling(polling) if polling.poll.as_ref().is_some_and(|(waiting, _)| *waiting == number))
    }

    /// Gives the poll that waits what there is; whether that was the last.
    pub fn answer_poll(&mut self, options: &Options) -> bool {
        let Self::Polling(polling) = self else { return false };
        if polling.outbox.is_idle() {
            return false;
        }
        let Some((_, poll)) = polling.poll.take() else { return false };
        give(poll, Reply::Body(polling.outbox.take(options).into()));
        polling.outbox.is_idle()
    }

    /// Whether a WebSocket may begin an upgrade.
    pub fn may_upgrade(&self) -> bool {
        matches!(self, Self::Polling(polling) if polling.probe.is_none())
    }

    /// A WebSocket begins an upgrade. From now on polls are answered at once, so that the client can stop polling.
    pub fn begin_upgrade(&mut self, wire: &W, now: Instant) {
        if let Self::Polling(polling) = self {
            polling.probe = Some((wire.clone(), now));
            wire.send(&Frame::text("3probe"));
            if let Some((_, poll)) = polling.poll.take() {
                give(poll, packet("6"));
            }
        }
    }

    /// The WebSocket takes over, with all that was not polled; `false` if it has not begun to.
    pub fn upgrade(&mut self, wire: &W, paused: bool) -> bool {
        let begun =
            matches!(self, Self::Polling(polling) if polling.probe.as_ref().is_some_and(|(begun, _)| begun.is(wire)));
        if !begun {
            return false;
        }
        if let Self::Polling(mut polling) = std::mem::replace(self, Self::WebSocket(wire.clone())) {
            polling.probe = None;
            let (ready, held, holding) = std::mem::take(&mut polling.outbox).into_parts();
            polling.end("6", 1000, "");
            for frame in &ready {
                wire.deliver(frame, false);
            }
            if holding {
                wire.hold();
            }
            for frame in &held {
                wire.deliver(frame, false);
            }
            wire.pause(paused);
            wire.flush();
        }
        true
    }

    /// The WebSocket has ended before it took over: polling goes on.
    pub fn abandon_upgrade(&mut self) {
        if let Self::Polling(polling) = self {
            polling.probe = None;
        }
    }
}

#[cfg(test)]
mod schedule;
