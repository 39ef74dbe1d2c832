//! What clients ask for in this dialect.

use application::conversations::NewConversation;
use application::messages::{DirectMessage, NewMessage};
use chrono::DateTime;
use domain::conversation::Action;
use domain::error::Invalid;
use domain::value::{ConversationName, MessageBody};
use domain::{ConversationId, FieldError, Limit, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Problem;
use crate::gateway::command::{Back, ClientCommand, Talk};
use crate::gateway::dialect::Request;
use crate::gateway::vocabulary;
use crate::input::{Field, Fields, id};

/// The newest message of each conversation.
pub const LIST: &str = "listLastMessage";
/// What was said in a dialog.
pub const DIALOG: &str = "getlatestMessageDialog";
/// What was said in a group.
pub const GROUP: &str = "getlatestMessageGroup";
/// Founds a group.
pub const NEW_GROUP: &str = "newGroup";
/// Somebody comes into a group.
pub const ADD_USER: &str = "addUserInGroup";
/// Somebody goes out of a group.
pub const LEAVE: &str = "leaveGroup";
/// Somebody says something in a group.
pub const MESSAGE_IN_GROUP: &str = "messageInGroup";
/// Somebody says something in a dialog. The one type whose answers have no suffix.
pub const PRIVATE_MESSAGE: &str = "privateMessage";
/// How many rows there are when nobody says.
const ROWS: i64 = 20;

/// The parameters of all types, each of which takes some. Others are ignored, be they known or not.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Params {
    group_id: Field<String>,
    group_name: Field<String>,
    user_id: Field<String>,
    receiver_id: Field<String>,
    message_id: Field<String>,
    content: Field<String>,
    limit: Field<i64>,
    cursor_created_at: Field<String>,
}

type Read = fn(Params, &mut Fields) -> Option<ClientCommand>;

/// The request in a frame. Of one with an unknown type nothing is kept.
pub fn read(frame: Value) -> Request {
    let mut frame = match frame {
        Value::Object(frame) => frame,
        _ => Map::new(),
    };
    let kind = frame.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(read) = reader(&kind) else { return Request::unreadable(vocabulary::unknown_event()) };
    let command = params(frame.remove("params")).and_then(|params| {
        let mut fields = Fields::default();
        let command = read(params, &mut fields);
        fields.finish(command).map_err(Problem::invalid)
    });
    Request { mark: None, event: Some(kind), command }
}

/// Whether a type names a group that the caller must be in.
pub fn is_of_group(kind: Option<&str>) -> bool {
    matches!(kind, Some(GROUP | ADD_USER | LEAVE | MESSAGE_IN_GROUP))
}

fn reader(kind: &str) -> Option<Read> {
    Some(match kind {
        LIST => |params, fields| Some(ClientCommand::ReadBack(Talk::Each, back(params, fields)?)),
        DIALOG => dialog,
        GROUP => group,
        NEW_GROUP => new_group,
        ADD_USER => add_user,
        LEAVE => |params, fields| Some(ClientCommand::Change(group_id(params.group_id, fields)?, Action::Leave)),
        MESSAGE_IN_GROUP => message_in_group,
        PRIVATE_MESSAGE => private_message,
        _ => return None,
    })
}

fn params(params: Option<Value>) -> Result<Params, Problem> {
    match params {
        None | Some(Value::Null) => Ok(Params::default()),
        // Fields take anything, so an object is always read.
        Some(params @ Value::Object(_)) => Ok(serde_json::from_value(params).unwrap_or_default()),
        Some(_) => Err(Problem::invalid(vec![FieldError::new("params", "must be an object")])),
    }
}

fn dialog(mut params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let other = fields.required("receiverId", std::mem::take(&mut params.receiver_id), id);
    let back = back(params, fields);
    Some(ClientCommand::ReadBack(Talk::Person(other?), back?))
}

fn group(mut params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let id = group_id(std::mem::take(&mut params.group_id), fields);
    let back = back(params, fields);
    Some(ClientCommand::ReadBack(Talk::Group(id?), back?))
}

fn new_group(params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let id = group_id(params.group_id, fields);
    let name = fields.required("groupName", params.group_name, ConversationName::parse);
    let new = NewConversation { id: Some(id?), name: Some(name?), is_group: Some(true), participants: None };
    Some(ClientCommand::Create(new))
}

fn add_user(params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let group = group_id(params.group_id, fields);
    let user = fields.required("userId", params.user_id, id);
    Some(ClientCommand::Change(group?, Action::Add(vec![user?])))
}

/// The name of the group is on the frame as well; the stored one counts.
fn message_in_group(params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let group = group_id(params.group_id, fields);
    let id = fields.required("messageId", params.message_id, id);
    let body = fields.required("content", params.content, MessageBody::parse);
    let new = NewMessage { conversation_id: group?, id: Some(id?), body: body?, reply_to: None };
    Some(ClientCommand::Send(new))
}

fn private_message(params: Params, fields: &mut Fields) -> Option<ClientCommand> {
    let to = fields.required("receiverId", params.receiver_id, id);
    let id = fields.required("messageId", params.message_id, id);
    let body = fields.required("content", params.content, MessageBody::parse);
    Some(ClientCommand::SendDirect(DirectMessage { to: to?, id: Some(id?), body: body? }))
}

fn group_id(field: Field<String>, fields: &mut Fields) -> Option<ConversationId> {
    fields.required("groupId", field, id)
}

fn back(params: Params, fields: &mut Fields) -> Option<Back> {
    let before = fields.optional("cursorCreatedAt", params.cursor_created_at, moment);
    let rows = fields.value("limit", params.limit).unwrap_or(ROWS);
    if !(0..=i64::from(Limit::MAX)).contains(&rows) {
        fields.fault("limit", "must be a whole number from 0 to 100");
        return None;
    }
    Some(Back { before, limit: Limit::new(rows) })
}

/// A moment; one within a millisecond is after all messages of that millisecond.
fn moment(text: &str) -> Result<Timestamp, Invalid> {
    const RULE: Invalid = Invalid("must be a time such as 2025-07-01T15:24:16.941Z");
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| RULE)?;
    let finer = at.timestamp_subsec_nanos() % 1_000_000 != 0;
    Ok(Timestamp::from_millis(at.timestamp_millis() + i64::from(finer)))
}
