//! What goes over the wire in `/chats`: payloads and their schemas from the same types.

use domain::message::MessageView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::{RefusalDto, Time};

/// A room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomDto {
    /// The id of the room, which is the conversation's.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Uuid,
}

/// What somebody says in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomMessageDto {
    /// Always `private`.
    #[serde(rename = "type")]
    #[schema(example = "private")]
    pub kind: RoomKindDto,
    /// The id of the room.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Uuid,
    /// What is said.
    pub content: SayTextDto,
}

/// The one kind of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomKindDto {
    /// Only who takes part gets in.
    Private,
}

/// The one kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentKindDto {
    /// Text.
    Text,
}

/// Text to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SayTextDto {
    /// Always `text`.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    pub kind: ContentKindDto,
    /// The text: 1 to 4000 characters, unless `MAX_MESSAGE_CHARACTERS` is set.
    #[schema(min_length = 1, example = "Shall we meet at six?")]
    pub message: String,
}

/// Text that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomTextDto<'a> {
    /// Always `text`.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    pub kind: ContentKindDto,
    /// The text; `null` once it is deleted.
    #[schema(example = "Shall we meet at six?")]
    pub message: Option<&'a str>,
}

/// A message, to those who are in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomReplyDto<'a> {
    /// Always `private`.
    #[serde(rename = "type")]
    #[schema(example = "private")]
    pub kind: RoomKindDto,
    /// The id of the room.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Uuid,
    /// What was said.
    pub content: RoomTextDto<'a>,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub author_id: Uuid,
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// When.
    pub created_at: Time,
}

impl<'a> From<&'a MessageView> for RoomReplyDto<'a> {
    fn from(view: &'a MessageView) -> Self {
        Self {
            kind: RoomKindDto::Private,
            room_id: view.message.conversation_id.0,
            content: RoomTextDto { kind: ContentKindDto::Text, message: view.message.content.as_deref() },
            author_id: view.message.sender_id.0,
            message_id: view.message.id.0,
            created_at: Time(view.message.created_at),
        }
    }
}

/// A notice, of a kind that its name tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "name", content = "content", rename_all = "lowercase")]
pub enum NotificationDto {
    /// To the sending connection: the message is stored.
    Sent(SentDto),
    /// To people none of whose connections is in the room: there is something new.
    Inbox(InboxDto),
}

/// Which message is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentDto {
    /// The id of the room.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Uuid,
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// For people.
    #[schema(example = "message sent")]
    pub message: &'static str,
}

/// Which message is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboxDto {
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// The id of the room.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Uuid,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub author_id: Uuid,
    /// For people.
    #[schema(example = "new message received")]
    pub message: &'static str,
}

impl NotificationDto {
    /// The message is stored.
    pub fn sent(view: &MessageView) -> Self {
        Self::Sent(SentDto {
            room_id: view.message.conversation_id.0,
            message_id: view.message.id.0,
            message: "message sent",
        })
    }

    /// The message is new.
    pub fn inbox(view: &MessageView) -> Self {
        Self::Inbox(InboxDto {
            message_id: view.message.id.0,
            room_id: view.message.conversation_id.0,
            author_id: view.message.sender_id.0,
            message: "new message received",
        })
    }
}

/// A refusal that was not to be acknowledged.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomErrorDto<'a> {
    /// `chat_404` for a room that is not there or not the client's, `validation` for a bad payload, `unknown_event`,
    /// otherwise the code in lower case.
    #[schema(example = "chat_404")]
    pub name: String,
    /// Why.
    #[serde(flatten)]
    pub refusal: RefusalDto<'a>,
    /// The id of the room, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub room_id: Option<Uuid>,
}
