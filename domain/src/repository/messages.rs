use async_trait::async_trait;

use super::{Rejected, RepositoryError};
use crate::conversation::Venue;
use crate::message::{Addressed, Draft, Message, MessageView, Refusal, Revision};
use crate::{ConversationId, Limit, MessageId, Page, Seq, Timestamp, UserId};

/// What posting came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// The message is new, and stored, there.
    New(MessageView, Venue),
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

/// The state of a history. While it is the same, so is each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryVersion {
    /// When the conversation was made: once it is deleted, another may get its id.
    pub created_at: Timestamp,
    /// The place of the conversation's last change.
    pub seq: Seq,
    /// How often anybody's profile has changed: pages show senders as they are now.
    pub profile_changes: i64,
}

/// Messages.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait MessageRepository: Send + Sync {
    /// Posts a message: decides by [`Draft::admit`], takes the conversation's next place, stores. Callers may be
    /// grouped into one commit. What is new is published after it in the order of `seq`, whether the caller waits for
    /// that or not, and then answered.
    async fn append(&self, draft: Draft) -> Result<Appended, Rejected<Refusal>>;

    /// Edits or deletes a message by [`Message::revise`], at the conversation's next place.
    async fn revise(&self, revision: &Revision) -> Result<Revised, Rejected<Refusal>>;

    /// A page of history as `viewer` may read it, newest first whatever the range; `has_more` looks in the range's
    /// direction. It is empty for who takes no part.
    async fn history(
        &self,
        conversation_id: ConversationId,
        viewer: UserId,
        range: HistoryRange,
        limit: Limit,
    ) -> Result<Page<MessageView>, RepositoryError>;

    /// The state of a history; `None` for who takes no part. It is cheaper than a page, and never later than a page that
    /// is read after it: a page is still right as long as the state is what it was before the page was read.
    async fn history_version(
        &self,
        conversation_id: ConversationId,
        viewer: UserId,
    ) -> Result<Option<HistoryVersion>, RepositoryError>;

    /// The newest messages of a conversation that are older than `before`, newest first and without tombstones. Times
    /// are told apart within a conversation, so the time of the last one is where the next page begins.
    async fn said(
        &self,
        conversation_id: ConversationId,
        before: Option<Timestamp>,
        limit: Limit,
    ) -> Result<Vec<Addressed>, RepositoryError>;

    /// The newest message of each conversation a person takes part in, tombstones passed over, if it is older than
    /// `before`; newest first. Messages of different conversations may share a moment: those that share it with the
    /// last one come along beyond the limit, so that its time is where the next page begins.
    async fn latest(
        &self,
        user_id: UserId,
        before: Option<Timestamp>,
        limit: Limit,
    ) -> Result<Vec<Addressed>, RepositoryError>;

    /// A message of a conversation.
    async fn find(&self, conversation_id: ConversationId, id: MessageId) -> Result<Option<Message>, RepositoryError>;
}
