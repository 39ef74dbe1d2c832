//! `{event, id, data}` in text frames.

use serde_json::{Value, json};

use super::{Saying, Told};
use crate::history::Outcome;
use crate::rest::{seen, text};

pub fn join(mark: u64, chat: &str) -> String {
    json!({"event": "conversation:join", "id": mark, "data": {"conversationId": chat}}).to_string()
}

pub fn say(mark: u64, saying: &Saying) -> String {
    json!({"event": "message:send", "id": mark, "data": message(saying)}).to_string()
}

pub fn message(saying: &Saying) -> Value {
    json!({"conversationId": saying.chat, "id": saying.id, "content": saying.content})
}

pub fn read(frame: &str) -> Option<Told> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let (event, data) = (frame["event"].as_str()?, &frame["data"]);
    match event {
        "ack" => Some(Told::Answer(frame["id"].as_u64(), acknowledged(data))),
        "error" => Some(Told::Answer(Some(frame["id"].as_u64()?), refused(&data["code"]))),
        _ => told(event, data),
    }
}

/// What an acknowledgement tells.
pub fn acknowledged(data: &Value) -> Outcome {
    Outcome::Acknowledged(data["content"].is_string().then(|| seen(data)))
}

/// What a refusal comes to. One that bids try again leaves open whether it is stored.
pub fn refused(code: &Value) -> Outcome {
    match code.as_str() {
        Some("UNAVAILABLE" | "INTERNAL") | None => Outcome::Unknown,
        Some(code) => Outcome::Refused(code.to_owned()),
    }
}

/// An event of the vocabulary.
pub fn told(event: &str, data: &Value) -> Option<Told> {
    let chat = text(&data["conversationId"]);
    match event {
        "message:received" => Some(Told::Message(chat, seen(data))),
        "participant:added" | "participant:removed" => {
            Some(Told::Moved(chat, text(&data["user"]["id"]), data["seq"].as_i64()?, event == "participant:added"))
        }
        _ => None,
    }
}
