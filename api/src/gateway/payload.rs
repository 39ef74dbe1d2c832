//! What events carry, the same in every dialect that speaks the common vocabulary.

use domain::Seq;
use domain::event::{ConversationEvent, ConversationEventKind, Event, ParticipantEvent, PresenceEvent, Receipt};
use domain::presence::Presence;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::document::catalogue;
use crate::dto::{MessageDto, ProfileDto, RoleDto, SharedConversationDto, StatusDto, Time};

/// What an event carries; its name is told beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// A message was posted.
    MessageReceived(Box<MessageDto>),
    /// A message was edited.
    MessageUpdated(Box<MessageDto>),
    /// A message became a tombstone.
    MessageDeleted(Box<MessageDto>),
    /// A conversation was made.
    ConversationCreated(Box<SharedConversationDto>),
    /// Name, picture or policy changed.
    ConversationUpdated(Box<SharedConversationDto>),
    /// A conversation is gone.
    ConversationDeleted(ConversationDeletedDto),
    /// Somebody came in.
    ParticipantAdded(Box<ParticipantEventDto>),
    /// Somebody went out.
    ParticipantRemoved(Box<ParticipantEventDto>),
    /// Somebody has another role.
    ParticipantUpdated(Box<ParticipantEventDto>),
    /// Somebody read on.
    ReceiptUpdated(ReceiptDto),
    /// Somebody is there, and how.
    UserOnline(UserOnlineDto),
    /// Somebody has gone.
    UserOffline(UserOfflineDto),
    /// Somebody begins or ends typing.
    TypingUpdate(TypingDto),
}

/// Which conversation is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeletedDto {
    /// Which.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// The place of its end.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
}

/// Somebody came, went, or has another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantEventDto {
    /// Where.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// Its place.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// Who.
    pub user: ProfileDto,
    /// The role they have, or had.
    #[schema(example = "member")]
    pub role: RoleDto,
    /// Who did it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub by: Uuid,
}

/// How far somebody has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptDto {
    /// Where.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// Who.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub user_id: Uuid,
    /// Up to which place.
    #[schema(value_type = i64, example = 12)]
    pub last_read_seq: Seq,
}

/// Somebody is there, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserOnlineDto {
    /// Who.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub user_id: Uuid,
    /// The name to show.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// How they say they are.
    #[schema(example = "online")]
    pub status: StatusDto,
}

/// Somebody has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserOfflineDto {
    /// Who.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub user_id: Uuid,
    /// When their last connection ended.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-21T09:30:00.000Z")]
    pub last_seen_at: Option<Time>,
}

/// Somebody begins or ends typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypingDto {
    /// Where.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// Who.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub user_id: Uuid,
    /// Whether they type now.
    #[schema(example = true)]
    pub is_typing: bool,
}

impl Payload {
    /// The name of the event on the wire.
    pub fn name(&self) -> &'static str {
        catalogue::name(self)
    }

    /// The payload as JSON. `None` cannot be: these are plain structs with string keys.
    pub fn json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// What clients are told of an event, if anything.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Conversation(event) => Some(Self::of_conversation(event)),
            Event::Receipt(receipt) => Some(Self::ReceiptUpdated(receipt.into())),
            Event::Presence(event) => Some(Self::of_presence(event)),
            Event::Typing(event) => Some(Self::TypingUpdate(TypingDto {
                conversation_id: event.conversation_id.0,
                user_id: event.user_id.0,
                is_typing: event.is_typing,
            })),
            Event::SessionsRevoked { .. } => None,
        }
    }

    fn of_presence(event: &PresenceEvent) -> Self {
        let user_id = event.user_id.0;
        match event.presence {
            Presence::Online(status) => {
                Self::UserOnline(UserOnlineDto { user_id, name: event.name.clone(), status: status.into() })
            }
            Presence::Offline(at) => Self::UserOffline(UserOfflineDto { user_id, last_seen_at: at.map(Time::from) }),
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
                by: who.by.id.0,
            })
        };
        match &event.kind {
            ConversationEventKind::Created(view, _) => Self::ConversationCreated(conversation(view)),
            ConversationEventKind::Updated(view) => Self::ConversationUpdated(conversation(view)),
            ConversationEventKind::Deleted => Self::ConversationDeleted(ConversationDeletedDto {
                conversation_id: event.conversation_id.0,
                seq: event.seq,
            }),
            ConversationEventKind::MessagePosted(view, _) => Self::MessageReceived(message(view)),
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
