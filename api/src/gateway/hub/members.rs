//! Who is connected here.

use std::collections::{HashMap, HashSet};
use std::slice;

use domain::event::{ConversationEvent, ConversationEventKind};
use domain::{ConversationId, Origin, Seq, SessionId, UserId};
use sockets::Lane;

use super::effect::Link;
use super::recovery::{Lost, Names, Pid};
use crate::gateway::dialect::{Flavour, Standing};

/// Whose a connection is, and what it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub user: UserId,
    /// The session they are signed in by.
    pub session: SessionId,
    /// The mark of its commands.
    pub origin: Origin,
    /// The dialect it speaks.
    pub flavour: Flavour,
    /// What it is known by, if another can go on in its place.
    pub names: Option<Names>,
}

/// A connection that is gone.
#[derive(Debug, PartialEq, Eq)]
pub struct Removed {
    /// Whose it was.
    pub user: UserId,
    /// Which conversations it heard, each in which lane.
    pub heard: HashMap<ConversationId, Lane>,
    /// What it was known by, if another can go on in its place.
    pub names: Option<Names>,
    /// From which place on it heard of just these.
    pub since: u64,
}

/// A connection.
struct Member {
    person: Person,
    /// From which place of all that is told it hears of just what it hears of.
    since: u64,
    state: State,
}

enum State {
    /// Its conversations are being read; what happens to the person's memberships meanwhile is noted.
    Pending(Noted),
    /// It hears these.
    Open(HashMap<ConversationId, Part>),
}

/// How a connection takes part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// Whether it looks at it.
    joined: bool,
    /// Where it is told.
    lane: Lane,
}

/// What was heard of a person's coming (`true`) and going, by conversation, with its place.
pub type Noted = HashMap<ConversationId, (Seq, bool)>;

/// The connections, by themselves, by person, and by the mark of their commands.
pub struct Members<L> {
    /// In boxes: a table has much room that is not used.
    links: HashMap<L, Box<Member>>,
    users: HashMap<UserId, Vec<L>>,
    origins: HashMap<Origin, L>,
    pids: HashMap<Pid, L>,
}

impl<L> Default for Members<L> {
    fn default() -> Self {
        Self { links: HashMap::new(), users: HashMap::new(), origins: HashMap::new(), pids: HashMap::new() }
    }
}

impl<L: Link> Members<L> {
    /// A connection that hears nothing of conversations yet.
    pub fn insert(&mut self, link: L, person: Person) {
        self.users.entry(person.user).or_default().push(link);
        self.origins.insert(person.origin, link);
        if let Some(Names { pid, .. }) = person.names {
            self.pids.insert(pid, link);
        }
        self.links.insert(link, Box::new(Member { person, since: 0, state: State::Pending(Noted::new()) }));
    }

    /// The connection may hear of conversations, from this place of all that is told: whose it is, and what was noted
    /// meanwhile. `None` if it is gone, or was open before.
    pub fn open(&mut self, link: L, position: u64) -> Option<(UserId, Noted)> {
        let member = self.member_mut(link)?;
        match std::mem::replace(&mut member.state, State::Open(HashMap::new())) {
            State::Pending(noted) => {
                member.since = position;
                Some((member.person.user, noted))
            }
            open @ State::Open(_) => {
                member.state = open;
                None
            }
        }
    }

    /// The connection is gone.
    pub fn remove(&mut self, link: L) -> Option<Removed> {
        let Member { person, since, state } = *self.links.remove(&link)?;
        self.origins.remove(&person.origin);
        if let Some(links) = self.users.get_mut(&person.user) {
            links.retain(|other| *other != link);
            if links.is_empty() {
                self.users.remove(&person.user);
            }
        }
        // Another may go on in its place already, or it never opened: then there is nothing to come back to.
        let names = person.names.filter(|names| self.pids.get(&names.pid) == Some(&link));
        if let Some(names) = names {
            self.pids.remove(&names.pid);
        }
        let (heard, names) = match state {
            State::Open(rooms) => (rooms.into_iter().map(|(id, part)| (id, part.lane)).collect(), names),
            State::Pending(_) => (HashMap::new(), None),
        };
        Some(Removed { user: person.user, heard, names, since })
    }

    /// The connection of this name, if it is this person's and open: what there is to come back to. It can be asked
    /// for once.
    pub fn recoverable(&mut self, pid: Pid, user: UserId) -> Option<(L, Lost)> {
        let link = *self.pids.get(&pid)?;
        let member = self.member(link).filter(|member| member.person.user == user)?;
        let State::Open(rooms) = &member.state else { return None };
        let sid = member.person.names?.sid;
        let lost = Lost { user, sid, rooms: rooms.keys().copied().collect(), since: member.since };
        self.pids.remove(&pid);
        Some((link, lost))
    }

    /// Which conversations a connection hears, if it is open.
    pub fn rooms_of(&self, link: L) -> Option<HashSet<ConversationId>> {
        match &self.member(link)?.state {
            State::Open(rooms) => Some(rooms.keys().copied().collect()),
            State::Pending(_) => None,
        }
    }

    /// A person's connections.
    pub fn of(&self, user: UserId) -> &[L] {
        self.users.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Those of a person's connections whose session is one of these.
    pub fn signed_in_by<'a>(&'a self, user: UserId, sessions: &'a [SessionId]) -> impl Iterator<Item = L> + 'a {
        let signed_in = |link: &&L| self.member(**link).is_some_and(|member| sessions.contains(&member.person.session));
        self.of(user).iter().filter(signed_in).copied()
    }

    /// The connection that an event came from, if it is here.
    pub fn from(&self, origin: Origin) -> Option<L> {
        self.origins.get(&origin).copied()
    }

    /// The connection hears the conversation from this place on, in the lane that comes back; `None` if it did before, or
    /// may not yet.
    pub fn enter(&mut self, link: L, id: ConversationId, position: u64) -> Option<Lane> {
        let lane = self.lane(link, id)?;
        match self.member_mut(link) {
            Some(Member { state: State::Open(rooms), since, .. }) if !rooms.contains_key(&id) => {
                rooms.insert(id, Part { joined: false, lane });
                *since = position;
                Some(lane)
            }
            _ => None,
        }
    }

    /// It hears the conversation no more; the lane it was in.
    pub fn leave(&mut self, link: L, id: ConversationId, position: u64) -> Option<Lane> {
        match self.member_mut(link) {
            Some(Member { state: State::Open(rooms), since, .. }) => {
                *since = position;
                rooms.remove(&id).map(|part| part.lane)
            }
            _ => None,
        }
    }

    /// The connection goes on from that place in place of another that heard the same.
    pub fn go_on_from(&mut self, link: L, position: u64) {
        if let Some(member) = self.member_mut(link) {
            member.since = position;
        }
    }

    /// The connection looks at a conversation that it hears, or away.
    pub fn look(&mut self, link: L, id: ConversationId, joined: bool) -> Option<UserId> {
        let member = self.member_mut(link)?;
        let State::Open(rooms) = &mut member.state else { return None };
        rooms.get_mut(&id)?.joined = joined;
        Some(member.person.user)
    }

    /// Brings a person's connections to the lanes of a conversation that they belong in now; says which changed, from
    /// where, to where.
    pub fn settle(&mut self, user: UserId, id: ConversationId) -> Vec<(L, Lane, Lane)> {
        let mut changed = Vec::new();
        for link in self.of(user).to_vec() {
            let Some(lane) = self.lane(link, id) else { continue };
            if let Some(Member { state: State::Open(rooms), .. }) = self.member_mut(link)
                && let Some(part) = rooms.get_mut(&id)
                && part.lane != lane
            {
                changed.push((link, std::mem::replace(&mut part.lane, lane), lane));
            }
        }
        changed
    }

    /// The lane in which a connection that hears a conversation is told of it.
    pub fn lane_of(&self, link: L, id: ConversationId) -> Option<Lane> {
        match self.member(link) {
            Some(Member { state: State::Open(rooms), .. }) => rooms.get(&id).map(|part| part.lane),
            _ => None,
        }
    }

    /// The lane in which a connection is told what is of no conversation.
    pub fn plain_lane(&self, link: L) -> Option<Lane> {
        self.member(link).map(|member| member.person.flavour.lane(Standing::Aside))
    }

    /// Whether the connection looks at the conversation.
    pub fn looks(&self, link: L, id: ConversationId) -> bool {
        let Some(Member { state: State::Open(rooms), .. }) = self.member(link) else { return false };
        rooms.get(&id).is_some_and(|part| part.joined)
    }

    /// How many conversations the connection looks at.
    pub fn joined(&self, link: L) -> usize {
        let Some(Member { state: State::Open(rooms), .. }) = self.member(link) else { return 0 };
        rooms.values().filter(|part| part.joined).count()
    }

    fn member(&self, link: L) -> Option<&Member> {
        self.links.get(&link).map(Box::as_ref)
    }

    fn member_mut(&mut self, link: L) -> Option<&mut Member> {
        self.links.get_mut(&link).map(Box::as_mut)
    }

    fn lane(&self, link: L, id: ConversationId) -> Option<Lane> {
        let member = self.member(link)?;
        let standing = if self.looks(link, id) {
            Standing::Joined
        } else if self.of(member.person.user).iter().any(|other| self.looks(*other, id)) {
            Standing::Elsewhere
        } else {
            Standing::Aside
        };
        Some(member.person.flavour.lane(standing))
    }

    /// Whether an event brings a conversation to somebody who is open here.
    pub fn are_brought_in(&self, kind: &ConversationEventKind) -> bool {
        let is_open = |link: &L| matches!(self.member(*link), Some(Member { state: State::Open(_), .. }));
        brought_in(kind).iter().any(|user| self.of(*user).iter().any(is_open))
    }

    /// Whom an event brought to a conversation that a connection of theirs does not hear.
    pub fn absent(&self, event: &ConversationEvent) -> Vec<UserId> {
        let hears_not = |link: &L| !self.hears(*link, event.conversation_id);
        let absent = |user: &&UserId| self.of(**user).iter().any(hears_not);
        brought_in(&event.kind).iter().filter(absent).copied().collect()
    }

    /// Whether the connection hears the conversation.
    pub fn hears(&self, link: L, id: ConversationId) -> bool {
        self.lane_of(link, id).is_some()
    }

    /// Remembers, for connections that are not open yet, what happens to their people's memberships.
    pub fn note(&mut self, event: &ConversationEvent) {
        let (id, seq) = (event.conversation_id, event.seq);
        for user in brought_in(&event.kind) {
            self.note_one(id, seq, *user, true);
        }
        if let ConversationEventKind::ParticipantRemoved(removed) = &event.kind {
            self.note_one(id, seq, removed.user.id, false);
        }
    }

    /// Remembers that somebody came or went at a place, for connections that are not open yet.
    pub fn note_one(&mut self, id: ConversationId, seq: Seq, user: UserId, stays: bool) {
        for link in self.users.get(&user).into_iter().flatten() {
            if let Some(Member { state: State::Pending(noted), .. }) = self.links.get_mut(link).map(Box::as_mut) {
                let last = noted.entry(id).or_insert((seq, stays));
                if last.0 <= seq {
                    *last = (seq, stays);
                }
            }
        }
    }
}

/// Whom an event brings to its conversation.
pub(super) fn brought_in(kind: &ConversationEventKind) -> &[UserId] {
    match kind {
        ConversationEventKind::Created(_, participants) => participants,
        ConversationEventKind::ParticipantAdded(added) => slice::from_ref(&added.user.id),
        _ => &[],
    }
}
