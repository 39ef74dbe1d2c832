//! Who is there and who types, on a single node: two state machines, and what drives them.

mod outbox;
mod roster;
mod typists;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use application::ports::{Departure, PresenceChange, PresenceSource, PresenceTracker, TypingSource, TypingTracker};
use async_trait::async_trait;
use domain::event::TypingEvent;
use domain::presence::Status;
use domain::{ConversationId, Origin, Timestamp, UserId};
use tokio::sync::Notify;
use tokio::time::sleep_until;

use self::roster::Roster;
use self::typists::Typists;

/// How many people are told of at once.
const BATCH: usize = 64;

/// A state machine that connections change and one source listens to.
#[derive(Debug)]
struct Driven<M> {
    machine: Mutex<M>,
    changed: Notify,
    started: Instant,
}

impl<M> Driven<M> {
    fn new(machine: M) -> Arc<Self> {
        Arc::new(Self { machine: Mutex::new(machine), changed: Notify::new(), started: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, M> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Changes the machine, and wakes the source.
    fn change<T>(&self, change: impl FnOnce(&mut M, Duration) -> T) -> T {
        let changed = change(&mut self.lock(), self.now());
        self.changed.notify_one();
        changed
    }

    /// Until something changes, or the deadline has come. A change since the last time counts.
    async fn wait(&self, deadline: Option<Duration>) {
        let until = self.started + deadline.unwrap_or_default();
        tokio::select! {
            () = self.changed.notified() => {}
            () = sleep_until(until.into()), if deadline.is_some() => {}
        }
    }
}

/// Who is there, and whether anybody still may come.
#[derive(Debug)]
struct House {
    roster: Roster,
    has_stopped: bool,
}

impl House {
    /// What is to be told, at most `count` people.
    fn tell(&mut self, count: usize, now: Duration) -> Vec<PresenceChange> {
        let news = self.roster.news(count);
        if !news.is_empty() {
            return news;
        }
        // Only now: what time brings about must not overtake what is still to be told.
        self.roster.tick(now);
        self.roster.news(count)
    }
}

/// Knows who is there, within the process.
#[derive(Debug, Clone)]
pub struct MemoryPresence(Arc<Driven<House>>);

impl MemoryPresence {
    /// Nobody is there yet. Who drops out is awaited for `grace`.
    pub fn new(grace: Duration) -> Self {
        Self(Driven::new(House { roster: Roster::new(grace), has_stopped: false }))
    }

    /// Tells who comes and goes. There is one listener: what it has had, no other gets.
    pub fn source(&self) -> Box<dyn PresenceSource> {
        Box::new(Changes(Arc::clone(&self.0)))
    }
}

#[async_trait]
impl PresenceTracker for MemoryPresence {
    fn connected(&self, user_id: UserId, origin: Origin) {
        self.0.change(|house, now| {
            if !house.has_stopped {
                house.roster.connected(user_id, origin, now);
            }
        });
    }

    fn disconnected(&self, user_id: UserId, origin: Origin, how: Departure, at: Timestamp) {
        self.0.change(|house, now| house.roster.disconnected(user_id, origin, how, at, now));
    }

    fn set_status(&self, user_id: UserId, origin: Origin, status: Status) {
        self.0.change(|house, _| house.roster.set_status(user_id, origin, status));
    }

    async fn status(&self, user_id: UserId) -> Option<Status> {
        self.0.lock().roster.status(user_id)
    }

    async fn list(&self, after: Option<UserId>, limit: usize) -> Vec<(UserId, Status)> {
        self.0.lock().roster.list(after, limit)
    }

    fn stop(&self, at: Timestamp) -> Vec<(UserId, Timestamp)> {
        self.0.change(|house, _| {
            house.has_stopped = true;
            house.roster.empty(at)
        })
    }
}

struct Changes(Arc<Driven<House>>);

#[async_trait]
impl PresenceSource for Changes {
    async fn next(&mut self) -> Option<Vec<PresenceChange>> {
        loop {
            let deadline = {
                let mut house = self.0.lock();
                let news = house.tell(BATCH, self.0.now());
                if !news.is_empty() {
                    return Some(news);
                }
                if house.has_stopped {
                    return None;
                }
                house.roster.deadline()
            };
            self.0.wait(deadline).await;
        }
    }
}

/// Knows who types where, within the process.
#[derive(Debug, Clone)]
pub struct MemoryTyping(Arc<Driven<Typists>>);

impl MemoryTyping {
    /// Nobody types yet. Who starts types for `expiry`, unless they start again.
    pub fn new(expiry: Duration) -> Self {
        Self(Driven::new(Typists::new(expiry)))
    }

    /// Tells who types. There is one listener: what it has had, no other gets.
    pub fn source(&self) -> Box<dyn TypingSource> {
        Box::new(Keystrokes(Arc::clone(&self.0)))
    }
}

impl TypingTracker for MemoryTyping {
    fn joined(&self, user_id: UserId, origin: Origin, id: ConversationId) {
        self.0.change(|typists, _| typists.joined(user_id, origin, id));
    }

    fn left(&self, origin: Origin, id: ConversationId) {
        self.0.change(|typists, _| typists.left(origin, id));
    }

    fn started(&self, origin: Origin, id: ConversationId) -> bool {
        self.0.change(|typists, now| typists.started(origin, id, now))
    }

    fn stopped(&self, origin: Origin, id: ConversationId) {
        self.0.change(|typists, _| typists.stopped(origin, id));
    }

    fn spoke(&self, user_id: UserId, id: ConversationId) {
        self.0.change(|typists, _| typists.spoke(user_id, id));
    }

    fn removed(&self, user_id: UserId, id: ConversationId) {
        self.0.change(|typists, _| typists.removed(user_id, id));
    }

    fn deleted(&self, id: ConversationId) {
        self.0.change(|typists, _| typists.deleted(id));
    }

    fn disconnected(&self, origin: Origin) {
        self.0.change(|typists, _| typists.disconnected(origin));
    }
}

struct Keystrokes(Arc<Driven<Typists>>);

#[async_trait]
impl TypingSource for Keystrokes {
    async fn next(&mut self) -> TypingEvent {
        loop {
            let deadline = {
                let mut typists = self.0.lock();
                if let Some(event) = typists.news() {
                    return event;
                }
                typists.tick(self.0.now());
                if let Some(event) = typists.news() {
                    return event;
                }
                typists.deadline()
            };
            self.0.wait(deadline).await;
        }
    }
}

#[cfg(test)]
mod schedule;

#[cfg(test)]
mod tests {
    use domain::presence::Presence;
    use uuid::Uuid;

    use super::*;

    const ADA: UserId = UserId(Uuid::from_u128(0xada));
    const PHONE: Origin = Origin(Uuid::from_u128(1));
    const ROOM: ConversationId = ConversationId(Uuid::from_u128(2));
    const AT: Timestamp = Timestamp::from_millis(7);
    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(1);

    fn change(presence: Presence) -> Vec<PresenceChange> {
        vec![PresenceChange { user_id: ADA, presence }]
    }

    #[tokio::test]
    async fn a_listener_hears_of_a_change_that_comes_while_it_waits() {
        let presence = MemoryPresence::new(LONG);
        let mut source = presence.source();
        let listening = tokio::spawn(async move { (source.next().await, source) });
        tokio::task::yield_now().await;
        presence.connected(ADA, PHONE);
        let (heard, mut source) = listening.await.unwrap();
        assert_eq!(heard, Some(change(Presence::Online(Status::Online))));
        assert_eq!(presence.status(ADA).await, Some(Status::Online));
        presence.set_status(ADA, PHONE, Status::Away);
        assert_eq!(source.next().await, Some(change(Presence::Online(Status::Away))));
        assert_eq!(presence.list(None, 9).await, [(ADA, Status::Away)]);
        presence.disconnected(ADA, PHONE, Departure::Clean, AT);
        assert_eq!(source.next().await, Some(change(Presence::Offline(Some(AT)))));
    }

    #[tokio::test]
    async fn who_drops_out_goes_when_the_grace_is_over() {
        let presence = MemoryPresence::new(SHORT);
        let mut source = presence.source();
        presence.connected(ADA, PHONE);
        source.next().await;
        presence.disconnected(ADA, PHONE, Departure::Dropped, AT);
        assert_eq!(source.next().await, Some(change(Presence::Offline(Some(AT)))));
    }

    #[tokio::test]
    async fn at_the_end_the_rest_is_told_and_nobody_comes_any_more() {
        let presence = MemoryPresence::new(LONG);
        let mut source = presence.source();
        presence.connected(ADA, PHONE);
        assert_eq!(presence.stop(AT), [(ADA, AT)]);
        presence.connected(ADA, PHONE);
        assert_eq!(source.next().await, Some(change(Presence::Online(Status::Online))));
        assert_eq!((source.next().await, presence.stop(AT)), (None, vec![]));
    }

    #[tokio::test]
    async fn typing_is_told_and_ends_by_itself() {
        let typing = MemoryTyping::new(SHORT);
        let mut source = typing.source();
        assert!(!typing.started(PHONE, ROOM));
        typing.joined(ADA, PHONE, ROOM);
        assert!(typing.started(PHONE, ROOM));
        for is_typing in [true, false] {
            assert_eq!(source.next().await, TypingEvent { conversation_id: ROOM, user_id: ADA, is_typing });
        }
    }
}
