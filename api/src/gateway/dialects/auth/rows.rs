//! Messages as rows of a list.

use domain::message::{Addressed, MessageView, Recipient};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::Time;

/// A row of any list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FrameRowDto<'a> {
    /// Of the list of all conversations.
    Latest(FrameLatestRowDto<'a>),
    /// Of a dialog.
    Dialog(FrameDialogRowDto<'a>),
    /// Of a group.
    Group(FrameGroupRowDto<'a>),
}

/// The newest message of a conversation: of a group, which has no receiver, or of a dialog, which has no group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameLatestRowDto<'a> {
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub sender_id: Uuid,
    /// The name of who said it.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
    /// In a dialog, the one of the two who did not send.
    #[schema(example = json!(null))]
    pub receiver_id: Option<Uuid>,
    /// Their name.
    #[schema(example = json!(null))]
    pub receiver_name: Option<&'a str>,
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Option<Uuid>,
    /// Its name, if it has one.
    #[schema(example = "Engines")]
    pub group_name: Option<&'a str>,
    /// The text.
    #[schema(example = "Shall we meet at six?")]
    pub content: Option<&'a str>,
    /// When it was said.
    pub created_at: Time,
    /// When it was edited, otherwise when it was said.
    pub updated_at: Time,
    /// When it was deleted. Deleted messages are in no list, so this is `null`.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    pub deleted_at: Option<Time>,
}

/// A message of a dialog.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameDialogRowDto<'a> {
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub sender_id: Uuid,
    /// The name of who said it.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
    /// The one of the two who did not send.
    #[schema(example = "0192f0c1-3a7b-7d10-8e21-5b6c7d8e9f00")]
    pub receiver_id: Uuid,
    /// Their name.
    #[schema(example = "Charles Babbage")]
    pub receiver_name: &'a str,
    /// The text.
    #[schema(example = "Shall we meet at six?")]
    pub content: Option<&'a str>,
    /// When it was said.
    pub created_at: Time,
}

/// A message of a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrameGroupRowDto<'a> {
    /// The id of the message.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// Who said it.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub sender_id: Uuid,
    /// The name of who said it.
    #[schema(example = "Ada Lovelace")]
    pub sender_name: &'a str,
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// Its name, if it has one.
    #[schema(example = "Engines")]
    pub group_name: Option<&'a str>,
    /// The text.
    #[schema(example = "Shall we meet at six?")]
    pub content: Option<&'a str>,
    /// When it was said.
    pub created_at: Time,
}

impl<'a> FrameRowDto<'a> {
    /// A row of the list of all conversations, which shows everything of each.
    pub fn latest(Addressed { view: MessageView { message, sender }, to }: &'a Addressed) -> Self {
        let (person, group) = match to {
            Recipient::Person(other) => (Some(other), None),
            Recipient::Group(name) => (None, Some((message.conversation_id.0, name.as_deref()))),
        };
        Self::Latest(FrameLatestRowDto {
            message_id: message.id.0,
            sender_id: sender.id.0,
            sender_name: &sender.name,
            receiver_id: person.map(|other| other.id.0),
            receiver_name: person.map(|other| other.name.as_str()),
            group_id: group.map(|(id, _)| id),
            group_name: group.and_then(|(_, name)| name),
            content: message.content.as_deref(),
            created_at: Time(message.created_at),
            updated_at: Time(message.edited_at.unwrap_or(message.created_at)),
            deleted_at: message.deleted_at.map(Time),
        })
    }

    /// A row of one conversation.
    pub fn of_one(Addressed { view: MessageView { message, sender }, to }: &'a Addressed) -> Self {
        let (message_id, sender_id, sender_name) = (message.id.0, sender.id.0, sender.name.as_str());
        let (content, created_at) = (message.content.as_deref(), Time(message.created_at));
        match to {
            Recipient::Person(other) => Self::Dialog(FrameDialogRowDto {
                message_id,
                sender_id,
                sender_name,
                receiver_id: other.id.0,
                receiver_name: &other.name,
                content,
                created_at,
            }),
            Recipient::Group(name) => Self::Group(FrameGroupRowDto {
                message_id,
                sender_id,
                sender_name,
                group_id: message.conversation_id.0,
                group_name: name.as_deref(),
                content,
                created_at,
            }),
        }
    }
}
