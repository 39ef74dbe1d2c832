//! The published `AsyncAPI` document as a judge: everything that goes over a socket must be what it promises.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// By a client.
    Said,
    /// To a client, by itself.
    Told,
    /// To a client, as the answer to what it said.
    Answered,
}

impl Direction {
    /// The direction of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "said" => Some(Self::Said),
            "told" => Some(Self::Told),
            "answered" => Some(Self::Answered),
            _ => None,
        }
    }
}

/// The `AsyncAPI` document of a running server.
pub struct Live {
    document: Value,
    /// By where their messages are in the document.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The documents that were fetched, by the server they came from. Most are the same one.
static KNOWN: Mutex<Vec<(String, Arc<Live>)>> = Mutex::new(Vec::new());

fn known(found: impl Fn(&str, &Live) -> bool) -> Option<Arc<Live>> {
    KNOWN.lock().unwrap().iter().find(|(from, live)| found(from, live)).map(|(_, live)| Arc::clone(live))
}

impl Live {
    /// Takes the document as served.
    pub fn new(document: Value) -> Self {
        Self { document, validators: Mutex::default() }
    }

    /// The document of the server at `base`, fetched once.
    pub async fn of(base: &str) -> Arc<Self> {
        if let Some(live) = known(|from, _| from == base) {
            return live;
        }
        let answer = reqwest::get(format!("{base}/api/asyncapi.json")).await.unwrap();
        let document: Value = answer.json().await.unwrap();
        let live = known(|_, live| live.document == document).unwrap_or_else(|| Arc::new(Self::new(document)));
        KNOWN.lock().unwrap().push((base.to_owned(), Arc::clone(&live)));
        live
    }

    /// Panics unless that is documented: at a channel, by its id or by an address that no other has, `data` under the
    /// name `event`. An answer goes by the name of what it answers.
    #[track_caller]
    pub fn judge(&self, channel: &str, direction: Direction, event: &str, data: &Value) {
        let faults = self.faults(channel, direction, event, data);
        assert!(faults.is_empty(), "{channel} {direction:?} {event} is not as documented: {faults:#?}\n{data:#}");
    }

    /// Panics unless a server may close a plain WebSocket with that code.
    #[track_caller]
    pub fn judge_close(&self, code: u16) {
        let mut codes = self.document["servers"]["websocket"]["x-close-codes"].as_array().into_iter().flatten();
        // What is less is for RFC 6455 to explain.
        assert!(code < 3000 || codes.any(|known| known["code"] == code), "{code} closes, which is not documented");
    }

    /// Whether a channel has such an event.
    pub fn has(&self, channel: &str, direction: Direction, event: &str) -> bool {
        !self.messages(channel, direction, event).is_empty()
    }

    /// What is wrong with it, by the document.
    pub fn faults(&self, channel: &str, direction: Direction, event: &str, data: &Value) -> Vec<String> {
        let Some(id) = self.channel(channel) else { return vec![format!("there is no one channel {channel}")] };
        let messages = self.messages(id, direction, event);
        let mut faults = Vec::new();
        for message in &messages {
            let validator = self.validator(message);
            let found = validator.iter_errors(data).map(|fault| format!("{message}{}: {fault}", fault.instance_path()));
            let before = faults.len();
            faults.extend(found);
            if faults.len() == before {
                return Vec::new();
            }
        }
        if messages.is_empty() { vec![format!("there is no {event} in channel {id}")] } else { faults }
    }

    fn channel(&self, wanted: &str) -> Option<&str> {
        let channels = self.document["channels"].as_object()?;
        let by_id = channels.get_key_value(wanted);
        let mut by_address = channels.iter().filter(|(_, channel)| channel["address"] == wanted);
        by_id.or_else(|| by_address.next().filter(|_| by_address.next().is_none())).map(|(id, _)| id.as_str())
    }

    /// Where the messages are that it may be.
    fn messages(&self, channel: &str, direction: Direction, event: &str) -> Vec<String> {
        let action = if direction == Direction::Told { "send" } else { "receive" };
        let here = json!(format!("#/channels/{channel}"));
        let operations = self.document["operations"].as_object().into_iter().flatten().map(|(_, operation)| operation);
        let here = operations.filter(|operation| operation["action"] == action && operation["channel"]["$ref"] == here);
        let named = here.filter(|operation| {
            let messages = operation["messages"].as_array().into_iter().flatten();
            let mut named = messages.filter_map(|message| self.document.pointer(message["$ref"].as_str()?.get(1..)?));
            named.any(|message| message["name"] == event)
        });
        let wanted = match direction {
            Direction::Answered => "/reply/messages",
            Direction::Said | Direction::Told => "/messages",
        };
        let messages = named.filter_map(|operation| operation.pointer(wanted)?.as_array()).flatten();
        messages.filter_map(|message| message["$ref"].as_str().map(str::to_owned)).collect()
    }

    fn validator(&self, message: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let make = || {
            let Value::Object(mut whole) = self.document.clone() else { panic!("the document is an object") };
            whole.insert("$ref".into(), json!(format!("{message}/payload")));
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&whole.into()).expect("the document has valid schemas"))
        };
        Arc::clone(validators.entry(message.to_owned()).or_insert_with(make))
    }
}
