use async_trait::async_trait;

use super::{Rejected, RepositoryError};
use crate::message::{Draft, Message, MessageView, Refusal, Revision};
use crate::{ConversationId, Limit, MessageId, Page, Seq};

/// What posting came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// The message is new, and stored.
    New(MessageView),
    /// It was posted before; this is what is stored.
    Repeated(MessageView),
}

/// What a revision came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    /// The message now.
    pub view: MessageView,
    /// Whether that is a change.
    pub changed: bool,
}

/// Which part of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// The newest.
    Latest,
    /// The nearest before a place.
    Before(Seq),
    /// The nearest after a place.
    After(Seq),
}

/// Messages.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait MessageRepository: Send + Sync {
    /// Posts a message: decides by [`Draft::admit`], takes the conversation's next place, stores. Callers may be
    /// grouped into one commit; the answer comes after it.
    async fn append(&self, draft: Draft) -> Result<Appended, Rejected<Refusal>>;

    /// Edits or deletes a message by [`Message::revise`], at the conversation's next place.
    async fn revise(&self, revision: &Revision) -> Result<Revised, Rejected<Refusal>>;

    /// A page of history, newest first whatever the range; `has_more` looks in the range's direction.
    async fn history(
        &self,
        conversation_id: ConversationId,
        range: HistoryRange,
        limit: Limit,
    ) -> Result<Page<MessageView>, RepositoryError>;

    /// A message of a conversation.
    async fn find(&self, conversation_id: ConversationId, id: MessageId) -> Result<Option<Message>, RepositoryError>;
}
