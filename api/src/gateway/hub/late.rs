//! Who came into a conversation at a place before the one from which it is followed here.
//!
//! Somebody's connection may open, and have the conversation followed from its present place on, between the commit
//! that brings somebody else in and the word of it on the bus; or while somebody else's connection opens that read
//! where it takes part before that place. What the hub has told says nothing of such people, so the repository is
//! asked: they are let in if they still take part, and told what they have missed.

use std::collections::HashMap;
use std::sync::Arc;

use domain::event::{ConversationEvent, ConversationEventKind, Event, Published};
use domain::{ConversationId, Seq, UserId};

use super::core::{Hub, place};
use super::effect::{Effect, Link};
use super::room::Room;

/// Those who wait to be let in, until the repository has said whether they take part and what they have missed.
pub struct Latecomers {
    question: u64,
    users: Vec<UserId>,
    /// The place from which on they are told everything.
    after: Seq,
    /// The event that brought them in, which is told first.
    came: Option<Arc<Published>>,
    /// What the repository has after the place, as far as it was read.
    missed: Vec<Arc<Published>>,
    /// What was told here since it was asked.
    told: Vec<(Seq, Arc<Published>)>,
}

impl Latecomers {
    /// Something is told meanwhile. Who is removed by it does not come any more.
    pub(super) fn hear(&mut self, seq: Seq, published: &Arc<Published>) {
        if let Event::Conversation(ConversationEvent {
            kind: ConversationEventKind::ParticipantRemoved(gone), ..
        }) = &published.event
        {
            self.users.retain(|user| *user != gone.user.id);
        }
        self.told.push((seq, Arc::clone(published)));
    }

    /// Everything up to what is told here, when the repository was read up to `seq`.
    fn all(self, seq: Seq, passed: Seq) -> Vec<Arc<Published>> {
        let missed = self.missed.into_iter().filter(|event| place(event).is_some_and(|at| at <= passed));
        let told = self.told.into_iter().filter(|(at, _)| *at > seq).map(|(_, event)| event);
        self.came.into_iter().chain(missed).chain(told).collect()
    }
}

impl<L: Link> Hub<L> {
    /// An event came whose place is before the one from which its conversation is followed here. Those whom it brought
    /// in are let in if they still take part.
    pub(super) fn late(&mut self, published: &Arc<Published>, event: &ConversationEvent) {
        let users = self.members.absent(event);
        let is_late = |room: &Room<L>| event.seq <= room.begun;
        if !users.is_empty() && self.rooms.get(&event.conversation_id).is_some_and(is_late) {
            self.let_in(event.conversation_id, users, event.seq, Some(Arc::clone(published)));
        }
    }

    /// A connection opens that knows the conversation up to `seq`, where its person took part.
    pub(super) fn admit(&mut self, id: ConversationId, user: UserId, link: L, seq: Seq) {
        if self.rooms.get(&id).is_some_and(|room| seq < room.begun) {
            // That they left between there and here would not have been heard.
            self.let_in(id, vec![user], seq, None);
        } else {
            self.enter(id, user, link, seq);
        }
    }

    fn let_in(&mut self, id: ConversationId, users: Vec<UserId>, after: Seq, came: Option<Arc<Published>>) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        self.questions += 1;
        let question = self.questions;
        room.late.push(Latecomers { question, users, after, came, missed: Vec::new(), told: Vec::new() });
        self.effects.push(Effect::CatchUp { id, question, after });
    }

    /// The answer to a question, or a part of it: what the repository has after the place asked for and up to `seq`.
    pub fn caught_up(
        &mut self,
        id: ConversationId,
        question: u64,
        seq: Seq,
        events: Vec<Arc<Published>>,
        has_more: bool,
    ) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(at) = room.late.iter().position(|late| late.question == question) else { return };
        room.late[at].missed.extend(events);
        if has_more {
            self.effects.push(Effect::CatchUp { id, question, after: seq });
            return;
        }
        let (mut late, passed) = (room.late.swap_remove(at), room.order.passed());
        let (users, moves, after) = (std::mem::take(&mut late.users), last_moves(&late.missed), late.after);
        let events = late.all(seq, passed);
        for user in users {
            // Only their last coming counts; if it is not told here yet, it will be.
            let from = match moves.get(&user) {
                Some((_, false)) => continue,
                Some((at, true)) if *at > passed => continue,
                Some((at, true)) => *at,
                None => after,
            };
            let missed = events.iter().filter(|event| place(event).is_some_and(|at| at >= from));
            self.bring_in(id, user, passed, &missed.collect::<Vec<_>>());
        }
    }

    fn bring_in(&mut self, id: ConversationId, user: UserId, passed: Seq, missed: &[&Arc<Published>]) {
        // Who is opening may hear it once open.
        self.members.note_one(id, passed, user, true);
        for link in self.members.of(user).to_vec() {
            if self.members.hears(link, id) {
                continue;
            }
            self.enter(id, user, link, passed);
            let Some(lane) = self.members.lane_of(link, id) else { continue };
            let told = missed.iter().map(|event| Effect::Tell(vec![(link, lane)], Arc::clone(*event)));
            self.effects.extend(told);
        }
    }
}

/// The last that these events tell of each membership: where, and whether they came.
fn last_moves(events: &[Arc<Published>]) -> HashMap<UserId, (Seq, bool)> {
    let moves = events.iter().filter_map(|published| {
        let Event::Conversation(event) = &published.event else { return None };
        match &event.kind {
            ConversationEventKind::ParticipantAdded(added) => Some((added.user.id, (event.seq, true))),
            ConversationEventKind::ParticipantRemoved(removed) => Some((removed.user.id, (event.seq, false))),
            _ => None,
        }
    });
    moves.collect()
}
