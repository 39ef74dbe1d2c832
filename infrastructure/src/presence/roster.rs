//! Who is there, as a state machine: no I/O, no clock. Times are measured from any fixed moment.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;
use std::time::Duration;

use application::ports::{Departure, PresenceChange};
use domain::presence::{Presence, Status};
use domain::{Origin, Timestamp, UserId};

use super::outbox::Outbox;

/// Somebody who is there: connected, or awaited.
#[derive(Debug)]
struct Person {
    status: Status,
    links: HashSet<Origin>,
    /// Without a link: until when they are awaited, and when they were last seen.
    awaited: Option<(Duration, Timestamp)>,
}

/// Everyone who is there.
#[derive(Debug)]
pub struct Roster {
    grace: Duration,
    people: BTreeMap<UserId, Person>,
    deadlines: BTreeSet<(Duration, UserId)>,
    news: Outbox<UserId, Presence>,
}

impl Roster {
    /// Nobody is there yet. Who drops out is awaited for `grace`.
    pub fn new(grace: Duration) -> Self {
        Self { grace, people: BTreeMap::new(), deadlines: BTreeSet::new(), news: Outbox::default() }
    }

    /// A connection of the person is open. Who was awaited no longer comes anew, also if that was not
    /// [looked at](Self::tick) yet.
    pub fn connected(&mut self, user: UserId, origin: Origin, now: Duration) {
        if let Some((until, at)) = self.people.get(&user).and_then(|person| person.awaited)
            && until <= now
        {
            self.deadlines.remove(&(until, user));
            self.gone(user, at);
        }
        let person = self.people.entry(user).or_insert_with(|| {
            let status = Status::default();
            self.news.put(user, Presence::Online(status));
            Person { status, links: HashSet::new(), awaited: None }
        });
        person.links.insert(origin);
        if let Some((until, _)) = person.awaited.take() {
            self.deadlines.remove(&(until, user));
        }
    }

    /// It ended.
    pub fn disconnected(&mut self, user: UserId, origin: Origin, how: Departure, at: Timestamp, now: Duration) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let was_there = person.links.remove(&origin);
        let others_stay = !person.links.is_empty();
        #[cfg(feature = "planted-bugs")]
        let others_stay = others_stay && !planted::is(planted::Bug::OfflineOnFirst);
        if !was_there || others_stay {
            return;
        }
        match how {
            Departure::Clean => self.gone(user, at),
            Departure::Dropped => {
                let until = now.saturating_add(self.grace);
                person.awaited = Some((until, at));
                self.deadlines.insert((until, user));
            }
        }
    }

    /// Over that connection, the person says how they are.
    pub fn set_status(&mut self, user: UserId, origin: Origin, status: Status) {
        let Some(person) = self.people.get_mut(&user) else { return };
        if person.links.contains(&origin) {
            person.status = status;
            self.news.put(user, Presence::Online(status));
        }
    }

    /// How a person is, if they are there.
    pub fn status(&self, user: UserId) -> Option<Status> {
        self.people.get(&user).map(|person| person.status)
    }

    /// Who is there, in the order of their ids.
    pub fn list(&self, after: Option<UserId>, limit: usize) -> Vec<(UserId, Status)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let people = self.people.range((from, Bound::Unbounded));
        people.take(limit).map(|(user, person)| (*user, person.status)).collect()
    }

    /// Lets go of those whose time is over.
    pub fn tick(&mut self, now: Duration) {
        while let Some((until, user)) = self.deadlines.first().copied() {
            if until > now {
                return;
            }
            let seen = self.people.get(&user).and_then(|person| person.awaited);
            self.deadlines.remove(&(until, user));
            if let Some((_, at)) = seen {
                self.gone(user, at);
            }
        }
    }

    /// When [`tick`](Self::tick) has something to do next.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// What is to be told, at most `count` people.
    pub fn news(&mut self, count: usize) -> Vec<PresenceChange> {
        let news = self.news.take(count).into_iter();
        news.map(|(user_id, presence)| PresenceChange { user_id, presence }).collect()
    }

    /// Everyone goes, and nobody is told: each with the moment they were last seen.
    pub fn empty(&mut self, at: Timestamp) -> Vec<(UserId, Timestamp)> {
        self.deadlines.clear();
        let people = std::mem::take(&mut self.people).into_iter();
        people.map(|(user, person)| (user, person.awaited.map_or(at, |(_, seen)| seen))).collect()
    }

    fn gone(&mut self, user: UserId, at: Timestamp) {
        self.people.remove(&user);
        self.news.put(user, Presence::Offline(Some(at)));
    }
}

#[cfg(test)]
mod tests;
