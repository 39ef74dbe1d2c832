//! The rooms of seed 004 over Socket.IO, in the namespace `/chats` (API 3.2): a room is a conversation.

pub(super) mod document;
mod wire;

use domain::event::{ConversationEventKind, Event};
use domain::{ConversationId, ErrorKind, FieldError};
use serde::Serialize;
use serde_json::{Map, Value};
use sockets::Frame;

use self::wire::{NotificationDto, RoomErrorDto, RoomReplyDto};
use super::socketio::{acknowledgement, read, refusal, said, unreadable};
use crate::dto::{RefusalDto, SendMessageDto};
use crate::gateway::command::{ClientCommand, Reply};
use crate::gateway::dialect::{Dialect, Request, Standing};
use crate::gateway::news::News;
use crate::gateway::vocabulary;
use crate::problem::code;
use crate::{Problem, input};

/// The namespace's name.
pub const NAMESPACE: &str = "/chats";

/// The rooms of seed 004.
#[derive(Debug, Clone, Copy)]
pub struct Chats;

impl Dialect for Chats {
    fn decode(&self, text: &str, mark: Option<u64>) -> Request {
        let Some((name, data)) = read(text) else { return unreadable(mark) };
        let command = match name.as_str() {
            "join" => room(&data).map(ClientCommand::Join),
            "leave" => room(&data).map(ClientCommand::Leave),
            "message" => message(&data),
            _ => Err(vocabulary::unknown_event()),
        };
        Request { mark: mark.map(Value::from), event: Some(name.chars().take(64).collect()), command }
    }

    fn encode_reply(&self, request: &Request, reply: &Reply) -> Vec<Frame> {
        let ack = acknowledgement(NAMESPACE, request, || vocabulary::reply(reply));
        let sent = match reply {
            Reply::Message(view) => event("notification", &NotificationDto::sent(view)),
            _ => None,
        };
        ack.into_iter().chain(sent).collect()
    }

    fn encode_error(&self, request: &Request, error: &Problem) -> Frame {
        let error = &placed(error);
        refusal(NAMESPACE, request, error).unwrap_or_else(|| {
            let room_id = request.command.as_ref().ok().and_then(room_of).map(|room| room.0);
            let data = RoomErrorDto { name: name(error), refusal: RefusalDto::from(error), room_id };
            said(NAMESPACE, "error", &serde_json::to_string(&data).unwrap_or_default(), None)
        })
    }

    fn encode_event(&self, news: &News<'_>, standing: Standing) -> Option<Frame> {
        let Event::Conversation(event) = news.event() else { return None };
        let ConversationEventKind::MessagePosted(view, _) = &event.kind else { return None };
        match standing {
            Standing::Joined => self::event("reply", &RoomReplyDto::from(&**view)),
            Standing::Aside => self::event("notification", &NotificationDto::inbox(view)),
            Standing::Elsewhere => None,
        }
    }

    /// The sender's own connection is told `sent` instead.
    fn spares_origin(&self, _: &Event) -> bool {
        true
    }

    /// Who speaks in a room is in it from then on.
    fn look(&self, command: &ClientCommand) -> Option<(ConversationId, bool)> {
        match command {
            ClientCommand::Send(new) => Some((new.conversation_id, true)),
            other => other.look(),
        }
    }
}

/// What a client says in a room. Keys that nobody knows are passed over, as they always were in this dialect.
fn message(data: &Value) -> Result<ClientCommand, Problem> {
    let room = room(data);
    let is = |value: Option<&Value>, wanted: &str| value.and_then(Value::as_str) == Some(wanted);
    let mut faults = Vec::new();
    if !is(data.get("type"), "private") {
        faults.push(FieldError::new("type", "must be \"private\""));
    }
    if !is(data.pointer("/content/type"), "text") {
        faults.push(FieldError::new("content.type", "must be \"text\""));
    }
    let text = data.pointer("/content/message").cloned().unwrap_or_default();
    let said: Map<String, Value> = [("content".to_owned(), text)].into_iter().collect();
    let said = input::from_value::<SendMessageDto>(said.into()).map_err(Problem::from);
    match (room, said) {
        (Ok(room), Ok(said)) if faults.is_empty() => Ok(ClientCommand::Send(said.to(room))),
        (room, said) => {
            let found = [room.err(), said.err()].into_iter().flatten().flat_map(|problem| problem.fields);
            faults.extend(found);
            Err(Problem::invalid(faults))
        }
    }
}

/// The same, with the name that the text has here.
fn placed(error: &Problem) -> Problem {
    let mut error = error.clone();
    for fault in error.fields.iter_mut().filter(|fault| fault.field == "content") {
        fault.field = "content.message".into();
    }
    error
}

fn room(data: &Value) -> Result<ConversationId, Problem> {
    let fault = |message| Problem::invalid(vec![FieldError::new("roomId", message)]);
    match data.get("roomId") {
        None | Some(Value::Null) => Err(fault("must be given")),
        Some(Value::String(text)) => input::id(text).map_err(|rule| fault(rule.0)),
        Some(_) => Err(fault("must be a string")),
    }
}

fn room_of(command: &ClientCommand) -> Option<ConversationId> {
    match command {
        ClientCommand::Join(id) | ClientCommand::Leave(id) => Some(*id),
        ClientCommand::Send(new) => Some(new.conversation_id),
        _ => None,
    }
}

/// What the clients of seed 004 know a failure by. To them a room that is not theirs is not there.
fn name(error: &Problem) -> String {
    match error.kind {
        _ if error.code == code::UNKNOWN_EVENT => "unknown_event".into(),
        ErrorKind::NotFound | ErrorKind::Forbidden => "chat_404".into(),
        ErrorKind::Invalid => "validation".into(),
        _ => error.code.to_lowercase(),
    }
}

/// An event. Its payload is a plain struct with string keys, which always has a text.
fn event(name: &str, data: &impl Serialize) -> Option<Frame> {
    let data = serde_json::to_string(data).ok()?;
    Some(said(NAMESPACE, name, &data, None))
}

#[cfg(test)]
mod tests;
