//! The hub as a state machine: who is connected, who hears what, in which order. No I/O, no clock.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::event::{Audience, ConversationEventKind, Event, Published};
use domain::{ConversationId, Seq, UserId};

use super::effect::{Effect, Link, Topic};
use super::members::{Members, Person, Removed};
use super::order::Order;
use super::recovery::{Account, Lost, Names, Pid, Recovery, Resumption, Told};
use super::room::Room;
use crate::gateway::dialect::Standing;

/// Who is connected here, which conversations they hear, and how far those have been told.
///
/// A conversation is followed as long as somebody here takes part, and for as long after as a connection may be away, so
/// that an event that comes twice or late is known as such. Times are measured from any fixed moment.
pub struct Hub<L> {
    pub(super) members: Members<L>,
    pub(super) rooms: HashMap<ConversationId, Room<L>>,
    /// Rooms with a hole, or without members.
    unsettled: HashSet<ConversationId>,
    pub(super) account: Account,
    /// How many questions were asked for [`Effect::CatchUp`].
    pub(super) questions: u64,
    pub(super) effects: Vec<Effect<L>>,
}

impl<L> Hub<L> {
    /// A hub that nobody is connected to yet.
    pub fn new(recovery: Recovery) -> Self {
        Self {
            members: Members::default(),
            rooms: HashMap::new(),
            unsettled: HashSet::new(),
            account: Account::new(recovery),
            questions: 0,
            effects: Vec::new(),
        }
    }
}

impl<L> Default for Hub<L> {
    fn default() -> Self {
        Self::new(Recovery::default())
    }
}

impl<L: Link> Hub<L> {
    /// A connection that a revocation reaches from now on. It hears nothing of conversations until
    /// [`open`](Self::open).
    pub fn connect(&mut self, link: L, person: Person) {
        self.effects.push(Effect::Join(link, Topic::User(person.user), person.flavour.lane(Standing::Aside)));
        self.members.insert(link, person);
    }

    /// Finds where a connection was that is or soon will be lost, so that another goes on in its place. The client
    /// says the last place it knows. If the hub thinks that the connection is still there, it is closed.
    pub fn resume(&mut self, pid: Pid, user: UserId, position: Option<u64>, now: Duration) -> Option<Resumption> {
        if let Some((link, lost)) = self.members.recoverable(pid, user) {
            self.effects.push(Effect::Close(link));
            return self.account.resume(lost, position);
        }
        let lost = self.account.find(pid, user, now)?;
        self.account.resume(lost, position)
    }

    /// What was told since then to those who hear the same as this connection, which is open now; `None` if it does
    /// not hear the same any more, or if that is not on account.
    pub fn missed(&mut self, link: L, resumption: &Resumption) -> Option<Vec<Told>> {
        let same = self.members.rooms_of(link).is_some_and(|rooms| rooms == resumption.rooms);
        let missed = same.then(|| self.account.missed(resumption))??;
        self.members.go_on_from(link, resumption.position);
        Some(missed)
    }

    /// The connection hears of these conversations, read after [`connect`](Self::connect), each with its last place
    /// then. What was heard meanwhile of the person's coming and going is newer and counts.
    pub fn open(&mut self, link: L, positions: &[(ConversationId, Seq)]) {
        let Some((user, noted)) = self.members.open(link, self.account.last()) else { return };
        let stands = |id: &ConversationId, seq: Seq| noted.get(id).is_none_or(|(at, stays)| *at <= seq || *stays);
        for &(id, seq) in positions.iter().filter(|(id, seq)| stands(id, *seq)) {
            self.admit(id, user, link, seq);
        }
        let listed: HashSet<ConversationId> = positions.iter().map(|(id, _)| *id).collect();
        for (&id, &(at, _)) in noted.iter().filter(|(id, (_, stays))| *stays && !listed.contains(id)) {
            if let Entry::Vacant(room) = self.rooms.entry(id) {
                room.insert(Room::new(Order::after((at - 1).max(0))));
                self.doubt(id);
            }
            self.admit(id, user, link, (at - 1).max(0));
        }
    }

    /// The connection is gone.
    pub fn disconnect(&mut self, link: L, now: Duration) {
        let Some(Removed { user, heard, names, since }) = self.members.remove(link) else { return };
        if let Some(Names { pid, sid }) = names {
            self.account.lose(pid, Lost { user, sid, rooms: heard.keys().copied().collect(), since }, now);
        }
        for (id, lane) in heard {
            if let Some(room) = self.rooms.get_mut(&id) {
                room.remove(link, lane, now);
                self.stand(user, id);
                self.settle(id);
            }
        }
    }

    /// The connection looks at a conversation, or away. Nothing comes of it if it does not hear the conversation; and
    /// `false` is answered if it looks at `most` already.
    pub fn look(&mut self, link: L, id: ConversationId, joined: bool, most: usize) -> bool {
        if joined && !self.members.looks(link, id) && self.members.joined(link) >= most {
            return false;
        }
        if let Some(user) = self.members.look(link, id, joined) {
            self.stand(user, id);
        }
        true
    }

    /// Something happened, here or elsewhere; it may be known already, or come too early.
    pub fn publish(&mut self, published: &Arc<Published>, now: Duration) {
        match &published.event {
            Event::Conversation(event) => {
                let (id, seq) = (event.conversation_id, event.seq);
                let is_followed = self.rooms.contains_key(&id);
                if is_followed {
                    self.late(published, event);
                } else {
                    // Of what is followed, what is told is noted: this may be an old copy.
                    self.members.note(event);
                    if !self.members.are_brought_in(&event.kind) {
                        return;
                    }
                    self.rooms.insert(id, Room::new(Order::after(seq - 1)));
                }
                self.accept(id, seq, published, now);
                if !is_followed {
                    // What came before was passed over, as nobody's here; something of it may have overtaken this.
                    self.doubt(id);
                }
            }
            Event::Receipt(receipt) => {
                let topic = match receipt.audience {
                    Audience::Participants => Topic::Conversation(receipt.conversation_id),
                    Audience::OwnDevices => Topic::User(receipt.user_id),
                };
                self.deliver(topic, published, None);
            }
            Event::Presence(event) => self.tell_presence(event, published),
            Event::Typing(event) => self.tell_typing(event, published),
            #[cfg(feature = "planted-bugs")]
            Event::SessionsRevoked { .. } if planted::is(planted::Bug::LoggedOutHear) => {}
            Event::SessionsRevoked { user_id, sessions } => {
                let over = self.members.signed_in_by(*user_id, sessions);
                self.effects.extend(over.map(Effect::Close));
            }
        }
    }

    /// What the store has of a conversation after the place asked for: everything up to `seq`.
    pub fn repaired(&mut self, id: ConversationId, seq: Seq, events: Vec<Arc<Published>>, now: Duration) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let events = events.into_iter().filter_map(|event| Some((place(&event)?, event))).collect();
        let due = room.order.repaired(seq, events, now);
        self.tell(id, due, now);
        self.settle(id);
    }

    /// The conversation asked about is gone from the store.
    pub fn gone(&mut self, id: ConversationId, now: Duration) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let seq = room.order.passed() + 1;
        let kind = ConversationEventKind::Deleted;
        let event = domain::event::ConversationEvent { conversation_id: id, seq, kind };
        let event = Arc::new(Published { event: Event::Conversation(event), origin: None });
        self.tell(id, vec![(seq, event)], now);
    }

    /// The conversations that somebody here hears.
    pub fn followed(&self) -> Vec<ConversationId> {
        self.rooms.iter().filter(|(_, room)| !room.is_empty()).map(|(id, _)| *id).collect()
    }

    /// How far these conversations have got in the store, which knows no others of those asked for: what was lost and
    /// had no successor is noticed by that.
    pub fn compare(&mut self, asked: &[ConversationId], places: &HashMap<ConversationId, Seq>, now: Duration) {
        for &id in asked {
            match (self.rooms.get_mut(&id), places.get(&id)) {
                (Some(room), Some(seq)) => {
                    room.order.compare(*seq, now);
                    self.settle(id);
                }
                (Some(_), None) => self.doubt(id),
                (None, _) => {}
            }
        }
    }

    /// The store did not answer.
    pub fn repair_failed(&mut self, id: ConversationId, now: Duration) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.order.repair_failed(now);
            self.settle(id);
        }
    }

    /// Asks for repairs that are due, and forgets conversations that nobody follows.
    pub fn tick(&mut self, now: Duration) {
        let linger = self.account.window();
        let unsettled: Vec<ConversationId> = self.unsettled.iter().copied().collect();
        for id in unsettled {
            let Some(room) = self.rooms.get_mut(&id) else {
                self.unsettled.remove(&id);
                continue;
            };
            if room.empty_since().is_some_and(|since| now.saturating_sub(since) >= linger) {
                self.rooms.remove(&id);
                self.unsettled.remove(&id);
            } else if let Some(after) = room.order.overdue(now) {
                self.effects.push(Effect::Repair(id, after));
            }
        }
    }

    /// When [`tick`](Self::tick) has something to do next.
    pub fn deadline(&self) -> Option<Duration> {
        let linger = self.account.window();
        let rooms = self.unsettled.iter().filter_map(|id| self.rooms.get(id));
        let due = rooms.filter_map(|room| {
            let forget = room.empty_since().map(|since| since + linger);
            room.order.deadline().into_iter().chain(forget).min()
        });
        due.min()
    }

    /// What is to be done, in this order.
    pub fn effects(&mut self) -> std::vec::Drain<'_, Effect<L>> {
        self.effects.drain(..)
    }

    fn accept(&mut self, id: ConversationId, seq: Seq, published: &Arc<Published>, now: Duration) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let due = room.order.accept(seq, Arc::clone(published), now);
        self.tell(id, due, now);
        self.settle(id);
    }

    pub(super) fn enter_everywhere(&mut self, id: ConversationId, user: UserId, seq: Seq) {
        for link in self.members.of(user).to_vec() {
            self.enter(id, user, link, seq);
        }
    }

    pub(super) fn enter(&mut self, id: ConversationId, user: UserId, link: L, seq: Seq) {
        let Some(lane) = self.members.enter(link, id, self.account.last()) else { return };
        let room = self.rooms.entry(id).or_insert_with(|| Room::new(Order::after(seq)));
        room.insert(user, link, lane);
        self.effects.push(Effect::Join(link, Topic::Conversation(id), lane));
        self.settle(id);
    }

    pub(super) fn exit(&mut self, id: ConversationId, user: UserId, now: Duration) {
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::RemovedHear) {
            return;
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        for link in room.links_of(user) {
            let lane = self.members.leave(link, id, self.account.last()).unwrap_or_default();
            room.remove(link, lane, now);
            self.effects.push(Effect::Leave(link, Topic::Conversation(id)));
        }
        self.settle(id);
    }

    /// Brings a person's connections to the lanes they belong in now.
    fn stand(&mut self, user: UserId, id: ConversationId) {
        for (link, from, to) in self.members.settle(user, id) {
            if let Some(room) = self.rooms.get_mut(&id) {
                room.change(from, to);
            }
            self.effects.push(Effect::Join(link, Topic::Conversation(id), to));
        }
    }

    pub(super) fn drop_room(&mut self, id: ConversationId) {
        self.unsettled.remove(&id);
        for link in self.rooms.remove(&id).map(Room::into_links).unwrap_or_default() {
            self.effects.push(Effect::Leave(link, Topic::Conversation(id)));
            self.members.leave(link, id, self.account.last());
        }
    }

    fn doubt(&mut self, id: ConversationId) {
        if let Some(room) = self.rooms.get_mut(&id) {
            let after = room.order.doubt();
            self.effects.push(Effect::Repair(id, after));
        }
    }

    fn settle(&mut self, id: ConversationId) {
        let Some(room) = self.rooms.get(&id) else { return };
        if room.is_empty() || room.order.deadline().is_some() {
            self.unsettled.insert(id);
        } else {
            self.unsettled.remove(&id);
        }
    }
}

/// The place of an event in its conversation.
pub(super) fn place(published: &Published) -> Option<Seq> {
    match &published.event {
        Event::Conversation(event) => Some(event.seq),
        _ => None,
    }
}
