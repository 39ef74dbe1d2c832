//! People at the doors, and REST; plain WebSocket is in [`crate::socket`].

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::Document;
pub use crate::socket::{Socket, quiet};

/// How long anything may take that is waited for. It bounds a failing test, and judges no speed.
pub const SOON: Duration = Duration::from_secs(10);

/// The password of everyone in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// An id that nothing has.
#[expect(clippy::disallowed_methods, reason = "clients choose ids as they like")]
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Panics if a refusal tells what is nobody's business: causes, SQL, places in the source or the file system, secrets;
/// or if it says the request again at length.
#[track_caller]
pub fn discreet(refusal: &str) {
    const TELLING: [&str; 16] = [
        "sqlite",
        "postgres",
        "diesel",
        "select ",
        "insert ",
        "syntax error",
        "constraint",
        "panicked",
        "backtrace",
        ".rs:",
        "/src/",
        "/tmp/",
        "/home/",
        "/root/",
        "$argon2",
        PASSWORD,
    ];
    let lower = refusal.to_lowercase();
    for word in TELLING {
        assert!(!lower.contains(word), "{word} is told: {refusal}");
    }
    assert!(refusal.len() < 4096, "a refusal of {} bytes", refusal.len());
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
        discreet(&self.body.to_string());
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
    /// Where a proxy says that requests come from.
    forwarded: Option<String>,
    client: reqwest::Client,
    document: Arc<Document>,
}

impl Http {
    /// A client of the server at `base`, with its document.
    pub async fn new(base: String) -> Self {
        // Before the server gives up a connection on which nobody says anything, that is not used any more.
        let client = reqwest::Client::builder().timeout(SOON * 3).pool_idle_timeout(SOON / 4).build().unwrap();
        let document = client.get(format!("{base}/api/openapi.json")).send().await.unwrap().json().await.unwrap();
        Self { base, token: None, forwarded: None, client, document: Arc::new(Document::new(document)) }
    }

    /// The same client, for whom a proxy says that it is there.
    #[must_use]
    pub fn coming_from(&self, addresses: &str) -> Self {
        Self { forwarded: Some(addresses.to_owned()), ..self.clone() }
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
        if let Some(addresses) = &self.forwarded {
            request = request.header("x-forwarded-for", addresses);
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

    /// Connects by plain WebSocket, before they hear anything.
    pub async fn dial(&self) -> Socket {
        Socket::open(&self.http.base, Some(self.token())).await
    }

    /// Connects by plain WebSocket. They hear everything once this returns.
    pub async fn connect(&self) -> Socket {
        let mut socket = self.dial().await;
        socket.done("conversation:sync", json!({"conversations": {}})).await;
        socket
    }
}
