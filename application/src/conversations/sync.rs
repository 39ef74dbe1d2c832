//! Catching up.

use std::sync::Arc;

use domain::conversation::{ChangePage, Refusal};
use domain::repository::{ConversationReader, ConversationRepository};
use domain::{ConversationId, Limit, Seq};

use super::ConversationError;
use crate::Caller;

/// Reads what changed in a conversation since the caller last heard of it.
pub struct ReadChanges {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the changes.
    pub reader: Arc<dyn ConversationReader>,
}

impl ReadChanges {
    /// A page of changes after a place; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Seq,
        limit: Limit,
    ) -> Result<ChangePage, ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.changes(id, after, limit).await?.ok_or(Refusal::NotFound)?)
    }
}

/// Looks at a conversation over a connection.
pub struct Join {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
}

impl Join {
    /// The conversation's last place; `NotFound` or `NotParticipant`.
    pub async fn execute(&self, caller: &Caller, id: ConversationId) -> Result<Seq, ConversationError> {
        let standing = self.conversations.standing(id, caller.user_id).await?;
        Ok(ConversationError::admit(standing)?.0)
    }
}
