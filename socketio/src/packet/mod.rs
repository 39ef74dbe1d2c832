//! Socket.IO packets (protocol revision 5), to and from text.
//!
//! The functions that make packets return whole [`Frame`]s: encoded once, they go to any number of sockets, whatever
//! their transport. Arguments are JSON text and stay as they are, byte for byte.

mod json;
mod parse;

use serde::Serialize;
use serde_json::Value;
use sockets::Frame;

pub use json::{MAX_DEPTH, Malformed};
pub(crate) use parse::{Head, Kind, parse};

/// The namespace that needs no name in a packet.
pub const MAIN: &str = "/";

/// A refusal of a namespace, as the `CONNECT_ERROR` packet has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// What the client's error says.
    pub message: String,
    /// More, for a program to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl Refusal {
    /// A refusal with a message only.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }
}

/// An EVENT: `array` is a JSON array whose first item is the event's name.
pub fn event(namespace: &str, array: &str) -> Frame {
    text("42", None, namespace, None, array)
}

/// An EVENT that the client shall acknowledge under this id. [`Socket::emit_with_ack`](crate::Socket::emit_with_ack)
/// makes the id and waits for the answer.
pub fn event_with_ack(namespace: &str, id: u64, array: &str) -> Frame {
    text("42", None, namespace, Some(id), array)
}

/// An ACK, the answer to the event with this id: `array` is a JSON array of arguments.
pub fn ack(namespace: &str, id: u64, array: &str) -> Frame {
    text("43", None, namespace, Some(id), array)
}

/// The header of a `BINARY_EVENT`, which so many binary frames have to follow at once.
pub(crate) fn binary_event(namespace: &str, attachments: usize, id: Option<u64>, array: &str) -> Frame {
    text("45", Some(attachments), namespace, id, array)
}

/// The header of a `BINARY_ACK`, which so many binary frames have to follow at once.
pub(crate) fn binary_ack(namespace: &str, attachments: usize, id: u64, array: &str) -> Frame {
    text("46", Some(attachments), namespace, Some(id), array)
}

/// A DISCONNECT from a namespace.
pub fn disconnect(namespace: &str) -> Frame {
    text("41", None, namespace, None, "")
}

/// The answer to a CONNECT: the socket's id, and its private id if connections are recovered.
pub fn connected(namespace: &str, sid: &str, pid: Option<&str>) -> Frame {
    #[derive(Serialize)]
    struct Connected<'a> {
        sid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        pid: Option<&'a str>,
    }
    text("40", None, namespace, None, &json(&Connected { sid, pid }))
}

/// A `CONNECT_ERROR`.
pub fn refused(namespace: &str, refusal: &Refusal) -> Frame {
    text("44", None, namespace, None, &json(refusal))
}

fn json(value: &impl Serialize) -> String {
    // Strings and values of JSON can always be written as JSON.
    serde_json::to_string(value).unwrap_or_default()
}

fn text(kind: &str, attachments: Option<usize>, namespace: &str, id: Option<u64>, payload: &str) -> Frame {
    let mut packet = String::with_capacity(kind.len() + namespace.len() + payload.len() + 32);
    packet.push_str(kind);
    if let Some(attachments) = attachments {
        packet.push_str(&attachments.to_string());
        packet.push('-');
    }
    if namespace != MAIN {
        packet.push_str(namespace);
        packet.push(',');
    }
    if let Some(id) = id {
        packet.push_str(&id.to_string());
    }
    packet.push_str(payload);
    Frame::text(&packet)
}

#[cfg(test)]
mod tests;
