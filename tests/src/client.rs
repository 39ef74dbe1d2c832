//! People at the doors: REST and plain WebSocket.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::contract::Document;

/// How long anything may take that is waited for. It bounds a failing test, and judges no speed.
pub const SOON: Duration = Duration::from_secs(10);

/// The password of everyone in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// An id that nothing has.
#[expect(clippy::disallowed_methods, reason = "clients choose ids as they like")]
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The payload of a success.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert_eq!(self.body["success"], true, "{self:?}");
        &self.body["data"]
    }

    /// Checks the status and gives the payload.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if status == 204 { Value::Null } else { self.data().clone() }
    }

    /// Checks status and code of a refusal, and the envelope around it.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.body["success"], false);
        assert_eq!(self.body["statusCode"], status);
        for key in ["message", "timestamp", "path", "requestId"] {
            assert!(self.body[key].is_string(), "{key}: {self:?}");
        }
        assert_eq!(self.body["requestId"].as_str(), self.headers["x-request-id"].to_str().ok());
        assert_eq!(self.body.get("errors").is_some(), code == "VALIDATION_FAILED");
        self.body
    }

    /// The names of the fields a validation refused.
    #[track_caller]
    pub fn fields(self) -> Vec<String> {
        let body = self.refused(400, "VALIDATION_FAILED");
        body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    }
}

/// Speaks HTTP with a server. Every answer is held against the document.
#[derive(Clone)]
pub struct Http {
    pub base: String,
    pub token: Option<String>,
    client: reqwest::Client,
    document: Arc<Document>,
}

impl Http {
    /// A client of the server at `base`, with its document.
    pub async fn new(base: String) -> Self {
        let client = reqwest::Client::builder().timeout(SOON * 3).build().unwrap();
        let document = client.get(format!("{base}/api/openapi.json")).send().await.unwrap().json().await.unwrap();
        Self { base, token: None, client, document: Arc::new(Document::new(document)) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = self.send(request).await;
        let body = (answer.status != 204).then_some(&answer.body);
        self.document.judge(method.as_str(), &format!("/api/v1{path}"), answer.status, body);
        answer
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        Answer { status, headers, body }
    }

    /// A request without anything, to be made by hand.
    pub fn raw(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Signs somebody up and in.
    pub async fn person(&self, username: &str) -> Person {
        let user = self.post("/auth/register", json!({"username": username, "password": PASSWORD})).await.ok(201);
        self.sign_in(username, user["id"].as_str().unwrap()).await
    }

    /// Signs somebody in, once more.
    pub async fn sign_in(&self, username: &str, id: &str) -> Person {
        let tokens = self.post("/auth/login", json!({"username": username, "password": PASSWORD})).await.ok(200);
        let token = tokens["accessToken"].as_str().unwrap().to_owned();
        Person {
            id: id.to_owned(),
            username: username.to_owned(),
            refresh: tokens["refreshToken"].as_str().unwrap().to_owned(),
            http: Self { token: Some(token), ..self.clone() },
        }
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub refresh: String,
    pub http: Http,
}

impl Person {
    pub fn token(&self) -> &str {
        self.http.token.as_deref().unwrap()
    }

    /// Makes a group with others and answers its id.
    pub async fn group(&self, name: &str, others: &[&Self]) -> String {
        let ids: Vec<&str> = others.iter().map(|other| other.id.as_str()).collect();
        let made = self.http.post("/conversations", json!({"name": name, "participantIds": ids})).await.ok(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Says something and answers the message.
    pub async fn say(&self, conversation: &str, content: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        self.http.post(&path, json!({"content": content})).await.ok(201)
    }

    /// Connects by plain WebSocket.
    pub async fn connect(&self) -> Socket {
        Socket::open(&self.http.base, Some(self.token())).await
    }
}

/// A plain WebSocket that speaks the `events` dialect.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    marks: u64,
    /// Events read while an answer was awaited.
    early: Vec<Value>,
    /// Whether it is shown who comes and goes, which happens beside everything else.
    hears_presence: bool,
}

impl Socket {
    /// Opens `/ws` with the token in the header.
    pub async fn open(base: &str, token: Option<&str>) -> Self {
        let mut request = format!("{}/ws", base.replace("http", "ws")).into_client_request().unwrap();
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let (stream, _) = connect_async(request).await.unwrap();
        Self { stream, marks: 0, early: Vec::new(), hears_presence: false }
    }

    /// Shows from now on also who comes and goes, which is passed over otherwise.
    #[must_use]
    pub fn hearing_presence(mut self) -> Self {
        self.hears_presence = true;
        self
    }

    /// Says goodbye, and waits until the server has done so too.
    pub async fn leave(mut self) {
        self.stream.close(None).await.unwrap();
        while self.message().await.is_some() {}
    }

    /// Opens `/ws` as a browser must: the token as second subprotocol.
    pub async fn open_as_browser(base: &str, token: &str) -> Self {
        let mut request = format!("{}/ws", base.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", format!("events, {token}").parse().unwrap());
        let (stream, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "events");
        Self { stream, marks: 0, early: Vec::new(), hears_presence: false }
    }

    /// Sends a frame as it is.
    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Sends a command without waiting, and answers its mark.
    pub async fn cast(&mut self, event: &str, data: Value) -> u64 {
        self.marks += 1;
        self.send_text(&json!({"event": event, "id": self.marks, "data": data}).to_string()).await;
        self.marks
    }

    /// Sends a command and waits for its answer: the whole frame.
    pub async fn ask(&mut self, event: &str, data: Value) -> Value {
        let mark = self.cast(event, data).await;
        loop {
            let frame = self.frame().await;
            if frame["id"] == mark {
                return frame;
            }
            self.early.push(frame);
        }
    }

    /// Sends a command that must succeed, and answers what it was acknowledged with.
    pub async fn done(&mut self, event: &str, data: Value) -> Value {
        let answer = self.ask(event, data).await;
        assert_eq!(answer["event"], "ack", "{answer}");
        answer["data"].clone()
    }

    /// Sends a command that must fail, and answers the code.
    pub async fn refused(&mut self, event: &str, data: Value) -> String {
        let answer = self.ask(event, data).await;
        assert_eq!(answer["event"], "error", "{answer}");
        answer["data"]["code"].as_str().unwrap().to_owned()
    }

    /// The next event of that name; others before it are passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["event"] == name {
                return frame["data"].clone();
            }
        }
    }

    /// The next frame that was not read yet.
    pub async fn next(&mut self) -> Value {
        if self.early.is_empty() { self.frame().await } else { self.early.remove(0) }
    }

    async fn frame(&mut self) -> Value {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    let is_presence = frame["event"].as_str().is_some_and(|event| event.starts_with("user:"));
                    if self.hears_presence || !is_presence {
                        return frame;
                    }
                }
                other => panic!("expected a text frame, got {other:?}"),
            }
        }
    }

    /// Waits for the close frame, passing over all else: its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.message().await {
                Some(Message::Close(Some(CloseFrame { code, reason }))) => return (code.into(), reason.to_string()),
                Some(Message::Text(_)) => {}
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }

    /// Reads on to the end of the stream, which answers the server's close.
    pub async fn finish(mut self) {
        while self.message().await.is_some() {}
    }

    /// What still comes from a server that may be gone; `None` at the end.
    pub async fn rest(&mut self) -> Option<Message> {
        if self.early.is_empty() { self.message().await } else { Some(Message::text(self.early.remove(0).to_string())) }
    }

    async fn message(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(SOON, self.stream.next()).await.expect("something is read in time");
            match next {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return other.transpose().ok().flatten(),
            }
        }
    }
}

/// What is told before the answer to a question whose answer comes last: an orderly way to see that nothing came.
pub async fn quiet(socket: &mut Socket, conversation: &str) -> Vec<Value> {
    let mark = socket.cast("conversation:leave", json!({"conversationId": conversation})).await;
    let mut told = std::mem::take(&mut socket.early);
    loop {
        let frame = socket.frame().await;
        if frame["id"] == mark {
            return told;
        }
        told.push(frame);
    }
}
