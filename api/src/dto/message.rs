//! Messages.

use application::messages::NewMessage;
use domain::message::MessageView;
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{ProfileDto, Time};
use crate::input::{Field, Fields, Request, id};

/// A message, or the tombstone of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageDto {
    /// Which one.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub id: Uuid,
    /// Where.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// The place it was posted at.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// The place of its last change.
    #[schema(value_type = i64, example = 12)]
    pub changed_seq: Seq,
    /// Who posted it, as they are now.
    pub sender: ProfileDto,
    /// What it says; `null` once it is deleted.
    #[schema(example = "Shall we meet at six?")]
    pub content: Option<String>,
    /// The message it answers.
    #[schema(example = json!(null))]
    pub reply_to: Option<Uuid>,
    /// Empty for now.
    #[schema(value_type = Vec<Object>, max_items = 0, example = json!([]))]
    pub attachments: [(); 0],
    /// Empty for now.
    #[schema(value_type = Vec<Object>, max_items = 0, example = json!([]))]
    pub reactions: [(); 0],
    /// When it was posted: later than every message before it in the conversation.
    pub created_at: Time,
    /// When it was last edited.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    pub edited_at: Option<Time>,
    /// When it was deleted.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    pub deleted_at: Option<Time>,
}

impl From<MessageView> for MessageDto {
    fn from(MessageView { message, sender }: MessageView) -> Self {
        Self {
            id: message.id.0,
            conversation_id: message.conversation_id.0,
            seq: message.seq,
            changed_seq: message.changed_seq,
            sender: sender.into(),
            content: message.content,
            reply_to: message.reply_to.map(|id| id.0),
            attachments: [],
            reactions: [],
            created_at: message.created_at.into(),
            edited_at: message.edited_at.map(Time),
            deleted_at: message.deleted_at.map(Time),
        }
    }
}

/// A message to post.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendMessageDto {
    /// What it says: 1 to 4000 characters, unless `MAX_MESSAGE_CHARACTERS` is set, verbatim but for line ends at both ends,
    /// without NUL.
    #[schema(value_type = String, required = true, min_length = 1, example = "Shall we meet at six?")]
    #[serde(default)]
    pub content: Field<String>,
    /// A UUID of the client's choice. Sent again with the same id, a message is stored and delivered once.
    #[schema(value_type = Option<Uuid>, example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    #[serde(default)]
    pub id: Field<String>,
    /// The message of the same conversation that this one answers.
    #[schema(value_type = Option<Uuid>, example = json!(null))]
    #[serde(default)]
    pub reply_to: Field<String>,
}

/// A message to post, before it is said where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// What it says.
    pub body: MessageBody,
    /// The id the client chose.
    pub id: Option<MessageId>,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
}

impl SendMessage {
    /// The same, posted to a conversation.
    pub fn to(self, conversation_id: ConversationId) -> NewMessage {
        NewMessage { conversation_id, id: self.id, body: self.body, reply_to: self.reply_to }
    }
}

impl Request for SendMessageDto {
    type Command = SendMessage;

    fn read(self, fields: &mut Fields) -> Option<SendMessage> {
        let body = fields.required("content", self.content, MessageBody::parse);
        let id = fields.optional("id", self.id, id);
        let reply_to = fields.optional("replyTo", self.reply_to, self::id);
        Some(SendMessage { body: body?, id, reply_to })
    }
}

/// What a message shall say instead.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditMessageDto {
    /// As for a new message.
    #[schema(value_type = String, required = true, min_length = 1, example = "Shall we meet at seven?")]
    #[serde(default)]
    pub content: Field<String>,
}

impl Request for EditMessageDto {
    type Command = MessageBody;

    fn read(self, fields: &mut Fields) -> Option<MessageBody> {
        fields.required("content", self.content, MessageBody::parse)
    }
}
