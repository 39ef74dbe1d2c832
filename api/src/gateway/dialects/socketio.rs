//! The common vocabulary over Socket.IO (API 2): events with acknowledgements in a namespace.

pub(super) mod document;

use serde_json::{Map, Value, json};
use socketio::packet;
use sockets::Frame;

use crate::Problem;
use crate::gateway::command::Reply;
use crate::gateway::dialect::{Dialect, Request, Standing};
use crate::gateway::news::News;
use crate::gateway::vocabulary;

/// The common vocabulary in one namespace.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// The namespace's name, such as `/chat`.
    pub namespace: &'static str,
}

impl Dialect for Vocabulary {
    fn decode(&self, text: &str, mark: Option<u64>) -> Request {
        let Some((name, data)) = read(text) else { return unreadable(mark) };
        let event = Some(name.chars().take(64).collect());
        Request { mark: mark.map(Value::from), event, command: vocabulary::command(&name, data) }
    }

    fn encode_reply(&self, request: &Request, reply: &Reply) -> Vec<Frame> {
        acknowledgement(self.namespace, request, || vocabulary::reply(reply)).into_iter().collect()
    }

    fn encode_error(&self, request: &Request, error: &Problem) -> Frame {
        refusal(self.namespace, request, error).unwrap_or_else(|| {
            let data = vocabulary::stray_error(error, request.event.as_deref());
            said(self.namespace, "error", &data.to_string(), None)
        })
    }

    fn encode_event(&self, news: &News<'_>, standing: Standing) -> Option<Frame> {
        let told = news.told(standing)?;
        Some(said(self.namespace, told.name, &told.data, news.position()))
    }
}

/// Cuts a packet's arguments into the event's name and its one payload.
pub(super) fn read(text: &str) -> Option<(String, Value)> {
    let Ok(Value::Array(args)) = serde_json::from_str(text) else { return None };
    let mut args = args.into_iter();
    let (Some(Value::String(name)), data, None) = (args.next(), args.next(), args.next()) else { return None };
    Some((name, data.unwrap_or_default()))
}

/// What comes of arguments that cannot be cut.
pub(super) fn unreadable(mark: Option<u64>) -> Request {
    Request { mark: mark.map(Value::from), ..Request::unreadable(vocabulary::malformed()) }
}

/// The acknowledgement of a success, if one was asked for: `{success: true, data}`.
pub(super) fn acknowledgement(namespace: &str, request: &Request, data: impl FnOnce() -> String) -> Option<Frame> {
    let mark = request.mark.as_ref()?.as_u64()?;
    Some(packet::ack(namespace, mark, &format!(r#"[{{"success":true,"data":{}}}]"#, data())))
}

/// The acknowledgement of a failure, if one was asked for: `{success: false, code, message, errors?}`.
pub(super) fn refusal(namespace: &str, request: &Request, error: &Problem) -> Option<Frame> {
    let mark = request.mark.as_ref()?.as_u64()?;
    let mut said: Map<String, Value> = vocabulary::error(error);
    said.insert("success".into(), false.into());
    Some(packet::ack(namespace, mark, &json!([said]).to_string()))
}

/// An event, with the place from which a lost connection goes on as its last argument.
pub(super) fn said(namespace: &str, name: &str, data: &str, position: Option<&str>) -> Frame {
    match position {
        None => packet::event(namespace, &format!(r#"["{name}",{data}]"#)),
        Some(position) => packet::event(namespace, &format!(r#"["{name}",{data},"{position}"]"#)),
    }
}

#[cfg(test)]
mod tests;
