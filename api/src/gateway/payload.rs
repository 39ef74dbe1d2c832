//! What events carry, the same in every dialect that speaks the common vocabulary.

use domain::Seq;
use domain::event::{ConversationEvent, ConversationEventKind, Event, ParticipantEvent, Receipt};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::{MessageDto, ProfileDto, RoleDto, SharedConversationDto};

/// An event under its name on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", content = "data")]
pub enum Payload {
    /// A message was posted.
    #[serde(rename = "message:received")]
    MessageReceived(Box<MessageDto>),
    /// A message was edited.
    #[serde(rename = "message:updated")]
    MessageUpdated(Box<MessageDto>),
    /// A message became a tombstone.
    #[serde(rename = "message:deleted")]
    MessageDeleted(Box<MessageDto>),
    /// A conversation was made.
    #[serde(rename = "conversation:created")]
    ConversationCreated(Box<SharedConversationDto>),
    /// Name, picture or policy changed.
    #[serde(rename = "conversation:updated")]
    ConversationUpdated(Box<SharedConversationDto>),
    /// A conversation is gone.
    #[serde(rename = "conversation:deleted")]
    ConversationDeleted(ConversationDeletedDto),
    /// Somebody came in.
    #[serde(rename = "participant:added")]
    ParticipantAdded(Box<ParticipantEventDto>),
    /// Somebody went out.
    #[serde(rename = "participant:removed")]
    ParticipantRemoved(Box<ParticipantEventDto>),
    /// Somebody has another role.
    #[serde(rename = "participant:updated")]
    ParticipantUpdated(Box<ParticipantEventDto>),
    /// Somebody read on.
    #[serde(rename = "receipt:updated")]
    ReceiptUpdated(ReceiptDto),
}

/// Which conversation is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeletedDto {
    /// Which.
    pub conversation_id: Uuid,
    /// The place of its end.
    pub seq: Seq,
}

/// Somebody came, went, or has another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantEventDto {
    /// Where.
    pub conversation_id: Uuid,
    /// Its place.
    pub seq: Seq,
    /// Who.
    pub user: ProfileDto,
    /// The role they have, or had.
    pub role: RoleDto,
    /// Who did it.
    pub by: Uuid,
}

/// How far somebody has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptDto {
    /// Where.
    pub conversation_id: Uuid,
    /// Who.
    pub user_id: Uuid,
    /// Up to which place.
    pub last_read_seq: Seq,
}

impl Payload {
    /// What clients are told of an event, if anything.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Conversation(event) => Some(Self::of_conversation(event)),
            Event::Receipt(receipt) => Some(Self::ReceiptUpdated(receipt.into())),
            Event::SessionsRevoked { .. } => None,
        }
    }

    fn of_conversation(event: &ConversationEvent) -> Self {
        let message = |view: &domain::message::MessageView| Box::new(MessageDto::from(view.clone()));
        let conversation =
            |view: &domain::conversation::ConversationView| Box::new(SharedConversationDto::from(view.clone()));
        let participant = |who: &ParticipantEvent| {
            Box::new(ParticipantEventDto {
                conversation_id: event.conversation_id.0,
                seq: event.seq,
                user: who.user.clone().into(),
                role: who.role.into(),
                by: who.by.0,
            })
        };
        match &event.kind {
            ConversationEventKind::Created(view, _) => Self::ConversationCreated(conversation(view)),
            ConversationEventKind::Updated(view) => Self::ConversationUpdated(conversation(view)),
            ConversationEventKind::Deleted => Self::ConversationDeleted(ConversationDeletedDto {
                conversation_id: event.conversation_id.0,
                seq: event.seq,
            }),
            ConversationEventKind::MessagePosted(view) => Self::MessageReceived(message(view)),
            ConversationEventKind::MessageEdited(view) => Self::MessageUpdated(message(view)),
            ConversationEventKind::MessageDeleted(view) => Self::MessageDeleted(message(view)),
            ConversationEventKind::ParticipantAdded(who) => Self::ParticipantAdded(participant(who)),
            ConversationEventKind::ParticipantRemoved(who) => Self::ParticipantRemoved(participant(who)),
            ConversationEventKind::ParticipantUpdated(who) => Self::ParticipantUpdated(participant(who)),
        }
    }
}

impl From<&Receipt> for ReceiptDto {
    fn from(receipt: &Receipt) -> Self {
        Self {
            conversation_id: receipt.conversation_id.0,
            user_id: receipt.user_id.0,
            last_read_seq: receipt.last_read_seq,
        }
    }
}
