//! REST, for a client that expects the worst.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Failure;
use crate::history::{Outcome, Seen};

/// The password of everyone.
const PASSWORD: &str = "correct horse battery";
/// How long any answer is waited for.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long until something that must succeed is tried again.
pub const AGAIN: Duration = Duration::from_millis(100);

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was done.
    Done(Value),
    /// It was refused for good, under this code.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

/// Calls a server, as somebody or as nobody.
#[derive(Debug, Clone)]
pub struct Rest {
    pub base: String,
    pub token: String,
    client: reqwest::Client,
}

impl Rest {
    /// A client of nobody.
    pub fn new(base: &str) -> Result<Self, Failure> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { base: base.to_owned(), token: String::new(), client })
    }

    /// A call; the whole body of its answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let Ok(response) = request.send().await else { return Answer::Unknown };
        let status = response.status();
        let Ok(text) = response.text().await else { return Answer::Unknown };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            Answer::Done(body)
        } else if status.is_client_error() {
            Answer::Refused(body["code"].as_str().unwrap_or("?").to_owned())
        } else {
            Answer::Unknown
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Calls until it is done; for what may be repeated. A refusal ends the program.
    pub async fn must(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        loop {
            match self.call(method.clone(), path, body).await {
                Answer::Done(body) => return Ok(body["data"].clone()),
                Answer::Refused(code) => return Err(format!("{method} {path} was refused: {code}").into()),
                Answer::Unknown => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// Signs somebody up, and in; their id.
    pub async fn register(&self, username: &str) -> Result<String, Failure> {
        let body = json!({"username": username, "password": PASSWORD});
        let user = self.must(Method::POST, "/auth/register", Some(&body)).await?;
        Ok(text(&user["id"]))
    }

    /// Signs somebody in, in a session of its own.
    pub async fn sign_in(&self, username: &str) -> Result<Self, Failure> {
        let body = json!({"username": username, "password": PASSWORD});
        let tokens = self.must(Method::POST, "/auth/login", Some(&body)).await?;
        Ok(Self { token: text(&tokens["accessToken"]), ..self.clone() })
    }

    /// Says something, or says it again.
    pub async fn say(&self, chat: &str, id: &str, content: &str) -> Outcome {
        let body = json!({"id": id, "content": content});
        match self.call(Method::POST, &format!("/conversations/{chat}/messages"), Some(&body)).await {
            Answer::Done(body) => Outcome::Acknowledged(Some(seen(&body["data"]))),
            Answer::Refused(code) => Outcome::Refused(code),
            Answer::Unknown => Outcome::Unknown,
        }
    }

    /// Reads a conversation from the newest message to the oldest, in pages; `None` if not all of it could be read.
    pub async fn walk(&self, chat: &str, limit: usize) -> Option<Vec<Seen>> {
        let (mut messages, mut before) = (Vec::new(), String::new());
        loop {
            let path = format!("/conversations/{chat}/messages?limit={limit}{before}");
            let Answer::Done(body) = self.get(&path).await else { return None };
            messages.extend(body["data"].as_array()?.iter().map(seen));
            let Some(cursor) = body["pagination"]["nextCursor"].as_str() else { return Some(messages) };
            before = format!("&before={cursor}");
        }
    }

    /// What came after a place: up to where, and the messages of it.
    pub async fn sync(&self, chat: &str, after: i64) -> Option<(i64, Vec<Seen>)> {
        let (upto, _, changes) = self.changes(chat, after).await?;
        let messages = changes.iter().map(|change| &change["message"]).filter(|message| !message.is_null());
        Some((upto, messages.map(seen).collect()))
    }

    /// The place at which somebody last came to a chat or left it, after another place; tried until it is known.
    pub async fn last_move(&self, chat: &str, user: &str, after: i64) -> Option<i64> {
        let (mut after, mut last) = (after, None);
        loop {
            let Some((upto, has_more, changes)) = self.changes(chat, after).await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let of_them = changes.iter().filter(|change| change["participant"]["id"] == user);
            last = of_them.filter_map(|change| change["seq"].as_i64()).next_back().or(last);
            if !has_more {
                return last;
            }
            after = upto;
        }
    }

    /// A page of changes: up to where, whether there are more, and what they are.
    async fn changes(&self, chat: &str, after: i64) -> Option<(i64, bool, Vec<Value>)> {
        let path = format!("/conversations/{chat}/changes?after={after}&limit=50");
        let Answer::Done(mut body) = self.get(&path).await else { return None };
        let Value::Array(changes) = body["data"]["changes"].take() else { return None };
        let has_more = body["pagination"]["hasMore"].as_bool()?;
        let last = changes.last().and_then(|change| change["seq"].as_i64());
        let upto = if has_more { last? } else { body["data"]["seq"].as_i64()? };
        Some((upto, has_more, changes))
    }
}

/// A message of the vocabulary.
pub fn seen(message: &Value) -> Seen {
    Seen { id: text(&message["id"]), content: text(&message["content"]), seq: message["seq"].as_i64() }
}

/// A text; nothing where there is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
