//! Conversations and participants, read.

use std::sync::Arc;

use domain::conversation::{ConversationView, ParticipantView, Refusal, ViewerState};
use domain::repository::{ActivityCursor, ConversationReader, ConversationRepository};
use domain::{ConversationId, Limit, Page, Timestamp, UserId};

use super::ConversationError;
use crate::Caller;

/// Lists the caller's conversations.
pub struct ListConversations {
    /// Reads them.
    pub reader: Arc<dyn ConversationReader>,
}

impl ListConversations {
    /// A page of them, latest activity first.
    pub async fn execute(
        &self,
        caller: &Caller,
        after: Option<ActivityCursor>,
        limit: Limit,
    ) -> Result<Page<(ConversationView, ViewerState)>, ConversationError> {
        Ok(self.reader.list(caller.user_id, false, after, limit).await?)
    }
}

/// Shows one conversation.
pub struct GetConversation {
    /// Knows who takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads it.
    pub reader: Arc<dyn ConversationReader>,
}

impl GetConversation {
    /// The conversation as the caller sees it; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<(ConversationView, ViewerState), ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.view(id, caller.user_id).await?.ok_or(Refusal::NotFound)?)
    }
}

/// Lists who takes part.
pub struct ListParticipants {
    /// Knows whether the caller does.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the list.
    pub reader: Arc<dyn ConversationReader>,
}

impl ListParticipants {
    /// A page of them, oldest first; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Option<(Timestamp, UserId)>,
        limit: Limit,
    ) -> Result<Page<ParticipantView>, ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.participants(id, after, limit).await?)
    }
}
