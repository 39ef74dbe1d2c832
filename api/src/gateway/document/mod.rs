//! The `AsyncAPI` document: all that goes over sockets, from the types that go over them.
//!
//! Every dialect describes its channels in its own folder ([`super::dialects::channels`]); those that speak the common
//! vocabulary make them of the [`catalogue`].

pub mod catalogue;
mod channel;
mod schemas;
mod servers;

use serde_json::{Value, json};

pub use self::channel::{Channel, Message, Said, Snippet, key};
pub use self::schemas::{Schemas, Type};
pub use self::servers::{SOCKETIO, WEBSOCKET};
use super::dialects;
use crate::sample::sample;

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let channels = dialects::channels(&mut schemas);
    let mut document = json!({
        "asyncapi": "3.0.0",
        "id": "urn:confab",
        "info": {
            "title": "Confab, live",
            "version": crate::VERSION,
            "description": include_str!("description.md"),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": servers::servers(),
        "channels": {},
        "operations": {},
        "components": {"schemas": schemas.into_value(), "securitySchemes": servers::security()},
    });
    for channel in &channels {
        document["channels"][channel.id] = channel.frame();
        for message in channel.messages() {
            document["channels"][channel.id]["messages"][&message.key] = told(&document, message);
        }
        for (id, operation) in channel.operations() {
            document["operations"][id] = operation;
        }
    }
    modernise(&mut document);
    document
}

/// A message with its example, for which the schemas are looked up in `document`.
fn told(document: &Value, message: &Message) -> Value {
    let mut example = sample(document, &message.payload);
    liken(message.name, &mut example);
    json!({
        "name": message.name,
        "title": message.name,
        "summary": message.summary,
        "contentType": "application/json",
        "payload": message.payload,
        "examples": [{"name": message.key, "payload": example}],
    })
}

/// An example of an event that changes a message looks like what came of it.
fn liken(event: &str, example: &mut Value) {
    let message = if example.get("data").is_some() { &mut example["data"] } else { example };
    let then = json!("2026-11-21T09:32:00.000Z");
    match event {
        "message:updated" => (message["content"], message["editedAt"]) = ("Shall we meet at seven?".into(), then),
        "message:deleted" => (message["content"], message["deletedAt"]) = (Value::Null, then),
        _ => return,
    }
    message["changedSeq"] = json!(13);
}

fn modernise(document: &mut Value) {
    for (_, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        schemas::modern(schema);
    }
    for (_, channel) in document["channels"].as_object_mut().into_iter().flatten() {
        for (_, message) in channel["messages"].as_object_mut().into_iter().flatten() {
            schemas::modern(&mut message["payload"]);
        }
    }
}

#[cfg(test)]
mod tests;
