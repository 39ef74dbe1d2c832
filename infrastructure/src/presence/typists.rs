//! Who types where, as a state machine: no I/O, no clock. Times are measured from any fixed moment.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use domain::event::TypingEvent;
use domain::{ConversationId, Origin, UserId};

use super::outbox::Outbox;

/// A connection that looks at conversations.
#[derive(Debug)]
struct Watcher {
    user: UserId,
    looks_at: HashSet<ConversationId>,
    /// Where it types, the one begun first in front, each until when.
    types_in: Vec<(ConversationId, Duration)>,
}

/// Everyone who looks at conversations, and who types there.
#[derive(Debug)]
pub struct Typists {
    expiry: Duration,
    watchers: HashMap<Origin, Watcher>,
    /// The connections that look at a conversation.
    rooms: HashMap<ConversationId, HashSet<Origin>>,
    /// The connections over which a person types in a conversation; none is empty.
    typing: HashMap<(ConversationId, UserId), HashSet<Origin>>,
    deadlines: BTreeSet<(Duration, Origin, ConversationId)>,
    news: Outbox<(ConversationId, UserId), bool>,
}

impl Typists {
    /// In how many conversations one connection types at the same time: with one more, the one begun first ends.
    pub const AT_ONCE: usize = 16;

    /// Nobody looks anywhere yet. Who starts types for `expiry`, unless they start again.
    pub fn new(expiry: Duration) -> Self {
        Self {
            expiry,
            watchers: HashMap::new(),
            rooms: HashMap::new(),
            typing: HashMap::new(),
            deadlines: BTreeSet::new(),
            news: Outbox::default(),
        }
    }

    /// The connection looks at the conversation.
    pub fn joined(&mut self, user: UserId, origin: Origin, id: ConversationId) {
        let new = || Watcher { user, looks_at: HashSet::new(), types_in: Vec::new() };
        self.watchers.entry(origin).or_insert_with(new).looks_at.insert(id);
        self.rooms.entry(id).or_default().insert(origin);
    }

    /// It looks away.
    pub fn left(&mut self, origin: Origin, id: ConversationId) {
        self.stopped(origin, id);
        if let Some(room) = self.rooms.get_mut(&id) {
            room.remove(&origin);
            if room.is_empty() {
                self.rooms.remove(&id);
            }
        }
        if let Some(watcher) = self.watchers.get_mut(&origin) {
            watcher.looks_at.remove(&id);
            if watcher.looks_at.is_empty() {
                self.watchers.remove(&origin);
            }
        }
    }

    /// It types there from now on; `false` if it does not look there.
    pub fn started(&mut self, origin: Origin, id: ConversationId, now: Duration) -> bool {
        let Some(watcher) = self.watchers.get_mut(&origin) else { return false };
        if !watcher.looks_at.contains(&id) {
            return false;
        }
        let (user, until) = (watcher.user, now.saturating_add(self.expiry));
        if let Some((_, before)) = watcher.types_in.iter_mut().find(|(other, _)| *other == id) {
            self.deadlines.remove(&(*before, origin, id));
            *before = until;
        } else {
            let first = watcher.types_in.first().map(|(first, _)| *first);
            let is_full = watcher.types_in.len() >= Self::AT_ONCE;
            watcher.types_in.push((id, until));
            if let Some(first) = first.filter(|_| is_full) {
                self.stopped(origin, first);
            }
            let links = self.typing.entry((id, user)).or_default();
            if links.is_empty() {
                self.news.put((id, user), true);
            }
            links.insert(origin);
        }
        self.deadlines.insert((until, origin, id));
        true
    }

    /// It types there no more.
    pub fn stopped(&mut self, origin: Origin, id: ConversationId) {
        let Some(watcher) = self.watchers.get_mut(&origin) else { return };
        let Some(place) = watcher.types_in.iter().position(|(other, _)| *other == id) else { return };
        let (_, until) = watcher.types_in.remove(place);
        self.deadlines.remove(&(until, origin, id));
        let key = (id, watcher.user);
        if let Some(links) = self.typing.get_mut(&key) {
            links.remove(&origin);
            if links.is_empty() {
                self.typing.remove(&key);
                self.news.put(key, false);
            }
        }
    }

    /// The person types there over no connection.
    pub fn spoke(&mut self, user: UserId, id: ConversationId) {
        for origin in self.typing.get(&(id, user)).cloned().unwrap_or_default() {
            self.stopped(origin, id);
        }
    }

    /// None of the person's connections looks there any more.
    pub fn removed(&mut self, user: UserId, id: ConversationId) {
        let is_theirs = |origin: &Origin| self.watchers.get(origin).is_some_and(|watcher| watcher.user == user);
        let links = self.rooms.get(&id).into_iter().flatten().copied();
        for origin in links.filter(is_theirs).collect::<Vec<_>>() {
            self.left(origin, id);
        }
    }

    /// Nobody looks there any more.
    pub fn deleted(&mut self, id: ConversationId) {
        for origin in self.rooms.get(&id).cloned().unwrap_or_default() {
            self.left(origin, id);
        }
    }

    /// The connection looks nowhere any more.
    pub fn disconnected(&mut self, origin: Origin) {
        let Some(watcher) = self.watchers.get(&origin) else { return };
        for id in watcher.looks_at.clone() {
            self.left(origin, id);
        }
    }

    /// Ends what has not been started again in time.
    pub fn tick(&mut self, now: Duration) {
        while let Some((until, origin, id)) = self.deadlines.first().copied() {
            if until > now {
                return;
            }
            self.stopped(origin, id);
        }
    }

    /// When [`tick`](Self::tick) has something to do next.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadlines.first().map(|(until, ..)| *until)
    }

    /// What is to be told next.
    pub fn news(&mut self) -> Option<TypingEvent> {
        let ((conversation_id, user_id), is_typing) = self.news.take(1).pop()?;
        Some(TypingEvent { conversation_id, user_id, is_typing })
    }
}

#[cfg(test)]
mod tests;
