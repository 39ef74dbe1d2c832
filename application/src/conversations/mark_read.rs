//! Read positions.

use std::sync::Arc;

use domain::conversation::{ReadState, Refusal};
use domain::event::{Audience, Event, Receipt};
use domain::repository::{ConversationRepository, MessageRepository};
use domain::{ConversationId, MessageId, Seq};

use super::ConversationError;
use crate::Caller;
use crate::ports::EventPublisher;

/// Up to where somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadUpTo {
    /// A place.
    Seq(Seq),
    /// A message.
    Message(MessageId),
}

/// Moves the caller's read position, only ever forward.
pub struct MarkRead {
    /// Stores it.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Knows a message's place.
    pub messages: Arc<dyn MessageRepository>,
    /// Tells the others.
    pub events: Arc<dyn EventPublisher>,
}

impl MarkRead {
    /// The position and what is unread then; `NotFound`, `NotParticipant` or `MessageNotFound`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        up_to: ReadUpTo,
    ) -> Result<ReadState, ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        let seq = match up_to {
            ReadUpTo::Seq(seq) => seq,
            ReadUpTo::Message(message) => {
                self.messages.find(id, message).await?.ok_or(ConversationError::MessageNotFound)?.seq
            }
        };
        let read = self.conversations.mark_read(id, caller.user_id, seq).await?.ok_or(Refusal::NotParticipant)?;
        if read.moved {
            let audience = if read.participant_count > Receipt::MAX_AUDIENCE {
                Audience::OwnDevices
            } else {
                Audience::Participants
            };
            let receipt =
                Receipt { conversation_id: id, user_id: caller.user_id, last_read_seq: read.last_read_seq, audience };
            self.events.publish(caller.caused(Event::Receipt(receipt))).await;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::Standing;
    use domain::message::Message;
    use domain::repository::{MockConversationRepository, MockMessageRepository};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{ADA, CALLER, HELLO, Recorder, STRANGER, TEAM, hello, ready, shown, standing};

    fn read(moved: bool, participant_count: i64) -> ReadState {
        ReadState { last_read_seq: 5, unread_count: 2, moved, participant_count }
    }

    /// A store where Ada stands like this.
    fn stands(standing: Option<Standing>) -> MockConversationRepository {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        conversations
    }

    /// A store that must move Ada's position to 6, and answers so.
    fn moves_to_6(answer: Option<ReadState>) -> MockConversationRepository {
        let mut conversations = stands(Some(standing(7)));
        conversations.expect_mark_read().with(eq(TEAM), eq(ADA), eq(6)).times(1).return_once(move |_, _, _| Ok(answer));
        conversations
    }

    fn finds(message: Option<Message>) -> MockMessageRepository {
        let mut messages = MockMessageRepository::new();
        messages.expect_find().with(eq(TEAM), eq(HELLO)).times(1).return_once(|_, _| Ok(message));
        messages
    }

    fn mark(
        conversations: MockConversationRepository,
        messages: MockMessageRepository,
        up_to: ReadUpTo,
    ) -> (Result<ReadState, ConversationError>, Arc<Recorder>) {
        let events = Arc::new(Recorder::default());
        let (conversations, messages) = (Arc::new(conversations), Arc::new(messages));
        let mark = MarkRead { conversations, messages, events: events.clone() };
        (ready(mark.execute(&CALLER, TEAM, up_to)), events)
    }

    #[test]
    fn a_position_moves_to_a_place_or_to_the_place_of_a_message() {
        let posted_at_6 = finds(Some(hello(6, 9).message));
        for (up_to, messages) in
            [(ReadUpTo::Seq(6), MockMessageRepository::new()), (ReadUpTo::Message(HELLO), posted_at_6)]
        {
            let (answer, _) = mark(moves_to_6(Some(read(true, 2))), messages, up_to);
            assert_eq!(answer.unwrap(), read(true, 2), "{up_to:?}");
        }
    }

    #[test]
    fn all_hear_of_it_among_up_to_100_people_and_beyond_only_the_readers_own_devices() {
        for (participant_count, audience) in
            [(2, Audience::Participants), (100, Audience::Participants), (101, Audience::OwnDevices)]
        {
            let conversations = moves_to_6(Some(read(true, participant_count)));
            let (_, events) = mark(conversations, MockMessageRepository::new(), ReadUpTo::Seq(6));
            let receipt = Receipt { conversation_id: TEAM, user_id: ADA, last_read_seq: 5, audience };
            assert_eq!(events.heard(), [CALLER.caused(Event::Receipt(receipt))], "{participant_count}");
        }
    }

    #[test]
    fn a_position_that_stays_is_not_told() {
        let conversations = moves_to_6(Some(read(false, 2)));
        let (answer, events) = mark(conversations, MockMessageRepository::new(), ReadUpTo::Seq(6));
        assert_eq!((answer.unwrap(), events.heard()), (read(false, 2), vec![]));
    }

    #[test]
    fn nothing_moves_for_strangers_in_what_is_not_there_or_to_a_message_of_another_conversation() {
        for (standing, messages, comes_to) in [
            (None, MockMessageRepository::new(), (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (Some(STRANGER), MockMessageRepository::new(), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
            (Some(standing(7)), finds(None), (ErrorKind::NotFound, "MESSAGE_NOT_FOUND", vec![])),
        ] {
            let (answer, events) = mark(stands(standing), messages, ReadUpTo::Message(HELLO));
            assert_eq!(shown(&answer.unwrap_err()), comes_to);
            assert_eq!(events.heard(), []);
        }
    }

    #[test]
    fn who_is_removed_while_marking_is_a_stranger() {
        let (answer, events) = mark(moves_to_6(None), MockMessageRepository::new(), ReadUpTo::Seq(6));
        assert_eq!((answer.unwrap_err().code(), events.heard()), ("FORBIDDEN", vec![]));
    }
}
