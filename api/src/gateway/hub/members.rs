//! Who is connected here.

use std::collections::{HashMap, HashSet};

use domain::event::{ConversationEvent, ConversationEventKind};
use domain::{ConversationId, Origin, Seq, SessionId, UserId};

use super::core::Link;

/// A connection of a person.
struct Member {
    user: UserId,
    session: SessionId,
    origin: Origin,
    state: State,
}

enum State {
    /// Its conversations are being read; what happens to the person's memberships meanwhile is noted.
    Pending(Noted),
    /// It hears these.
    Open(HashSet<ConversationId>),
}

/// What was heard of a person's coming (`true`) and going, by conversation, with its place.
pub type Noted = HashMap<ConversationId, (Seq, bool)>;

/// The connections, by themselves, by person, and by the mark of their commands.
pub struct Members<L> {
    links: HashMap<L, Member>,
    users: HashMap<UserId, Vec<L>>,
    origins: HashMap<Origin, L>,
}

impl<L> Default for Members<L> {
    fn default() -> Self {
        Self { links: HashMap::new(), users: HashMap::new(), origins: HashMap::new() }
    }
}

impl<L: Link> Members<L> {
    /// A connection that hears nothing of conversations yet.
    pub fn insert(&mut self, link: L, user: UserId, session: SessionId, origin: Origin) {
        self.links.insert(link, Member { user, session, origin, state: State::Pending(Noted::new()) });
        self.users.entry(user).or_default().push(link);
        self.origins.insert(origin, link);
    }

    /// The connection may hear of conversations: whose it is, and what was noted meanwhile. `None` if it is gone, or
    /// was open before.
    pub fn open(&mut self, link: L) -> Option<(UserId, Noted)> {
        let member = self.links.get_mut(&link)?;
        match std::mem::replace(&mut member.state, State::Open(HashSet::new())) {
            State::Pending(noted) => Some((member.user, noted)),
            open @ State::Open(_) => {
                member.state = open;
                None
            }
        }
    }

    /// The connection is gone: which conversations it heard.
    pub fn remove(&mut self, link: L) -> HashSet<ConversationId> {
        let Some(member) = self.links.remove(&link) else { return HashSet::new() };
        self.origins.remove(&member.origin);
        if let Some(links) = self.users.get_mut(&member.user) {
            links.retain(|other| *other != link);
            if links.is_empty() {
                self.users.remove(&member.user);
            }
        }
        match member.state {
            State::Open(rooms) => rooms,
            State::Pending(_) => HashSet::new(),
        }
    }

    /// A person's connections.
    pub fn of(&self, user: UserId) -> &[L] {
        self.users.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Those of a person's connections whose session is one of these.
    pub fn signed_in_by<'a>(&'a self, user: UserId, sessions: &'a [SessionId]) -> impl Iterator<Item = L> + 'a {
        let signed_in = |link: &&L| self.links.get(link).is_some_and(|member| sessions.contains(&member.session));
        self.of(user).iter().filter(signed_in).copied()
    }

    /// The connection that an event came from, if it is here.
    pub fn from(&self, origin: Origin) -> Option<L> {
        self.origins.get(&origin).copied()
    }

    /// The connection hears the conversation from now on; `false` if it did before, or may not yet.
    pub fn enter(&mut self, link: L, id: ConversationId) -> bool {
        match self.links.get_mut(&link) {
            Some(Member { state: State::Open(rooms), .. }) => rooms.insert(id),
            _ => false,
        }
    }

    /// It hears the conversation no more.
    pub fn leave(&mut self, link: L, id: ConversationId) {
        if let Some(Member { state: State::Open(rooms), .. }) = self.links.get_mut(&link) {
            rooms.remove(&id);
        }
    }

    /// Whether an event brings a conversation to somebody who is open here.
    pub fn are_brought_in(&self, kind: &ConversationEventKind) -> bool {
        let is_open = |link: &L| matches!(self.links.get(link), Some(Member { state: State::Open(_), .. }));
        let here = |user: &UserId| self.of(*user).iter().any(is_open);
        match kind {
            ConversationEventKind::Created(_, participants) => participants.iter().any(here),
            ConversationEventKind::ParticipantAdded(added) => here(&added.user.id),
            _ => false,
        }
    }

    /// Remembers, for connections that are not open yet, what happens to their people's memberships.
    pub fn note(&mut self, event: &ConversationEvent) {
        match &event.kind {
            ConversationEventKind::Created(_, participants) => {
                for user in participants {
                    self.note_one(event, *user, true);
                }
            }
            ConversationEventKind::ParticipantAdded(added) => self.note_one(event, added.user.id, true),
            ConversationEventKind::ParticipantRemoved(removed) => self.note_one(event, removed.user.id, false),
            _ => {}
        }
    }

    fn note_one(&mut self, event: &ConversationEvent, user: UserId, stays: bool) {
        for link in self.users.get(&user).into_iter().flatten() {
            if let Some(Member { state: State::Pending(noted), .. }) = self.links.get_mut(link) {
                let last = noted.entry(event.conversation_id).or_insert((event.seq, stays));
                if last.0 <= event.seq {
                    *last = (event.seq, stays);
                }
            }
        }
    }
}
