//! A session's side of HTTP long-polling, and of the way from there to a WebSocket.

use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use sockets::{Connection, Frame};
use tokio::sync::oneshot;

use super::http::{Fault, Reply};
use super::outbox::Outbox;
use super::payload;
use super::session::{Phase, Session, Transport};

/// What a session is while it is polled.
#[derive(Default)]
pub(super) struct Polling {
    pub outbox: Outbox,
    /// The poll that waits, by the number of its request.
    poll: Option<(u64, oneshot::Sender<Reply>)>,
    /// The POST that is answered once there is room for more.
    post: Option<oneshot::Sender<Reply>>,
    /// The WebSocket that has begun an upgrade, and when.
    probe: Option<(Connection, Instant)>,
}

fn give(to: oneshot::Sender<Reply>, reply: Reply) {
    // Who asked may be gone.
    let _ = to.send(reply);
}

fn packet(text: &'static str) -> Reply {
    Reply::Body(Bytes::from_static(text.as_bytes()))
}

impl Polling {
    /// The session ends: whoever waits is answered, a poll with this packet.
    pub fn end(self, last: &'static str, code: u16, reason: &str) {
        if let Some((_, poll)) = self.poll {
            give(poll, packet(last));
        }
        if let Some(post) = self.post {
            give(post, Reply::Done);
        }
        if let Some((connection, _)) = self.probe {
            connection.close(code, reason);
        }
    }
}

impl Session {
    /// A poll: answered now or later.
    pub fn poll(&self, number: u64, reply: oneshot::Sender<Reply>) {
        let mut transport = self.transport.borrow_mut();
        let Transport::Polling(polling) = &mut *transport else {
            return give(reply, Reply::Refused(Fault::BadRequest));
        };
        if polling.poll.is_some() {
            drop(transport);
            give(reply, Reply::Refused(Fault::BadRequest));
            return self.fail(1002, "polled twice");
        }
        if polling.probe.is_some() && polling.outbox.is_idle() {
            return give(reply, packet("6"));
        }
        polling.poll = Some((number, reply));
        drop(transport);
        self.answer_poll();
    }

    /// The client has given up its poll, and so the session.
    pub fn cancel_poll(&self, number: u64) {
        let waits = match &*self.transport.borrow() {
            Transport::Polling(polling) => polling.poll.as_ref().is_some_and(|(waiting, _)| *waiting == number),
            Transport::WebSocket(_) | Transport::Gone => false,
        };
        if waits {
            self.lost();
        }
    }

    /// Gives the poll that waits what there is.
    pub fn answer_poll(&self) {
        let mut transport = self.transport.borrow_mut();
        let Transport::Polling(polling) = &mut *transport else { return };
        if polling.outbox.is_idle() {
            return;
        }
        if let Some((_, poll)) = polling.poll.take() {
            give(poll, Reply::Body(polling.outbox.take(&self.engine.options).into()));
            if polling.outbox.is_idle() && matches!(self.phase.get(), Phase::Closing(_)) {
                drop(transport);
                self.fail(1000, "");
            }
        }
    }

    /// A POST: what it brings is taken in order, and it is answered when there is room for more.
    pub fn post(self: &Rc<Self>, body: Bytes, reply: oneshot::Sender<Reply>) {
        let busy = match &*self.transport.borrow() {
            Transport::Polling(polling) => polling.post.is_some(),
            Transport::WebSocket(_) | Transport::Gone => return give(reply, Reply::Refused(Fault::BadRequest)),
        };
        let refuse = |reply| give(reply, Reply::Refused(Fault::BadRequest));
        if busy {
            self.fail(1002, "posted twice");
        }
        if !self.is_open() {
            return refuse(reply);
        }
        let taken = payload::read(body, self.engine.options.max_packets)
            .and_then(|packets| packets.into_iter().try_for_each(|packet| self.packet(packet)));
        if let Err(malformed) = taken {
            tracing::debug!(id = ?self.id, %malformed, "a session is closed");
            self.fail(1002, malformed.0);
            return refuse(reply);
        }
        match &mut *self.transport.borrow_mut() {
            Transport::Polling(polling) if self.is_backed_up() => polling.post = Some(reply),
            _ => give(reply, Reply::Done),
        }
    }

    /// There is room for more from the client.
    pub fn go_on(&self) {
        match &mut *self.transport.borrow_mut() {
            Transport::WebSocket(connection) => connection.pause(false),
            Transport::Polling(polling) => {
                if let Some(post) = polling.post.take() {
                    give(post, Reply::Done);
                }
            }
            Transport::Gone => {}
        }
    }

    /// Whether a WebSocket may begin an upgrade.
    pub fn may_upgrade(&self) -> bool {
        let transport = self.transport.borrow();
        self.is_open() && matches!(&*transport, Transport::Polling(polling) if polling.probe.is_none())
    }

    /// A WebSocket begins an upgrade. From now on polls are answered at once, so that the client can stop polling.
    pub fn begin_upgrade(&self, connection: &Connection) -> bool {
        if !self.may_upgrade() {
            return false;
        }
        if let Transport::Polling(polling) = &mut *self.transport.borrow_mut() {
            polling.probe = Some((connection.clone(), Instant::now()));
            connection.send(&Frame::text("3probe"));
            if let Some((_, poll)) = polling.poll.take() {
                give(poll, packet("6"));
            }
        }
        true
    }

    /// The WebSocket takes over, with all that was not polled.
    pub fn upgrade(&self, connection: &Connection) -> bool {
        let mut transport = self.transport.borrow_mut();
        let begun = match &*transport {
            Transport::Polling(polling) => matches!(&polling.probe, Some((begun, _)) if begun.id() == connection.id()),
            Transport::WebSocket(_) | Transport::Gone => false,
        };
        if !begun || !self.is_open() {
            return false;
        }
        let old = std::mem::replace(&mut *transport, Transport::WebSocket(connection.clone()));
        drop(transport);
        if let Transport::Polling(mut polling) = old {
            polling.probe = None;
            let (ready, held, holding) = std::mem::take(&mut polling.outbox).into_parts();
            polling.end("6", 1000, "");
            for frame in &ready {
                connection.deliver(frame, false);
            }
            if holding {
                connection.withhold();
            }
            for frame in &held {
                connection.deliver(frame, false);
            }
            connection.pause(self.is_backed_up());
            connection.flush();
        }
        true
    }

    /// The WebSocket has ended before it took over: polling goes on.
    pub fn abandon_upgrade(&self) {
        if let Transport::Polling(polling) = &mut *self.transport.borrow_mut() {
            polling.probe = None;
        }
    }

    pub fn sweep_polling(&self, now: Instant) {
        if let Transport::Polling(polling) = &mut *self.transport.borrow_mut() {
            let late = |since: &Instant| now.saturating_duration_since(*since) >= self.engine.options.upgrade_timeout;
            if let Some((connection, _)) = polling.probe.take_if(|(_, since)| late(since)) {
                connection.close(1008, "the upgrade takes too long");
            }
        }
    }
}
