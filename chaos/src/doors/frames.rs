//! `{type, params}` in text frames. Answers carry no mark; they come in the order of the requests.

use serde_json::{Value, json};

use super::{Saying, Told};
use crate::history::{Outcome, Seen};
use crate::rest::text;

/// What a stranger to a group is told.
const STRANGER: &str = "User is not a member of this group";

pub fn greeting() -> String {
    json!({"type": "listLastMessage", "params": {"limit": 0}}).to_string()
}

pub fn say(saying: &Saying) -> String {
    let Saying { chat, id, content } = saying;
    let params = json!({"groupId": chat, "groupName": "Room", "messageId": id, "content": content});
    json!({"type": "messageInGroup", "params": params}).to_string()
}

pub fn read(frame: &str) -> Option<Told> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let item = &frame["params"]["item"];
    if frame["error"] == true {
        let is_strange = frame["message"] == STRANGER;
        let outcome = if is_strange { Outcome::Refused(STRANGER.into()) } else { Outcome::Unknown };
        Some(Told::Answer(None, outcome))
    } else if item.is_null() {
        Some(Told::Answer(None, Outcome::Acknowledged(None)))
    } else if frame["type"] == "messageInGroup" {
        let seen = Seen { id: text(&item["messageId"]), content: text(&item["message"]), seq: None };
        Some(Told::Message(text(&item["groupId"]), seen))
    } else {
        None
    }
}
