//! What events carry, the same in every dialect that speaks the common vocabulary.

use domain::Seq;
use domain::event::{ConversationEvent, ConversationEventKind, Event, ParticipantEvent, PresenceEvent, Receipt};
use domain::presence::Presence;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

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

/// Somebody is there, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserOnlineDto {
    /// Who.
    pub user_id: Uuid,
    /// The name to show.
    pub name: String,
    /// How they say they are.
    pub status: StatusDto,
}

/// Somebody has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserOfflineDto {
    /// Who.
    pub user_id: Uuid,
    /// When their last connection ended.
    pub last_seen_at: Option<Time>,
}

/// Somebody begins or ends typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypingDto {
    /// Where.
    pub conversation_id: Uuid,
    /// Who.
    pub user_id: Uuid,
    /// Whether they type now.
    pub is_typing: bool,
}

impl Payload {
    /// The name of the event on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessageReceived(_) => "message:received",
            Self::MessageUpdated(_) => "message:updated",
            Self::MessageDeleted(_) => "message:deleted",
            Self::ConversationCreated(_) => "conversation:created",
            Self::ConversationUpdated(_) => "conversation:updated",
            Self::ConversationDeleted(_) => "conversation:deleted",
            Self::ParticipantAdded(_) => "participant:added",
            Self::ParticipantRemoved(_) => "participant:removed",
            Self::ParticipantUpdated(_) => "participant:updated",
            Self::ReceiptUpdated(_) => "receipt:updated",
            Self::UserOnline(_) => "user:online",
            Self::UserOffline(_) => "user:offline",
            Self::TypingUpdate(_) => "typing:update",
        }
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
