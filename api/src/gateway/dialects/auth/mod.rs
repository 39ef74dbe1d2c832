//! The `auth` dialect of the plain WebSocket door (API 3.1): `{"type", "params"}` in text frames, answered under the
//! same type. It is named after the first entry of its clients' subprotocol list.

mod asked;
pub(super) mod document;
mod items;
mod request;
mod rows;
mod wire;

use std::borrow::Cow;

use domain::FieldError;
use domain::conversation::Venue;
use domain::event::{ConversationEvent, ConversationEventKind, Event};
use serde::Serialize;
use serde_json::Value;
use sockets::Frame;

use self::items::FrameItemDto;
use self::request::{ADD_USER, LEAVE, LIST, MESSAGE_IN_GROUP, PRIVATE_MESSAGE};
use self::rows::FrameRowDto;
use self::wire::{FrameDto, FrameErrorDto, IssueDto, NoRowsDto, PushDto, RowsDto};
use crate::Problem;
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
        let is_list = kind == LIST;
        let suffix = if kind == PRIVATE_MESSAGE { "" } else { &self.suffix };
        let kind = format!("{kind}{suffix}").into();
        vec![match reply {
            Reply::Said(said) => {
                let row = if is_list { FrameRowDto::latest } else { FrameRowDto::of_one };
                done(kind, RowsDto { data: said.iter().map(row).collect(), is_broadcast: false, item: () })
            }
            _ => done(kind, NoRowsDto::default()),
        }]
    }

    fn encode_error(&self, request: &Request, error: &Problem) -> Frame {
        let kind = request.event.as_deref();
        let message = message(kind, error);
        text(&FrameErrorDto { error: true, kind: kind.unwrap_or(PROCESSOR), message })
    }

    fn encode_event(&self, news: &News<'_>, _: Standing) -> Option<Frame> {
        let Event::Conversation(event) = news.event() else { return None };
        let (kind, item, is_broadcast) = item(event)?;
        Some(done(kind.into(), PushDto { item, data: (), is_broadcast }))
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
    let issues = error.fields.iter().map(|FieldError { field, message }| {
        // The other rules speak of a user, whom this type calls a receiver.
        let path = if kind == Some(PRIVATE_MESSAGE) && field == "userId" { "receiverId" } else { field };
        IssueDto { message, path }
    });
    written(&issues.collect::<Vec<_>>())
}

/// Whether it comes of not being in the group; one's role in it is another matter, under the same code.
fn is_strange(error: &Problem) -> bool {
    let not_in_it = domain::conversation::Refusal::NotParticipant;
    error.code == domain::conversation::Refusal::NotFound.code()
        || (error.code == not_in_it.code() && error.message == not_in_it.to_string())
}

/// Type and item of the frame that tells an event, and whether it is a broadcast.
fn item(event: &ConversationEvent) -> Option<(&'static str, FrameItemDto<'_>, bool)> {
    match &event.kind {
        ConversationEventKind::MessagePosted(view, Venue::Direct) => {
            Some((PRIVATE_MESSAGE, FrameItemDto::private(view), true))
        }
        ConversationEventKind::MessagePosted(view, Venue::Group(name)) => {
            Some((MESSAGE_IN_GROUP, FrameItemDto::group(view, event.conversation_id, name.as_deref()), true))
        }
        ConversationEventKind::ParticipantAdded(who) => Some((ADD_USER, FrameItemDto::came(&who.by.name), false)),
        ConversationEventKind::ParticipantRemoved(who) => Some((LEAVE, FrameItemDto::went(&who.user.name), false)),
        _ => None,
    }
}

fn done(kind: Cow<'_, str>, params: impl Serialize) -> Frame {
    text(&FrameDto { kind, success: true, params })
}

fn text(frame: &impl Serialize) -> Frame {
    Frame::text(&written(frame))
}

/// The text of plain structs with string keys, which always have one.
fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
