//! What is pushed.

use domain::ConversationId;
use domain::message::MessageView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::Time;

/// Anything of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FrameItemDto<'a> {
    /// A message to a group.
    Group(FrameGroupMessageDto<'a>),
    /// A message to a person.
    Private(FramePrivateMessageDto<'a>),
    /// Somebody came or went.
    Person(FrameNoticeDto<'a>),
}

/// A message to a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameGroupMessageDto<'a> {
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// Its name, if it has one.
    #[schema(example = "Engines")]
    pub group_name: Option<&'a str>,
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// The text.
    #[schema(example = "Shall we meet at six?")]
    pub message: Option<&'a str>,
    /// The name of who said it.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub sender_id: Uuid,
    /// When.
    pub created_at: Time,
}

/// A message to a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FramePrivateMessageDto<'a> {
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// The text.
    #[schema(example = "Shall we meet at six?")]
    pub message: Option<&'a str>,
    /// The name of who said it.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub sender_id: Uuid,
    /// When.
    pub created_at: Time,
}

/// Somebody came or went, in words.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameNoticeDto<'a> {
    /// The words: `User #<who added> added in group.`, or `User <who went> has leave the group.`
    #[schema(example = "User #Ada Lovelace added in group.")]
    pub message: String,
    /// The name in them.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
}

impl<'a> FrameItemDto<'a> {
    /// A message to a group.
    pub fn group(MessageView { message, sender }: &'a MessageView, id: ConversationId, name: Option<&'a str>) -> Self {
        Self::Group(FrameGroupMessageDto {
            group_id: id.0,
            group_name: name,
            message_id: message.id.0,
            message: message.content.as_deref(),
            sender_name: &sender.name,
            sender_id: sender.id.0,
            created_at: Time(message.created_at),
        })
    }

    /// A message to a person.
    pub fn private(MessageView { message, sender }: &'a MessageView) -> Self {
        Self::Private(FramePrivateMessageDto {
            message_id: message.id.0,
            message: message.content.as_deref(),
            sender_name: &sender.name,
            sender_id: sender.id.0,
            created_at: Time(message.created_at),
        })
    }

    /// Somebody came, brought by whoever has that name.
    pub fn came(by: &'a str) -> Self {
        Self::Person(FrameNoticeDto { message: format!("User #{by} added in group."), sender_name: by })
    }

    /// Whoever has that name went.
    pub fn went(name: &'a str) -> Self {
        Self::Person(FrameNoticeDto { message: format!("User {name} has leave the group."), sender_name: name })
    }
}
