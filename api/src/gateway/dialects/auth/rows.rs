//! Messages as rows of a list.

use domain::message::{Addressed, MessageView, Recipient};
use serde_json::{Value, json};

use crate::dto::Time;

/// A row of the answer to a request of that type. The list of all conversations shows everything of each; the others
/// leave out what is the same in every row.
pub fn row(kind: &str, message: &Addressed) -> Value {
    let Addressed { view: MessageView { message, sender }, to } = message;
    let mut row = json!({
        "messageId": message.id.to_string(),
        "senderId": sender.id.to_string(),
        "senderName": sender.name,
        "content": message.content,
        "createdAt": Time(message.created_at),
    });
    match to {
        Recipient::Person(other) => {
            row["receiverId"] = other.id.to_string().into();
            row["receiverName"] = other.name.as_str().into();
        }
        Recipient::Group(name) => {
            row["groupId"] = message.conversation_id.to_string().into();
            row["groupName"] = name.as_deref().into();
        }
    }
    if kind == "listLastMessage" {
        for absent in match to {
            Recipient::Person(_) => ["groupId", "groupName"],
            Recipient::Group(_) => ["receiverId", "receiverName"],
        } {
            row[absent] = Value::Null;
        }
        row["updatedAt"] = json!(Time(message.edited_at.unwrap_or(message.created_at)));
        row["deletedAt"] = json!(message.deleted_at.map(Time));
    }
    row
}
