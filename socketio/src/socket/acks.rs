//! The acknowledgements that the server waits for.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use bytes::Bytes;
use bytestring::ByteString;
use tokio::sync::oneshot;

/// A client's answer to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// A JSON array as the client wrote it.
    pub args: ByteString,
    /// The attachments.
    pub attachments: Vec<Bytes>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// The client has not answered in time.
    #[error("the client has not answered in time")]
    Timeout,
    /// The socket has ended.
    #[error("the socket has ended")]
    Disconnected,
    /// [`Options::max_acks`](crate::Options::max_acks) others are waited for; the event was not sent.
    #[error("too many acknowledgements are waited for")]
    TooMany,
}

pub(super) type Answer = Result<Ack, AckError>;

struct Pending {
    id: u64,
    until: Instant,
    answer: oneshot::Sender<Answer>,
}

#[derive(Default)]
pub(super) struct Acks {
    next: Cell<u64>,
    pending: RefCell<Vec<Pending>>,
}

impl Acks {
    /// Expects one more answer, if not too many are expected: under which id, and where it comes.
    pub fn expect(&self, until: Instant, at_most: usize) -> Option<(u64, oneshot::Receiver<Answer>)> {
        let mut pending = self.pending.borrow_mut();
        pending.retain(|other| !other.answer.is_closed());
        if pending.len() >= at_most {
            return None;
        }
        let id = self.next.replace(self.next.get() + 1);
        let (answer, receiver) = oneshot::channel();
        pending.push(Pending { id, until, answer });
        Some((id, receiver))
    }

    /// An answer has come. One that nobody waits for is nothing.
    pub fn resolve(&self, id: u64, ack: Ack) {
        let mut pending = self.pending.borrow_mut();
        if let Some(at) = pending.iter().position(|other| other.id == id) {
            // Who waited may be gone.
            let _ = pending.swap_remove(at).answer.send(Ok(ack));
        }
    }

    /// Tells those who have waited too long.
    pub fn sweep(&self, now: Instant) {
        let mut pending = self.pending.borrow_mut();
        for late in pending.extract_if(.., |other| other.until <= now) {
            let _ = late.answer.send(Err(AckError::Timeout));
        }
    }

    /// No answer will come any more.
    pub fn clear(&self) {
        self.pending.take();
    }
}
