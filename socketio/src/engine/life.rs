//! How long a session lives: its heartbeat, and its ends.

use std::rc::Rc;
use std::time::{Duration, Instant};

use sockets::Frame;

use super::Link;
use super::session::{Phase, Session};
use super::transport::Transport;

#[derive(Clone, Copy)]
pub(super) enum Heartbeat {
    /// The last one was then.
    Heard(Instant),
    /// A ping was sent then and is not answered.
    Pinged(Instant),
}

impl Session {
    /// The client has given a sign of life.
    pub fn heard(&self) {
        if let Heartbeat::Pinged(_) = self.heartbeat.get() {
            self.heartbeat.set(Heartbeat::Heard(Instant::now()));
        }
    }

    /// Whether a ping was not answered in time.
    pub fn is_dead(&self, now: Instant) -> bool {
        let since = match self.heartbeat.get() {
            Heartbeat::Pinged(since) => since,
            Heartbeat::Heard(_) => return false,
        };
        let waited = now.saturating_duration_since(since);
        self.is_open() && !self.is_backed_up() && waited >= self.engine.options.ping_timeout
    }

    /// The server closes: what was sent before goes out first.
    pub fn close(&self, code: u16, reason: &str) {
        if !self.is_open() {
            return;
        }
        self.release();
        let polls = match &mut *self.transport.borrow_mut() {
            Transport::Polling(polling) => {
                // There may be no room for it: the end is felt then.
                polling.outbox.push_ahead(&Frame::text("1"), &self.engine.options);
                true
            }
            Transport::WebSocket(_) | Transport::Gone => false,
        };
        if polls {
            self.phase.set(Phase::Closing(Instant::now()));
            self.answer_poll();
            self.wake();
        } else {
            self.fail(code, reason);
        }
    }

    /// The session ends at once; the client is told.
    pub fn fail(&self, code: u16, reason: &str) {
        match self.transport.replace(Transport::Gone) {
            Transport::WebSocket(connection) => connection.close(code, reason),
            Transport::Polling(polling) => polling.end("1", code, reason),
            Transport::Gone => {}
        }
        self.set_ended();
    }

    /// The client has said goodbye.
    pub fn part(&self) {
        if self.is_open() {
            self.parted.set(true);
            self.phase.set(Phase::Parting(Instant::now()));
            match self.transport.replace(Transport::Gone) {
                Transport::WebSocket(connection) => connection.close(1000, ""),
                Transport::Polling(polling) => polling.end("6", 1000, ""),
                Transport::Gone => {}
            }
            self.wake();
        }
    }

    /// The client is gone.
    pub fn lost(&self) {
        self.transport.replace(Transport::Gone);
        self.set_ended();
    }

    pub fn set_ended(&self) {
        self.phase.set(Phase::Ended);
        self.wake();
    }

    pub fn look_after(self: &Rc<Self>, now: Instant) {
        let options = &self.engine.options;
        let over = |since: Instant, span: Duration| now.saturating_duration_since(since) >= span;
        match self.phase.get() {
            Phase::Open => {}
            Phase::Closing(since) | Phase::Parting(since) if over(since, options.close_timeout) => {
                return self.fail(1000, "");
            }
            Phase::Closing(_) | Phase::Parting(_) | Phase::Ended => return,
        }
        match self.heartbeat.get() {
            // Its answer may wait behind what is not read.
            Heartbeat::Pinged(_) if self.is_backed_up() => self.heartbeat.set(Heartbeat::Pinged(now)),
            Heartbeat::Pinged(_) if self.is_dead(now) => return self.fail(1008, "ping timeout"),
            Heartbeat::Heard(since) if over(since, options.ping_interval) => {
                // The client counts from when the ping was due; a worker that was late itself does not blame it.
                let due = since + options.ping_interval;
                let late = now.checked_sub(options.ping_timeout / 4).unwrap_or(now);
                self.heartbeat.set(Heartbeat::Pinged(due.max(late)));
                self.send(&[Frame::text("2")]);
            }
            Heartbeat::Heard(_) | Heartbeat::Pinged(_) => {}
        }
        self.sweep_polling(now);
        if let Some(endpoint) = self.endpoint() {
            endpoint.sweep(&Link(Rc::clone(self)), now);
        }
    }
}
