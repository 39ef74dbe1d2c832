//! A channel: what is said and told at one door in one dialect.

use serde_json::{Value, json};

/// Something that can be pasted.
pub struct Snippet {
    /// What it is.
    pub title: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A message on the wire.
pub struct Message {
    /// Its name among the messages of its channel, such as `messageSendAck`.
    pub key: String,
    /// The name of the event.
    pub name: &'static str,
    /// What it means.
    pub summary: String,
    /// The schema of all that goes over the wire under that name.
    pub payload: Value,
}

impl Message {
    /// A message of that key and name.
    pub fn new(key: String, name: &'static str, summary: &str, payload: Value) -> Self {
        Self { key, name, summary: summary.into(), payload }
    }
}

/// Something that clients say, and how it is answered.
pub struct Said {
    /// The message.
    pub message: Message,
    /// The answers to it: the success first, then the refusal.
    pub answers: Vec<Message>,
}

/// A door in one dialect.
pub struct Channel {
    /// Its name in the document.
    pub id: &'static str,
    /// The name of the server, which is the transport.
    pub server: &'static str,
    /// The path, or the namespace.
    pub address: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it is.
    pub description: &'static str,
    /// What can be pasted to see it at work.
    pub snippets: Vec<Snippet>,
    /// What is particular to the transport, by its protocol.
    pub bindings: Value,
    /// What clients say.
    pub said: Vec<Said>,
    /// What they are told.
    pub told: Vec<Message>,
}

/// The key of an event's message: `message:send` is `messageSend`.
pub fn key(event: &str) -> String {
    let mut parts = event.split(':');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |key, part| {
        let (initial, rest) = part.split_at_checked(1).unwrap_or_default();
        key + &initial.to_uppercase() + rest
    })
}

impl Channel {
    /// All messages, each once.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        let said = self.said.iter().flat_map(|said| std::iter::once(&said.message).chain(&said.answers));
        said.chain(&self.told)
    }

    /// The channel, without its messages.
    pub fn frame(&self) -> Value {
        let snippets = self.snippets.iter().map(|snippet| json!({"title": snippet.title, "text": snippet.text}));
        let mut frame = json!({
            "address": self.address,
            "title": self.title,
            "description": self.description,
            "servers": [{"$ref": format!("#/servers/{}", self.server)}],
            "messages": {},
            "x-snippets": snippets.collect::<Vec<_>>(),
        });
        if !self.bindings.is_null() {
            frame["bindings"] = self.bindings.clone();
        }
        frame
    }

    /// The operations, from the server's side: it receives what is said, and sends what is told.
    pub fn operations(&self) -> impl Iterator<Item = (String, Value)> {
        let said = self.said.iter().map(|said| {
            let mut operation = self.operation("receive", &said.message);
            if !said.answers.is_empty() {
                let answers: Vec<Value> = said.answers.iter().map(|answer| self.refer(answer)).collect();
                operation["reply"] = json!({"channel": self.here(), "messages": answers});
            }
            (format!("{}.{}", self.id, said.message.key), operation)
        });
        let told = self.told.iter().map(|told| (format!("{}.{}", self.id, told.key), self.operation("send", told)));
        said.chain(told)
    }

    fn operation(&self, action: &str, message: &Message) -> Value {
        json!({
            "action": action,
            "channel": self.here(),
            "summary": message.summary,
            "messages": [self.refer(message)],
        })
    }

    fn here(&self) -> Value {
        json!({"$ref": format!("#/channels/{}", self.id)})
    }

    fn refer(&self, message: &Message) -> Value {
        json!({"$ref": format!("#/channels/{}/messages/{}", self.id, message.key)})
    }
}
