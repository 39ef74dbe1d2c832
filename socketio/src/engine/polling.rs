//! A session's side of HTTP long-polling, and of the way from there to a WebSocket.

use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use sockets::Connection;
use tokio::sync::oneshot;

use super::http::{Fault, Reply};
use super::payload;
use super::session::{Phase, Session};
use super::transport::{Transport, give};

impl Session {
    /// A poll: answered now or later.
    pub fn poll(&self, number: u64, reply: oneshot::Sender<Reply>) {
        let polled = self.transport.borrow_mut().poll(number, reply);
        if let Err(reply) = polled {
            give(reply, Reply::Refused(Fault::BadRequest));
            return self.fail(1002, "polled twice");
        }
        self.answer_poll();
    }

    /// The client has given up its poll, and so the session.
    pub fn cancel_poll(&self, number: u64) {
        let waits = self.transport.borrow().is_polled_by(number);
        if waits {
            self.lost();
        }
    }

    /// Gives the poll that waits what there is.
    pub fn answer_poll(&self) {
        let was_last = self.transport.borrow_mut().answer_poll(&self.engine.options);
        if was_last && matches!(self.phase.get(), Phase::Closing(_)) {
            self.fail(1000, "");
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
        self.is_open() && self.transport.borrow().may_upgrade()
    }

    /// A WebSocket begins an upgrade.
    pub fn begin_upgrade(&self, connection: &Connection) -> bool {
        let may = self.may_upgrade();
        if may {
            self.transport.borrow_mut().begin_upgrade(connection, Instant::now());
        }
        may
    }

    /// The WebSocket takes over, with all that was not polled.
    pub fn upgrade(&self, connection: &Connection) -> bool {
        self.is_open() && self.transport.borrow_mut().upgrade(connection, self.is_backed_up())
    }

    /// The WebSocket has ended before it took over: polling goes on.
    pub fn abandon_upgrade(&self) {
        self.transport.borrow_mut().abandon_upgrade();
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
