//! What was said.

use std::sync::Arc;

use domain::message::{MessageView, Refusal};
use domain::repository::{ConversationRepository, HistoryRange, MessageRepository};
use domain::{ConversationId, Limit, MessageId, Page, Seq};

use super::MessageError;
use crate::Caller;

/// A place in a history: a message, or the place of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// A place.
    Seq(Seq),
    /// A message.
    Message(MessageId),
}

/// Reads a page of a conversation's history.
pub struct ReadHistory {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the messages.
    pub messages: Arc<dyn MessageRepository>,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryPage {
    /// The newest.
    Latest,
    /// The nearest before.
    Before(Around),
    /// The nearest after.
    After(Around),
}

impl ReadHistory {
    /// The page, newest first; `ConversationNotFound`, `NotParticipant`, or `MessageNotFound` for a cursor that is no
    /// message of this conversation.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        page: HistoryPage,
        limit: Limit,
    ) -> Result<Page<MessageView>, MessageError> {
        let standing = self.conversations.standing(id, caller.user_id).await?.ok_or(Refusal::ConversationNotFound)?;
        standing.participant.ok_or(Refusal::NotParticipant)?;
        let range = match page {
            HistoryPage::Latest => HistoryRange::Latest,
            HistoryPage::Before(around) => HistoryRange::Before(self.place(id, around).await?),
            HistoryPage::After(around) => HistoryRange::After(self.place(id, around).await?),
        };
        Ok(self.messages.history(id, range, limit).await?)
    }

    async fn place(&self, id: ConversationId, around: Around) -> Result<Seq, MessageError> {
        match around {
            Around::Seq(seq) => Ok(seq),
            Around::Message(message) => Ok(self.messages.find(id, message).await?.ok_or(Refusal::MessageNotFound)?.seq),
        }
    }
}
