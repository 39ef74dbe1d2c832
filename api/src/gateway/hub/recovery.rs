//! What lets a connection that was lost go on where it was: an account of what was told, not of the bytes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use domain::{ConversationId, Seq, UserId};

/// The secret name of a connection that can be recovered. Its client alone knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pid(pub u128);

/// What a connection that can be recovered is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// To its client.
    pub pid: Pid,
    /// To everybody. It stays when another connection goes on in its place.
    pub sid: u128,
}

/// One lasting event that was told, at its place among all that this hub has told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its place among all.
    pub position: u64,
    /// Where it happened.
    pub conversation_id: ConversationId,
    /// Its place there.
    pub seq: Seq,
}

/// A connection that was lost and may come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Whose it was.
    pub user: UserId,
    /// What it was known by to everybody.
    pub sid: u128,
    /// What it heard of.
    pub rooms: HashSet<ConversationId>,
    /// From which place on it heard of just these.
    pub since: u64,
}

/// Where a connection goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumption {
    /// What the one before was known by to everybody.
    pub sid: u128,
    /// The last place that its client knows.
    pub position: u64,
    /// What it heard of.
    pub rooms: HashSet<ConversationId>,
}

/// How much of what was missed is told again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// So long a connection may be away. Conversations that nobody follows are followed for at least as long.
    pub window: Duration,
    /// The most events that are told again. Who missed more reads the history. It is less than a connection's queue
    /// takes, so that nobody is cut for being told what they missed.
    pub most_missed: usize,
}

impl Default for Recovery {
    fn default() -> Self {
        Self { window: Duration::from_mins(2), most_missed: 200 }
    }
}

/// The account of the last [`Recovery::window`]. A state machine without I/O; times are measured from any fixed
/// moment.
#[derive(Debug, Default)]
pub struct Account {
    recovery: Recovery,
    told: VecDeque<(Duration, Told)>,
    last: u64,
    /// Everything up to here has been forgotten.
    forgotten: u64,
    lost: HashMap<Pid, (Duration, Lost)>,
}

impl Account {
    /// The most events that are remembered.
    const MOST_TOLD: usize = 64 * 1024;
    /// The most lost connections that are remembered.
    const MOST_LOST: usize = 16 * 1024;

    /// An account of nothing yet.
    pub fn new(recovery: Recovery) -> Self {
        Self { recovery, ..Self::default() }
    }

    /// How long a connection may be away.
    pub fn window(&self) -> Duration {
        self.recovery.window
    }

    /// The place of what was told last.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// An event is told: its place.
    pub fn tell(&mut self, conversation_id: ConversationId, seq: Seq, now: Duration) -> u64 {
        self.last += 1;
        self.told.push_back((now, Told { position: self.last, conversation_id, seq }));
        self.forget(now);
        self.last
    }

    /// A connection is gone and may come back.
    pub fn lose(&mut self, pid: Pid, lost: Lost, now: Duration) {
        let window = self.window();
        self.lost.retain(|_, (since, _)| now.saturating_sub(*since) < window);
        if self.lost.len() >= Self::MOST_LOST {
            let oldest = self.lost.iter().min_by_key(|(_, (since, _))| *since).map(|(pid, _)| *pid);
            oldest.map(|pid| self.lost.remove(&pid));
        }
        self.lost.insert(pid, (now, lost));
    }

    /// The lost connection of this name, if it is its owner who asks and soon enough. It can be asked for once.
    pub fn find(&mut self, pid: Pid, user: UserId, now: Duration) -> Option<Lost> {
        let (since, _) = self.lost.get(&pid).filter(|(_, lost)| lost.user == user)?;
        let in_time = now.saturating_sub(*since) < self.window();
        self.lost.remove(&pid).map(|(_, lost)| lost).filter(|_| in_time)
    }

    /// Where a connection goes on whose client knows everything up to `position`; without one, nothing since it heard
    /// of just these conversations. `None` if that is not on account, or if the client does not know yet that it came
    /// to hear of them, or if it has missed too much.
    pub fn resume(&self, lost: Lost, position: Option<u64>) -> Option<Resumption> {
        let position = position.unwrap_or(lost.since);
        let known = (lost.since.max(self.forgotten)..=self.last).contains(&position);
        let resumption = known.then_some(Resumption { sid: lost.sid, position, rooms: lost.rooms })?;
        self.missed(&resumption).is_some().then_some(resumption)
    }

    /// What was told since in the conversations it heard of, in order; `None` if that is too much, or forgotten.
    pub fn missed(&self, resumption: &Resumption) -> Option<Vec<Told>> {
        if resumption.position < self.forgotten {
            return None;
        }
        let from = self.told.partition_point(|(_, told)| told.position <= resumption.position);
        let concerned = |told: &&Told| resumption.rooms.contains(&told.conversation_id);
        let since = self.told.range(from..).map(|(_, told)| told).filter(concerned);
        let most = self.recovery.most_missed;
        let missed: Vec<Told> = since.take(most + 1).copied().collect();
        (missed.len() <= most).then_some(missed)
    }

    fn forget(&mut self, now: Duration) {
        let window = self.window();
        let old = |at: Duration| now.saturating_sub(at) >= window;
        while self.told.len() > Self::MOST_TOLD || self.told.front().is_some_and(|(at, _)| old(*at)) {
            self.forgotten = self.told.pop_front().map_or(self.forgotten, |(_, told)| told.position);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const START: Duration = Duration::ZERO;
    const WINDOW: Duration = Duration::from_mins(2);
    const ADA: UserId = UserId(Uuid::from_u128(1));
    const ROOM: ConversationId = ConversationId(Uuid::from_u128(9));
    const OTHER: ConversationId = ConversationId(Uuid::from_u128(8));
    const PID: Pid = Pid(7);

    fn lost(since: u64) -> Lost {
        Lost { user: ADA, sid: 1, rooms: HashSet::from([ROOM]), since }
    }

    fn seqs(missed: &[Told]) -> Vec<Seq> {
        missed.iter().map(|told| told.seq).collect()
    }

    #[test]
    fn what_was_told_since_in_its_conversations_is_missed() {
        let mut account = Account::default();
        let known = account.tell(ROOM, 4, START);
        account.tell(OTHER, 1, START);
        account.tell(ROOM, 5, START);
        account.lose(PID, lost(0), START);
        account.tell(ROOM, 6, START);
        let lost = account.find(PID, ADA, START).unwrap();
        let resumption = account.resume(lost, Some(known)).unwrap();
        assert_eq!(seqs(&account.missed(&resumption).unwrap()), [5, 6]);
    }

    #[test]
    fn it_can_be_asked_for_once_in_time_by_its_owner() {
        let mut account = Account::default();
        account.lose(PID, lost(0), START);
        assert_eq!(account.find(PID, UserId(Uuid::nil()), START), None);
        assert_eq!(account.find(PID, ADA, START), Some(lost(0)));
        assert_eq!(account.find(PID, ADA, START), None);
        account.lose(PID, lost(0), START);
        assert_eq!(account.find(PID, ADA, WINDOW), None);
    }

    #[test]
    fn a_place_that_is_not_on_account_is_none_to_go_on_from() {
        let mut account = Account::default();
        for seq in 1..=4 {
            account.tell(ROOM, seq, START);
        }
        assert!(account.resume(lost(2), Some(1)).is_none(), "it heard of others then");
        assert!(account.resume(lost(2), Some(5)).is_none(), "not told yet");
        assert_eq!(account.resume(lost(2), None).unwrap().position, 2);
        let resumption = account.resume(lost(2), Some(4)).unwrap();
        account.tell(ROOM, 5, WINDOW);
        assert!(account.resume(lost(2), Some(3)).is_none(), "forgotten");
        assert_eq!(seqs(&account.missed(&resumption).unwrap()), [5]);
        account.tell(ROOM, 6, WINDOW * 3);
        assert_eq!(account.missed(&resumption), None, "forgotten meanwhile");
    }

    #[test]
    fn of_too_many_who_are_lost_the_first_is_forgotten() {
        let mut account = Account::default();
        for pid in 0..=Account::MOST_LOST as u128 {
            account.lose(Pid(pid), lost(0), START + Duration::from_micros(u64::try_from(pid).unwrap()));
        }
        assert_eq!(account.find(Pid(0), ADA, START), None);
        assert!(account.find(Pid(1), ADA, START).is_some());
        assert!(account.find(Pid(Account::MOST_LOST as u128), ADA, START).is_some());
    }

    #[test]
    fn too_much_is_not_told_again() {
        let mut account = Account::new(Recovery { most_missed: 3, ..Recovery::default() });
        let resumption = account.resume(lost(0), None).unwrap();
        for seq in 0..3 {
            account.tell(ROOM, seq, START);
        }
        assert_eq!(account.missed(&resumption).unwrap().len(), 3);
        assert!(account.resume(lost(0), None).is_some());
        account.tell(ROOM, 3, START);
        assert_eq!(account.missed(&resumption), None);
        assert!(account.resume(lost(0), None).is_none());
    }
}
