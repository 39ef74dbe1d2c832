//! The common vocabulary: names and payloads of the client's events, read into commands.
//!
//! Dialects that speak it differ in how a frame is cut, not in what it says.

use domain::message::MessageView;
use domain::{ConversationId, ErrorKind, FieldError, Seq};
use serde::Serialize;
use serde_json::{Map, Value};

use super::command::{ClientCommand, Reply};
use crate::Problem;
use crate::dto::{
    DoneDto, EditMessageDto, JoinedDto, MarkReadDto, MessageDto, ReadStateDto, RefusalDto, SendMessageDto,
    SetStatusDto, SocketErrorDto, SyncedDto,
};
use crate::input;
use crate::problem::code;

/// The most conversations one `conversation:sync` may name.
pub const MOST_SYNCED: usize = 128;

/// Reads a client event.
pub fn command(event: &str, data: Value) -> Result<ClientCommand, Problem> {
    let Value::Object(mut payload) = data else {
        return Err(Problem::invalid(vec![FieldError::new("data", "must be an object")]));
    };
    match event {
        "conversation:join" => Ok(ClientCommand::Join(alone(payload)?)),
        "conversation:leave" => Ok(ClientCommand::Leave(alone(payload)?)),
        "message:send" => {
            let (id, send) = beside(take_id(&mut payload, "conversationId"), read::<SendMessageDto>(payload))?;
            Ok(ClientCommand::Send(send.to(id)))
        }
        "message:edit" => {
            let ids = ids(&mut payload);
            let ((id, message), body) = beside(ids, read::<EditMessageDto>(payload))?;
            Ok(ClientCommand::Edit(id, message, body))
        }
        "message:delete" => {
            let ((id, message), ()) = beside(ids(&mut payload), nothing_else(&payload))?;
            Ok(ClientCommand::Delete(id, message))
        }
        "message:read" => {
            let (id, up_to) = beside(take_id(&mut payload, "conversationId"), read::<MarkReadDto>(payload))?;
            Ok(ClientCommand::Read(id, up_to))
        }
        "typing:start" => Ok(ClientCommand::StartTyping(alone(payload)?)),
        "typing:stop" => Ok(ClientCommand::StopTyping(alone(payload)?)),
        "presence:update" => Ok(ClientCommand::SetStatus(read::<SetStatusDto>(payload)?)),
        "conversation:sync" => Ok(ClientCommand::Sync(positions(payload)?)),
        _ => Err(unknown_event()),
    }
}

/// What a reply says, as JSON.
pub fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Joined(seq) => json(&JoinedDto { seq: *seq }),
        Reply::Done => json(&DoneDto {}),
        Reply::Message(view) => json(&MessageDto::from(MessageView::clone(view))),
        Reply::Read(state) => json(&ReadStateDto::from(*state)),
        Reply::Synced(pages) => {
            json(&SyncedDto { conversations: pages.iter().map(|(id, found)| (id.0, found.into())).collect() })
        }
        // No command of this vocabulary is so answered.
        Reply::Said(_) => json(&()),
    }
}

/// What an error says, as JSON: `{code, message, errors?}`.
pub fn error(error: &Problem) -> Map<String, Value> {
    let Value::Object(said) = value(&RefusalDto::from(error)) else { return Map::new() };
    said
}

/// What an error says that goes with no request: it names the event, where that is known.
pub fn stray_error(error: &Problem, event: Option<&str>) -> Value {
    value(&SocketErrorDto { refusal: RefusalDto::from(error), event })
}

/// The error of an event that is none of the vocabulary.
pub fn unknown_event() -> Problem {
    Problem::new(ErrorKind::NotFound, code::UNKNOWN_EVENT, "There is no such event.")
}

/// The error of a frame that is none.
pub fn malformed() -> Problem {
    Problem::new(ErrorKind::Invalid, code::MALFORMED_JSON, "The frame is not a JSON object with an event.")
}

fn json(dto: &impl Serialize) -> String {
    // Wire types are plain structs with string keys: they always have a text.
    serde_json::to_string(dto).unwrap_or_default()
}

fn value(dto: &impl Serialize) -> Value {
    // Wire types are plain structs with string keys: they always have a value.
    serde_json::to_value(dto).unwrap_or_default()
}

fn read<R: input::Request>(payload: Map<String, Value>) -> Result<R::Command, Problem> {
    Ok(input::from_value::<R>(Value::Object(payload))?)
}

fn take_id<T: From<uuid::Uuid>>(payload: &mut Map<String, Value>, field: &'static str) -> Result<T, Problem> {
    let fault = |message| Problem::invalid(vec![FieldError::new(field, message)]);
    match payload.remove(field) {
        None | Some(Value::Null) => Err(fault("must be given")),
        Some(Value::String(text)) => input::id(&text).map_err(|rule| fault(rule.0)),
        Some(_) => Err(fault("must be a string")),
    }
}

fn ids(payload: &mut Map<String, Value>) -> Result<(ConversationId, domain::MessageId), Problem> {
    beside(take_id(payload, "conversationId"), take_id(payload, "messageId"))
}

fn alone(mut payload: Map<String, Value>) -> Result<ConversationId, Problem> {
    let id = take_id(&mut payload, "conversationId");
    beside(id, nothing_else(&payload)).map(|(id, ())| id)
}

fn nothing_else(payload: &Map<String, Value>) -> Result<(), Problem> {
    let Some(key) = payload.keys().next() else { return Ok(()) };
    let key: String = key.chars().take(32).collect();
    Err(Problem::invalid(vec![FieldError::new(key, "is not known here")]))
}

/// Both, or the faults of both.
fn beside<A, B>(one: Result<A, Problem>, other: Result<B, Problem>) -> Result<(A, B), Problem> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(mut one), Err(other)) => {
            one.fields.extend(other.fields);
            Err(one)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

fn positions(mut payload: Map<String, Value>) -> Result<Vec<(ConversationId, Seq)>, Problem> {
    let fault = |message| Err(Problem::invalid(vec![FieldError::new("conversations", message)]));
    let conversations = payload.remove("conversations");
    nothing_else(&payload)?;
    let Some(Value::Object(conversations)) = conversations else { return fault("must be an object of ids and places") };
    if conversations.len() > MOST_SYNCED {
        return fault("must name at most 128 conversations");
    }
    let position = |(id, seq): (String, Value)| Some((input::id(&id).ok()?, seq.as_i64().filter(|seq| *seq >= 0)?));
    let positions: Option<Vec<_>> = conversations.into_iter().map(position).collect();
    positions.map_or_else(|| fault("must be an object of ids and places"), Ok)
}
