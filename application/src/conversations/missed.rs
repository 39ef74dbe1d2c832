//! Events that a bus lost, made again from what is stored.

use std::sync::Arc;

use domain::conversation::{Change, ParticipantChange, Venue};
use domain::event::{ConversationEvent, ConversationEventKind, ParticipantEvent};
use domain::message::MessageView;
use domain::repository::{ConversationReader, RepositoryError};
use domain::{ConversationId, Limit, Seq};

/// How many changes are read at once.
const PAGE: i64 = Limit::MAX as i64;

/// What came after a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// These events; everything up to `seq` is in them. A thing that changed twice is told once, as it is now.
    Events {
        /// The place up to which the events tell everything.
        seq: Seq,
        /// The events, in order.
        events: Vec<ConversationEvent>,
        /// Whether there was more already.
        has_more: bool,
    },
    /// The conversation is gone.
    Gone,
}

/// Reads what a hub has missed of a conversation. It is for the hub, not for callers: nobody's part is checked.
pub struct ReadMissed {
    /// Reads the changes.
    pub reader: Arc<dyn ConversationReader>,
}

impl ReadMissed {
    /// How far conversations have got; those that are gone are left out.
    pub async fn places(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, Seq)>, RepositoryError> {
        self.reader.places(ids).await
    }

    /// One page of what came after `after`.
    pub async fn execute(&self, id: ConversationId, after: Seq) -> Result<Missed, RepositoryError> {
        let limit = Limit::new(PAGE).unwrap_or_default();
        let Some(page) = self.reader.changes(id, after, limit).await? else { return Ok(Missed::Gone) };
        let last = page.changes.last().map_or(after, Change::seq);
        let seq = if page.has_more { last } else { page.seq.max(after) };
        let events = page.changes.into_iter().map(|change| retell(id, &page.venue, after, change)).collect();
        Ok(Missed::Events { seq, events, has_more: page.has_more })
    }
}

/// The event that tells a change to somebody who knows everything up to `after`.
fn retell(conversation_id: ConversationId, venue: &Venue, after: Seq, change: Change) -> ConversationEvent {
    let seq = change.seq();
    let kind = match change {
        Change::Message(view) => message(venue, after, view),
        Change::Participant(_, change) => participant(after, *change),
        Change::Conversation(_, mut view) => {
            view.seq = seq;
            ConversationEventKind::Updated(view)
        }
    };
    ConversationEvent { conversation_id, seq, kind }
}

fn message(venue: &Venue, after: Seq, view: Box<MessageView>) -> ConversationEventKind {
    if view.message.deleted_at.is_some() {
        ConversationEventKind::MessageDeleted(view)
    } else if view.message.seq > after {
        ConversationEventKind::MessagePosted(view, venue.clone())
    } else {
        ConversationEventKind::MessageEdited(view)
    }
}

fn participant(after: Seq, change: ParticipantChange) -> ConversationEventKind {
    let event =
        Box::new(ParticipantEvent { user: change.participant.profile, role: change.participant.role, by: change.by });
    if change.left_at.is_some() {
        ConversationEventKind::ParticipantRemoved(event)
    } else if change.joined_seq > after {
        ConversationEventKind::ParticipantAdded(event)
    } else {
        ConversationEventKind::ParticipantUpdated(event)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::conversation::{ChangePage, ParticipantView, Role};
    use domain::message::Message;
    use domain::repository::MockConversationReader;
    use mockall::predicate::eq;

    use super::*;
    use crate::testing::{ADA, BOB, NOW, TEAM, hello, outage, profile, ready, team, venue};

    /// What comes of reading after place 4, if the store answers this.
    fn missed_after_4(answer: Option<ChangePage>) -> Missed {
        let limit = Limit::new(100).unwrap();
        let mut reader = MockConversationReader::new();
        reader.expect_changes().with(eq(TEAM), eq(4), eq(limit)).times(1).return_once(|_, _, _| Ok(answer));
        ready(ReadMissed { reader: Arc::new(reader) }.execute(TEAM, 4)).unwrap()
    }

    fn message(seq: Seq, changed_seq: Seq, deleted_at: Option<Timestamp>) -> Box<MessageView> {
        let view = hello(seq, changed_seq);
        Box::new(MessageView { message: Message { deleted_at, ..view.message }, ..view })
    }

    /// Bob, an admin by Ada's will, last came in at that place.
    fn bob(joined_seq: Seq, left_at: Option<Timestamp>) -> Box<ParticipantChange> {
        let participant = ParticipantView { profile: profile(BOB, "bob"), role: Role::Admin, joined_at: NOW };
        Box::new(ParticipantChange { participant, joined_seq, left_at, by: profile(ADA, "ada") })
    }

    #[test]
    fn a_change_is_retold_as_what_it_is_to_who_knows_everything_before() {
        use Change::{Conversation, Message, Participant};
        use ConversationEventKind::{
            MessageDeleted, MessageEdited, MessagePosted, ParticipantAdded, ParticipantRemoved, ParticipantUpdated,
            Updated,
        };
        let of_bob =
            || Box::new(ParticipantEvent { user: profile(BOB, "bob"), role: Role::Admin, by: profile(ADA, "ada") });
        let gone = Some(NOW);
        for (change, seq, kind) in [
            (Message(message(6, 6, None)), 6, MessagePosted(message(6, 6, None), venue())),
            (Message(message(5, 6, None)), 6, MessagePosted(message(5, 6, None), venue())),
            (Message(message(4, 6, None)), 6, MessageEdited(message(4, 6, None))),
            (Message(message(4, 6, gone)), 6, MessageDeleted(message(4, 6, gone))),
            (Message(message(5, 6, gone)), 6, MessageDeleted(message(5, 6, gone))),
            (Participant(6, bob(6, None)), 6, ParticipantAdded(of_bob())),
            (Participant(6, bob(5, None)), 6, ParticipantAdded(of_bob())),
            (Participant(6, bob(4, None)), 6, ParticipantUpdated(of_bob())),
            (Participant(6, bob(4, gone)), 6, ParticipantRemoved(of_bob())),
            (Participant(6, bob(5, gone)), 6, ParticipantRemoved(of_bob())),
            (Conversation(6, Box::new(team(9))), 6, Updated(Box::new(team(6)))),
        ] {
            let missed = missed_after_4(Some(ChangePage {
                venue: venue(),
                seq: 9,
                changes: vec![change.clone()],
                has_more: false,
            }));
            let event = ConversationEvent { conversation_id: TEAM, seq, kind };
            assert_eq!(missed, Missed::Events { seq: 9, events: vec![event], has_more: false }, "{change:?}");
        }
    }

    #[test]
    fn a_page_tells_everything_up_to_its_last_change_and_the_last_page_up_to_the_present() {
        let two = || vec![Change::Message(message(5, 5, None)), Change::Participant(6, bob(6, None))];
        for (changes, has_more, present, told_up_to) in [
            (two(), true, 9, 6),
            (two(), false, 9, 9),
            (vec![], false, 9, 9),
            (vec![], false, 4, 4),
            // The store is behind what the hub knows: the hub does not go back.
            (vec![], false, 3, 4),
        ] {
            let places: Vec<Seq> = changes.iter().map(Change::seq).collect();
            let missed = missed_after_4(Some(ChangePage { venue: venue(), seq: present, changes, has_more }));
            let Missed::Events { seq, events, has_more: more } = missed else { panic!("the conversation is there") };
            let told: Vec<Seq> = events.iter().map(|event| event.seq).collect();
            assert_eq!((seq, told, more), (told_up_to, places, has_more));
        }
    }

    #[test]
    fn a_conversation_that_is_not_there_is_gone() {
        assert_eq!(missed_after_4(None), Missed::Gone);
    }

    #[test]
    fn a_conversation_that_cannot_be_read_is_not_gone() {
        let mut reader = MockConversationReader::new();
        reader.expect_changes().times(1).returning(|_, _, _| Err(outage()));
        let failed = ready(ReadMissed { reader: Arc::new(reader) }.execute(TEAM, 4)).unwrap_err();
        assert!(matches!(failed, RepositoryError::Unavailable(_)), "{failed}");
    }
}
