//! What a server must be able to do to be measured. Another server is another [`Driver`]; the scenarios are the same.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::check::Key;
use crate::{Result, fault};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id, as the server has it.
    pub id: String,
    /// What they show to be let in.
    pub token: String,
}

/// What a frame says.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The connection is signed in: from here on it is told everything.
    Ready,
    /// What was sent under that mark is stored.
    Acked(u32),
    /// What was sent under that mark is refused.
    Refused(u32),
    /// A message of ours, and when it was sent.
    Told(Key, u64),
    /// Something that wants this answer: a greeting, a heartbeat.
    Answer(String),
    /// Nothing that matters here.
    Other,
}

/// A request of the REST API.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST`, …
    pub method: reqwest::Method,
    /// From the root, with the query.
    pub path: String,
    /// As JSON.
    pub body: Option<Value>,
}

/// A server, seen through one of its doors.
#[async_trait(?Send)]
pub trait Driver {
    /// The name of server and door in the results.
    fn name(&self) -> &'static str;

    /// Somebody new, signed in. The name is a new one of at most 32 of `a-z0-9-`.
    async fn person(&self, http: &Http, name: &str) -> Result<Person>;

    /// Signs in, once more, somebody whom [`person`](Self::person) has made; `None` where there is no such call.
    fn login(&self, _name: &str) -> Option<Call> {
        None
    }

    /// A new room of these people; the first may do everything in it.
    async fn room(&self, http: &Http, people: &[&Person]) -> Result<String>;

    /// Ends a room, where that can be done.
    async fn end_room(&self, http: &Http, room: &str, owner: &Person) -> Result<()>;

    /// The texts of all messages that are kept, oldest first; `None` where none are.
    async fn history(&self, http: &Http, room: &str, reader: &Person) -> Result<Option<Vec<String>>>;

    /// Reads the newest messages; `None` where there is no such call.
    fn page(&self, room: &str, limit: usize) -> Option<Call>;

    /// Sends a message, which is stored once this is answered; `None` where there is no such call.
    fn post(&self, room: &str, content: &str) -> Option<Call>;

    /// The path of the WebSocket, and its headers as lines that end in CR LF.
    fn upgrade(&self, person: &Person) -> (String, String);

    /// What is said first; an answer to it ends in [`Heard::Ready`].
    fn greeting(&self, person: &Person) -> Option<String>;

    /// The frame that sends a message.
    fn send(&self, room: &str, mark: u32, content: &str) -> String;

    /// What a frame says to that person.
    fn read(&self, frame: &[u8], person: &Person) -> Heard;
}

/// A client of the REST API.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// A client of the server at that address.
    pub fn new(base: &str) -> Result<Self> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).tcp_nodelay(true).build()?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// The address, as a URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A call as it is: the status and the body.
    pub async fn raw(&self, call: &Call, token: Option<&str>) -> Result<(u16, Vec<u8>, Option<u64>)> {
        let mut request = self.client.request(call.method.clone(), format!("{}{}", self.base, call.path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
        Ok((status, answer.bytes().await?.to_vec(), wait))
    }

    /// A call that must succeed; a server that says when to come back is asked again then.
    pub async fn must(&self, call: &Call, token: Option<&str>) -> Result<Value> {
        for _ in 0..20 {
            let (status, body, wait) = self.raw(call, token).await?;
            match (status, wait) {
                (200..300, _) if body.is_empty() => return Ok(Value::Null),
                (200..300, _) => return Ok(serde_json::from_slice(&body)?),
                (429 | 503, Some(wait)) => tokio::time::sleep(Duration::from_secs(wait.clamp(1, 10))).await,
                _ => {
                    let text = String::from_utf8_lossy(&body);
                    return Err(fault(format!("{} {}: {status} {text}", call.method, call.path)));
                }
            }
        }
        Err(fault(format!("{} {}: put off again and again", call.method, call.path)))
    }
}

const MARK: &[u8] = b"~b:";

/// A message's text: who sent it, its number and its time, filled up to the size.
pub fn content(key: Key, sent: u64, size: usize) -> String {
    let mut text = format!("~b:{:08x}:{:08x}:{sent:016x}~", key.sender, key.n);
    while text.len() < size {
        text.push(char::from(b'a' + u8::try_from(text.len() % 26).unwrap_or(0)));
    }
    text
}

/// Finds a message of ours in a frame or a text.
pub fn find_content(text: &[u8]) -> Option<(Key, u64)> {
    let start = memchr::memmem::find(text, MARK)? + MARK.len();
    let piece = std::str::from_utf8(text.get(start..start + 34)?).ok()?;
    let mut parts = piece.split(':');
    let sender = u32::from_str_radix(parts.next()?, 16).ok()?;
    let n = u32::from_str_radix(parts.next()?, 16).ok()?;
    Some((Key { sender, n }, u64::from_str_radix(parts.next()?, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_says_is_found_again() {
        let key = Key { sender: 0xabc, n: 77 };
        let text = content(key, 123_456_789, 128);
        assert_eq!(text.len(), 128);
        assert_eq!(find_content(format!("{{\"content\":\"{text}\"}}").as_bytes()), Some((key, 123_456_789)));
        assert_eq!(find_content(&text.as_bytes()[..20]), None);
        assert_eq!(find_content(b"hello"), None);
    }
}
