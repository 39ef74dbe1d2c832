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
