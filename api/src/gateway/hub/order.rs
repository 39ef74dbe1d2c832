//! The events of one conversation, put in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Seq;
use domain::event::Published;

/// How many early events are kept. What is beyond is read from the repository when its turn comes.
const MAX_HELD: usize = 256;

/// Lets each event of a conversation pass once, in the order of `seq`.
///
/// What was passed already is dropped, what is early is held. A hole that does not fill within [`Order::PATIENCE`] is
/// to be repaired from the repository. Times are measured from any fixed moment.
#[derive(Debug)]
pub struct Order {
    passed: Seq,
    highest: Seq,
    held: BTreeMap<Seq, Arc<Published>>,
    repair_at: Option<Duration>,
    repairing: bool,
}

impl Order {
    /// How long a hole may stay open: publications of two commits can overtake each other by a moment, not by more.
    pub const PATIENCE: Duration = Duration::from_millis(100);
    /// How long after a failed repair the next is tried.
    const RETRY: Duration = Duration::from_secs(1);

    /// An order in which everything up to `passed` has been told.
    pub fn after(passed: Seq) -> Self {
        Self { passed, highest: passed, held: BTreeMap::new(), repair_at: None, repairing: false }
    }

    /// Up to where everything has passed.
    pub fn passed(&self) -> Seq {
        self.passed
    }

    /// Takes an event in, and lets pass what is due.
    pub fn accept(&mut self, seq: Seq, event: Arc<Published>, now: Duration) -> Vec<(Seq, Arc<Published>)> {
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::HubReorders) {
            return vec![(seq, event)];
        }
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::NoGapRepair) && seq > self.passed {
            // What is missing is passed over.
            self.passed = seq - 1;
        }
        if seq > self.passed {
            self.highest = self.highest.max(seq);
            self.held.entry(seq).or_insert(event);
            if self.held.len() > MAX_HELD {
                self.held.pop_last();
            }
        }
        self.pass(now)
    }

    /// Takes in what the repository tells of everything after the hole's beginning up to `seq`; what was superseded
    /// meanwhile is told no more. What was not heard of yet has its time to come by itself, since an event that was
    /// published says more than one that was read: whose command caused it.
    pub fn repaired(
        &mut self,
        seq: Seq,
        events: Vec<(Seq, Arc<Published>)>,
        now: Duration,
    ) -> Vec<(Seq, Arc<Published>)> {
        self.repairing = false;
        let until = seq.min(self.highest);
        let due = events.into_iter().filter(|(at, _)| *at > self.passed && *at <= until);
        let mut due: Vec<_> = due.map(|(at, event)| (at, self.held.remove(&at).unwrap_or(event))).collect();
        self.passed = self.passed.max(until);
        self.held = self.held.split_off(&(self.passed + 1));
        due.extend(self.pass(now));
        self.compare(seq, now);
        due
    }

    /// The repository has got as far as `seq`. If that was not heard of, it is a hole like any other.
    pub fn compare(&mut self, seq: Seq, now: Duration) {
        if seq > self.highest {
            self.highest = seq;
            self.repair_at.get_or_insert(now + Self::PATIENCE);
        }
    }

    /// The repository did not answer: try again later.
    pub fn repair_failed(&mut self, now: Duration) {
        self.repairing = false;
        if self.highest > self.passed {
            self.repair_at = Some(now + Self::RETRY);
        }
    }

    /// Asks for a repair at once, hole or not: something may have happened that was not heard of.
    pub fn doubt(&mut self) -> Seq {
        self.repairing = true;
        self.repair_at = None;
        self.passed
    }

    /// The place after which to repair, if a hole has been open for too long.
    pub fn overdue(&mut self, now: Duration) -> Option<Seq> {
        let due = !self.repairing && self.repair_at.is_some_and(|at| at <= now);
        due.then(|| self.doubt())
    }

    /// When [`overdue`](Self::overdue) should be asked next.
    pub fn deadline(&self) -> Option<Duration> {
        self.repair_at.filter(|_| !self.repairing)
    }

    fn pass(&mut self, now: Duration) -> Vec<(Seq, Arc<Published>)> {
        let mut due = Vec::new();
        while let Some(event) = self.held.remove(&(self.passed + 1)) {
            self.passed += 1;
            due.push((self.passed, event));
        }
        if self.highest == self.passed {
            self.repair_at = None;
        } else if self.repair_at.is_none() || !due.is_empty() {
            self.repair_at = Some(now + Self::PATIENCE);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Event;
    use domain::{ConversationId, UserId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const START: Duration = Duration::ZERO;

    fn event(seq: Seq) -> Arc<Published> {
        let receipt = domain::event::Receipt {
            conversation_id: ConversationId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            last_read_seq: seq,
            audience: domain::event::Audience::Participants,
        };
        Arc::new(Published { event: Event::Receipt(receipt), origin: None })
    }

    fn seqs(passed: &[(Seq, Arc<Published>)]) -> Vec<Seq> {
        passed.iter().map(|(seq, _)| *seq).collect()
    }

    #[test]
    fn early_events_wait_for_their_turn_and_late_ones_are_dropped() {
        let mut order = Order::after(4);
        assert_eq!(seqs(&order.accept(6, event(6), START)), [] as [Seq; 0]);
        assert_eq!(seqs(&order.accept(5, event(5), START)), [5, 6]);
        assert_eq!(seqs(&order.accept(5, event(5), START)), [] as [Seq; 0]);
        assert_eq!(order.deadline(), None);
    }

    #[test]
    fn a_hole_is_repaired_once_patience_ends() {
        let mut order = Order::after(0);
        order.accept(3, event(3), START);
        assert_eq!(order.overdue(START), None);
        assert_eq!(order.overdue(Order::PATIENCE), Some(0));
        assert_eq!(order.overdue(Order::PATIENCE * 2), None, "one repair at a time");
        let passed = order.repaired(2, vec![(2, event(2))], Order::PATIENCE);
        assert_eq!(seqs(&passed), [2, 3], "1 was superseded by 2");
        assert_eq!(order.passed(), 3);
    }

    #[test]
    fn what_the_repository_has_and_nobody_heard_of_is_a_hole() {
        let mut order = Order::after(4);
        order.compare(4, START);
        assert_eq!(order.deadline(), None, "all of it was heard of");
        order.compare(6, START);
        assert_eq!(order.overdue(Order::PATIENCE), Some(4));
        assert_eq!(seqs(&order.repaired(6, vec![(5, event(5)), (6, event(6))], Order::PATIENCE)), [5, 6]);
        assert_eq!(order.deadline(), None);
    }

    #[test]
    fn what_is_read_before_it_is_heard_of_has_its_time_to_come_by_itself() {
        let mut order = Order::after(0);
        order.doubt();
        assert_eq!(seqs(&order.repaired(2, vec![(1, event(1)), (2, event(2))], START)), [] as [Seq; 0]);
        assert_eq!(seqs(&order.accept(1, event(1), START)), [1]);
        assert_eq!(order.overdue(Order::PATIENCE), Some(1), "2 did not come");
        assert_eq!(seqs(&order.repaired(2, vec![(2, event(2))], Order::PATIENCE)), [2]);
        assert_eq!(order.deadline(), None);
    }

    #[test]
    fn of_what_was_published_and_read_the_published_is_told() {
        let published = event(2);
        let mut order = Order::after(0);
        order.accept(2, Arc::clone(&published), START);
        order.overdue(Order::PATIENCE);
        let told = order.repaired(2, vec![(1, event(1)), (2, event(2))], Order::PATIENCE);
        assert_eq!(seqs(&told), [1, 2]);
        assert!(Arc::ptr_eq(&told[1].1, &published));
    }

    #[test]
    fn a_failed_repair_is_tried_again() {
        let mut order = Order::after(0);
        order.accept(2, event(2), START);
        assert!(order.overdue(Order::PATIENCE).is_some());
        order.repair_failed(Order::PATIENCE);
        assert_eq!(order.overdue(Order::PATIENCE), None);
        assert_eq!(order.overdue(Order::PATIENCE + Order::RETRY), Some(0));
    }

    #[test]
    fn events_beyond_what_is_held_are_found_by_the_repair() {
        let mut order = Order::after(0);
        let last = Seq::try_from(MAX_HELD).unwrap() + 50;
        for seq in 2..=last {
            order.accept(seq, event(seq), START);
        }
        order.accept(1, event(1), START);
        assert!(order.passed() < last);
        assert!(order.overdue(Order::PATIENCE).is_some(), "what was not held is a hole");
    }

    proptest! {
        /// Whatever a bus loses, doubles and reorders, each event passes at most once and in order; and a repair
        /// leaves none out.
        #[test]
        fn any_schedule_passes_everything_once_in_order(arrivals in prop::collection::vec(1i64..40, 0..120)) {
            let mut order = Order::after(0);
            let mut told = Vec::new();
            for seq in &arrivals {
                told.extend(seqs(&order.accept(*seq, event(*seq), START)));
            }
            let highest = arrivals.iter().copied().max().unwrap_or(0);
            if let Some(after) = order.overdue(Order::PATIENCE) {
                let stored = (after + 1..=highest).map(|seq| (seq, event(seq))).collect();
                told.extend(seqs(&order.repaired(highest, stored, Order::PATIENCE)));
            }
            prop_assert_eq!(told, (1..=highest).collect::<Vec<_>>());
            prop_assert_eq!(order.deadline(), None);
        }
    }
}
