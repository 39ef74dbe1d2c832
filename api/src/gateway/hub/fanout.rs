//! Who is told of an event.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::event::{ConversationEventKind, Event, PresenceEvent, Published, TypingEvent};
use domain::{ConversationId, Seq};

use super::core::Hub;
use super::effect::{Effect, Link, Topic};
use super::members::brought_in;

impl<L: Link> Hub<L> {
    /// Tells what is due in a conversation, and lets people in and out as it goes.
    pub(super) fn tell(&mut self, id: ConversationId, due: Vec<(Seq, Arc<Published>)>, now: Duration) {
        for (seq, published) in due {
            let Event::Conversation(event) = &published.event else { continue };
            // What a repair brings has not come by the bus, and may be news to connections that are opening.
            self.members.note(event);
            let position = Some(self.account.tell(id, seq, now));
            for late in self.rooms.get_mut(&id).into_iter().flat_map(|room| &mut room.late) {
                late.hear(seq, &published);
            }
            match &event.kind {
                ConversationEventKind::ParticipantRemoved(removed) => {
                    self.deliver(Topic::Conversation(id), &published, position);
                    self.exit(id, removed.user.id, now);
                }
                ConversationEventKind::Deleted => {
                    self.deliver(Topic::Conversation(id), &published, position);
                    self.drop_room(id);
                    return;
                }
                kind => {
                    for user in brought_in(kind) {
                        self.enter_everywhere(id, *user, seq);
                    }
                    self.deliver(Topic::Conversation(id), &published, position);
                }
            }
        }
    }

    /// Tells everyone who hears the topic.
    pub(super) fn deliver(&mut self, topic: Topic, published: &Arc<Published>, position: Option<u64>) {
        let (workers, lanes) = match topic {
            Topic::Conversation(id) => self.rooms.get(&id).map_or((0, 0), |room| (room.workers(), room.lanes())),
            Topic::User(user) => self.members.of(user).iter().fold((0, 0), |(workers, lanes), link| {
                (workers | 1 << link.worker(), lanes | self.members.plain_lane(*link).map_or(0, |lane| 1 << lane))
            }),
        };
        if workers != 0 {
            let origin = published.origin.and_then(|origin| self.members.from(origin));
            let event = Arc::clone(published);
            self.effects.push(Effect::Deliver { topic, workers, lanes, event, origin, position });
        }
    }

    /// Tells those who share a conversation with a person, and the person's own connections, each once.
    pub(super) fn tell_presence(&mut self, event: &PresenceEvent, published: &Arc<Published>) {
        let rooms = event.conversations.iter().filter_map(|id| self.rooms.get(id));
        let near = rooms.flat_map(|room| room.links().iter().map(|(_, link)| *link));
        let all: HashSet<L> = near.chain(self.members.of(event.user_id).iter().copied()).collect();
        let lane = |link| Some((link, self.members.plain_lane(link)?));
        self.effects.push(Effect::Tell(all.into_iter().filter_map(lane).collect(), Arc::clone(published)));
    }

    /// Tells those who look at a conversation, except the person who types.
    pub(super) fn tell_typing(&mut self, event: &TypingEvent, published: &Arc<Published>) {
        let id = event.conversation_id;
        let Some(room) = self.rooms.get(&id) else { return };
        let others = room.links().iter().filter(|(user, _)| *user != event.user_id);
        let looking = others.filter(|(_, link)| self.members.looks(*link, id));
        let told = looking.filter_map(|(_, link)| Some((*link, self.members.lane_of(*link, id)?)));
        self.effects.push(Effect::Tell(told.collect(), Arc::clone(published)));
    }
}
