//! What changed in a conversation.

use domain::conversation::{Change, ChangePage, ParticipantChange};
use domain::{ConversationId, Seq};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MessageDto, ParticipantDto, SharedConversationDto, Time};

/// The present state of one thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeDto {
    /// The place of its last change.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// What it is.
    #[serde(flatten)]
    pub changed: ChangedDto,
}

/// The thing that changed, under the name of its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ChangedDto {
    /// A message was posted, edited or deleted.
    Message {
        /// The message now.
        message: Box<MessageDto>,
    },
    /// Somebody came, went, or has another role.
    Participant {
        /// The person and their part, as it is or was.
        participant: Box<ParticipantChangeDto>,
    },
    /// Name, picture or policy changed.
    Conversation {
        /// The conversation now.
        conversation: Box<SharedConversationDto>,
    },
}

/// Somebody who takes part, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantChangeDto {
    /// The person and their part.
    #[serde(flatten)]
    pub participant: ParticipantDto,
    /// When they went, if they are gone.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    pub left_at: Option<Time>,
}

impl From<ParticipantChange> for ParticipantChangeDto {
    fn from(change: ParticipantChange) -> Self {
        Self { participant: change.participant.into(), left_at: change.left_at.map(Time) }
    }
}

impl From<Change> for ChangeDto {
    fn from(change: Change) -> Self {
        let seq = change.seq();
        let changed = match change {
            Change::Message(view) => ChangedDto::Message { message: Box::new((*view).into()) },
            Change::Participant(_, change) => ChangedDto::Participant { participant: Box::new((*change).into()) },
            Change::Conversation(_, view) => ChangedDto::Conversation { conversation: Box::new((*view).into()) },
        };
        Self { seq, changed }
    }
}

/// A page of what changed in a conversation, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangesDto {
    /// Where.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// The conversation's present place.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// The changes.
    pub changes: Vec<ChangeDto>,
}

impl ChangesDto {
    /// The page of a conversation; whether more follow is said beside it.
    pub fn of(id: ConversationId, page: ChangePage) -> Self {
        let changes = page.changes.into_iter().map(ChangeDto::from).collect();
        Self { conversation_id: id.0, seq: page.seq, changes }
    }
}
