//! The `events` dialect of the plain WebSocket door (API 3.1): `{"event", "id"?, "data"}` in text frames, answered by
//! `ack` or `error` under the same `id`.

pub(super) mod document;

use serde::Deserialize;
use serde_json::{Value, json};
use sockets::Frame;

use crate::Problem;
use crate::gateway::command::Reply;
use crate::gateway::dialect::{Dialect, Request, Standing};
use crate::gateway::news::{Common, News};
use crate::gateway::vocabulary;

/// The longest client mark that goes back: an answer must not echo a request at length.
const LONGEST_MARK: usize = 128;

/// The `events` dialect.
#[derive(Debug, Clone, Copy)]
pub struct Events;

/// A client's frame. Keys that nobody knows are refused, as in every body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientFrame {
    event: String,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    data: Value,
}

impl Dialect for Events {
    fn decode(&self, text: &str, _: Option<u64>) -> Request {
        let Ok(frame) = serde_json::from_str::<ClientFrame>(text) else {
            return Request::unreadable(vocabulary::malformed());
        };
        let event = Some(frame.event.chars().take(64).collect());
        match frame.id {
            None | Some(Value::Null) => {
                Request { mark: None, event, command: vocabulary::command(&frame.event, frame.data) }
            }
            Some(mark) if is_mark(&mark) => {
                Request { mark: Some(mark), event, command: vocabulary::command(&frame.event, frame.data) }
            }
            Some(_) => {
                let fault = domain::FieldError::new("id", "must be a number or a string of at most 128 characters");
                Request { mark: None, event, command: Err(Problem::invalid(vec![fault])) }
            }
        }
    }

    fn encode_reply(&self, request: &Request, reply: &Reply) -> Vec<Frame> {
        let ack = |mark| format!(r#"{{"event":"ack","id":{mark},"data":{}}}"#, vocabulary::reply(reply));
        request.mark.as_ref().map(|mark| Frame::text(&ack(mark))).into_iter().collect()
    }

    fn encode_error(&self, request: &Request, error: &Problem) -> Frame {
        text(&match &request.mark {
            Some(mark) => json!({ "event": "error", "id": mark, "data": vocabulary::error(error) }),
            None => json!({ "event": "error", "data": vocabulary::stray_error(error, request.event.as_deref()) }),
        })
    }

    fn encode_event(&self, news: &News<'_>, standing: Standing) -> Option<Frame> {
        let Common { name, data } = news.told(standing)?;
        Some(Frame::text(&format!(r#"{{"event":"{name}","data":{data}}}"#)))
    }
}

fn is_mark(mark: &Value) -> bool {
    match mark {
        Value::Number(_) => true,
        Value::String(text) => text.len() <= LONGEST_MARK,
        _ => false,
    }
}

fn text(value: &Value) -> Frame {
    Frame::text(&value.to_string())
}

#[cfg(test)]
mod tests;
