//! The `auth` dialect of the plain WebSocket door (API 3.1): `{"type", "params"}` in text frames, answered under the
//! same type. It is named after the first entry of its clients' subprotocol list.

mod request;
mod rows;

use domain::conversation::Venue;
use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::MessageView;
use serde_json::{Value, json};
use sockets::Frame;

use self::request::PRIVATE_MESSAGE;
use crate::Problem;
use crate::dto::Time;
use crate::gateway::command::Reply;
use crate::gateway::dialect::{Dialect, Request, Standing};
use crate::gateway::news::News;
use crate::gateway::vocabulary;
use crate::problem::code;

/// The type of an error whose request has none.
const PROCESSOR: &str = "processor";
/// What somebody is told of a group that they are not in, be it there or not.
const STRANGER: &str = "User is not a member of this group";

/// The `auth` dialect.
#[derive(Debug, Clone)]
pub struct Auth {
    /// What the types of answers end in.
    suffix: String,
}

impl Auth {
    /// The dialect with answers whose types end so. Those to private messages never do.
    pub fn new(suffix: impl Into<String>) -> Self {
        Self { suffix: suffix.into() }
    }
}

impl Dialect for Auth {
    fn decode(&self, text: &str, _: Option<u64>) -> Request {
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return Request::unreadable(vocabulary::malformed());
        };
        request::read(frame)
    }

    fn encode_reply(&self, request: &Request, reply: &Reply) -> Vec<Frame> {
        let kind = request.event.as_deref().unwrap_or(PROCESSOR);
        let suffix = if kind == PRIVATE_MESSAGE { "" } else { &self.suffix };
        let data = match reply {
            Reply::Said(said) => said.iter().map(|message| rows::row(kind, message)).collect(),
            _ => Value::Null,
        };
        let params = json!({ "data": data, "item": null, "isBroadcast": false });
        vec![frame(&json!({ "type": format!("{kind}{suffix}"), "success": true, "params": params }))]
    }

    fn encode_error(&self, request: &Request, error: &Problem) -> Frame {
        let kind = request.event.as_deref();
        let message = message(kind, error);
        frame(&json!({ "error": true, "type": kind.unwrap_or(PROCESSOR), "message": message }))
    }

    fn encode_event(&self, news: &News<'_>, _: Standing) -> Option<Frame> {
        let Event::Conversation(event) = news.event() else { return None };
        let (kind, item, broadcast) = item(event)?;
        let params = json!({ "item": item, "data": null, "isBroadcast": broadcast });
        Some(frame(&json!({ "type": kind, "success": true, "params": params })))
    }

    fn spares_origin(&self, _: &Event) -> bool {
        true
    }
}

/// What an error says. Programs of this dialect know some of the texts.
fn message(kind: Option<&str>, error: &Problem) -> String {
    match error.code {
        code::MALFORMED_JSON => "The frame is not JSON.".to_owned(),
        code::UNKNOWN_EVENT => "There is no such type".to_owned(),
        code::VALIDATION_FAILED => issues(kind, error),
        _ if request::is_of_group(kind) && is_strange(error) => STRANGER.to_owned(),
        _ => error.message.clone().into_owned(),
    }
}

/// The faults, as a JSON text within the JSON.
fn issues(kind: Option<&str>, error: &Problem) -> String {
    let issue = |fault: &domain::FieldError| {
        // The other rules speak of a user, whom this type calls a receiver.
        let path = if kind == Some(PRIVATE_MESSAGE) && fault.field == "userId" { "receiverId" } else { &fault.field };
        json!({ "path": path, "message": fault.message })
    };
    error.fields.iter().map(issue).collect::<Value>().to_string()
}

/// Whether it comes of not being in the group; one's role in it is another matter, under the same code.
fn is_strange(error: &Problem) -> bool {
    let not_in_it = domain::conversation::Refusal::NotParticipant;
    error.code == domain::conversation::Refusal::NotFound.code()
        || (error.code == not_in_it.code() && error.message == not_in_it.to_string())
}

/// Type and item of the frame that tells an event, and whether it is a broadcast.
fn item(event: &ConversationEvent) -> Option<(&'static str, Value, bool)> {
    match &event.kind {
        ConversationEventKind::MessagePosted(view, venue) => {
            let mut item = posted(view);
            let kind = match venue {
                Venue::Direct => PRIVATE_MESSAGE,
                Venue::Group(name) => {
                    item["groupId"] = event.conversation_id.to_string().into();
                    item["groupName"] = name.as_deref().into();
                    "messageInGroup"
                }
            };
            Some((kind, item, true))
        }
        ConversationEventKind::ParticipantAdded(who) => {
            let name = &who.by.name;
            let message = format!("User #{name} added in group.");
            Some(("addUserInGroup", json!({ "message": message, "senderName": name }), false))
        }
        ConversationEventKind::ParticipantRemoved(who) => {
            let name = &who.user.name;
            let message = format!("User {name} has leave the group.");
            Some(("leaveGroup", json!({ "message": message, "senderName": name }), false))
        }
        _ => None,
    }
}

fn posted(MessageView { message, sender }: &MessageView) -> Value {
    json!({
        "messageId": message.id.to_string(),
        "message": message.content,
        "senderName": sender.name,
        "senderId": sender.id.to_string(),
        "createdAt": Time(message.created_at),
    })
}

fn frame(value: &Value) -> Frame {
    Frame::text(&value.to_string())
}

#[cfg(test)]
mod tests;
