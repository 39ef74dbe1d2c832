//! What is sent, answered and told.

use std::rc::Rc;
use std::time::Instant;

use hdrhistogram::Histogram;
use tokio::sync::Semaphore;

use super::Pace;
use crate::check::{Fate, Key};

/// What is counted.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that were acknowledged or refused.
    pub answered: u64,
    /// Messages that were acknowledged.
    pub acked: u64,
    /// Deliveries.
    pub told: u64,
    /// Deliveries that are owed for what was acknowledged.
    pub due: u64,
    /// Frames of any kind.
    pub frames: u64,
}

pub(super) struct Sender {
    pub(super) room: usize,
    pub(super) pace: Option<Pace>,
    pub(super) sent: Vec<Sent>,
    /// What may be sent without waiting.
    pub(super) turns: Rc<Semaphore>,
}

pub(super) struct Sent {
    pub(super) at: u64,
    pub(super) fate: Fate,
    pub(super) told: usize,
}

/// Everything that was seen, shared by all connections.
pub struct Book {
    pub(super) begun: Instant,
    pub(super) sizes: Vec<usize>,
    pub(super) senders: Vec<Sender>,
    /// What each connection was told, in the order of rooms and members.
    pub(super) live: Vec<Vec<Key>>,
    pub(super) ready: usize,
    pub(super) broken: Vec<String>,
    /// So far.
    pub counts: Counts,
    /// From sending to the acknowledgement, in microseconds, of what is measured.
    pub ack: Histogram<u64>,
    /// From sending to each delivery, likewise.
    pub delivery: Histogram<u64>,
    /// What was sent before this moment is not measured.
    pub measured_from: u64,
}

impl Book {
    /// Microseconds since the beginning.
    pub fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn answered(&mut self, sender: u32, mark: u32, fate: Fate) {
        let now = self.now();
        let Some(sender) = self.senders.get_mut(sender as usize) else { return };
        let Some(sent) = sender.sent.get_mut(mark as usize).filter(|sent| sent.fate == Fate::Unanswered) else {
            return;
        };
        sent.fate = fate;
        self.counts.answered += 1;
        if fate == Fate::Acked {
            self.counts.acked += 1;
            self.counts.due += self.sizes[sender.room] as u64;
            if sent.at >= self.measured_from {
                self.ack.saturating_record(now.saturating_sub(sent.at));
            }
        }
        if matches!(sender.pace, Some(Pace::UntilAcked(_))) || fate == Fate::Refused {
            sender.turns.add_permits(1);
        }
    }

    pub(super) fn told(&mut self, listener: usize, key: Key, at: u64) {
        let now = self.now();
        self.live[listener].push(key);
        self.counts.told += 1;
        if at >= self.measured_from {
            self.delivery.saturating_record(now.saturating_sub(at));
        }
        let Some(sender) = self.senders.get_mut(key.sender as usize) else { return };
        let Some(sent) = sender.sent.get_mut(key.n as usize) else { return };
        sent.told += 1;
        if sent.told == self.sizes[sender.room] && matches!(sender.pace, Some(Pace::UntilTold(_))) {
            sender.turns.add_permits(1);
        }
    }

    pub(super) fn drained(&self) -> bool {
        self.counts.answered == self.counts.sent && self.counts.told >= self.counts.due
    }
}
