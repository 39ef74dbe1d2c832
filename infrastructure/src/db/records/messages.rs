//! Messages as rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::conversation::Venue;
use domain::message::{Addressed, Message, MessageView, Recipient};
use domain::user::Profile;
use domain::{Seq, Timestamp};

use super::{ProfileRow, venue};
use crate::db::errors::Corrupt;
use crate::db::schema::{DbId, messages};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, check_for_backend(Pg, Sqlite), treat_none_as_default_value = false)]
pub struct MessageRow {
    pub conversation_id: DbId,
    pub seq: Seq,
    pub id: DbId,
    pub sender_id: DbId,
    pub content: Option<String>,
    pub reply_to: Option<DbId>,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub changed_seq: Seq,
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        Self {
            conversation_id: message.conversation_id.into(),
            seq: message.seq,
            id: message.id.into(),
            sender_id: message.sender_id.into(),
            content: message.content.clone(),
            reply_to: message.reply_to.map(DbId::from),
            created_at: message.created_at.as_micros(),
            edited_at: message.edited_at.map(Timestamp::as_micros),
            deleted_at: message.deleted_at.map(Timestamp::as_micros),
            changed_seq: message.changed_seq,
        }
    }
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id.into(),
            conversation_id: row.conversation_id.into(),
            seq: row.seq,
            changed_seq: row.changed_seq,
            sender_id: row.sender_id.into(),
            content: row.content,
            reply_to: row.reply_to.map(Into::into),
            created_at: Timestamp::from_micros(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_micros),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
        }
    }
}

/// A message with its sender.
pub fn message_view((message, sender): (MessageRow, ProfileRow)) -> MessageView {
    MessageView { message: message.into(), sender: sender.into() }
}

/// A message with its sender, kind and name of its conversation, and the other one if that is a direct one.
pub type AddressedRow = (MessageRow, ProfileRow, (String, Option<String>), Option<ProfileRow>);

/// A message with whom it was meant for.
pub fn addressed((message, sender, kind, other): AddressedRow) -> Result<Addressed, Corrupt> {
    let row = message.id.0;
    let to = match venue(kind) {
        Venue::Group(name) => Recipient::Group(name),
        Venue::Direct => {
            let other = other.ok_or(Corrupt { table: "messages", column: "conversation_id", row })?;
            Recipient::Person(Profile::from(other))
        }
    };
    Ok(Addressed { view: message_view((message, sender)), to })
}
