//! People at the door of `{type, params}` frames: everything that is read is held against the `AsyncAPI` document.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::client::{Person, SOON, discreet};
use crate::live::{Direction, Live};
use crate::socket::{Header, Stream, dial};

/// The door in the document.
const CHANNEL: &str = "frames";

/// A plain WebSocket that speaks frames.
pub struct Frames {
    stream: Stream,
    /// The subprotocol that the server chose.
    pub protocol: Option<String>,
    /// Pushes read while an answer was awaited.
    early: Vec<Value>,
    live: Arc<Live>,
}

impl Frames {
    /// Opens a path with these headers.
    pub async fn open(base: &str, path: &str, headers: &[Header]) -> Self {
        let (stream, protocol) = dial(base, path, headers).await;
        Self { stream, protocol, early: Vec::new(), live: Live::of(base).await }
    }

    /// Connects somebody as a browser does. They hear everything once this returns.
    pub async fn connect(person: &Person) -> Self {
        let list = format!("auth, {}", person.token());
        let mut frames = Self::open(&person.http.base, "/", &[("sec-websocket-protocol", list)]).await;
        frames.quiet().await;
        frames
    }

    /// Sends a frame as it is.
    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Sends a request and answers what it is answered with. What comes before that is a push.
    pub async fn ask(&mut self, kind: &str, params: Value) -> Value {
        self.send_text(&json!({"type": kind, "params": params}).to_string()).await;
        loop {
            let frame = self.read().await;
            // Only pushes carry an item.
            if frame["error"] == true || frame["params"]["item"].is_null() {
                return frame;
            }
            self.early.push(frame);
        }
    }

    /// Sends requests at once, without waiting in between, and answers their types in the order they are answered in.
    pub async fn ask_all(&mut self, kind: &str, params: impl Iterator<Item = Value>) -> Vec<Value> {
        let mut asked = 0;
        for params in params {
            self.send_text(&json!({"type": kind, "params": params}).to_string()).await;
            asked += 1;
        }
        let mut types = Vec::new();
        for _ in 0..asked {
            types.push(self.read().await["type"].clone());
        }
        types
    }

    /// Sends a request that must succeed, and answers its data.
    pub async fn done(&mut self, kind: &str, params: Value) -> Value {
        let said = json!({"type": kind, "params": params});
        let answer = self.ask(kind, params).await;
        self.live.judge(CHANNEL, Direction::Said, kind, &said);
        let told = if kind == "privateMessage" { kind.to_owned() } else { format!("{kind}Response") };
        assert_eq!((&answer["type"], &answer["success"]), (&json!(told), &json!(true)), "{answer}");
        assert_eq!((&answer["params"]["item"], &answer["params"]["isBroadcast"]), (&Value::Null, &json!(false)));
        answer["params"]["data"].clone()
    }

    /// Sends a request that must fail, and answers the text of the error.
    pub async fn refused(&mut self, kind: &str, params: Value) -> String {
        let answer = self.ask(kind, params).await;
        assert_eq!((&answer["error"], &answer["type"]), (&json!(true), &json!(kind)), "{answer}");
        discreet(&answer.to_string());
        answer["message"].as_str().unwrap().to_owned()
    }

    /// The next push.
    pub async fn push(&mut self) -> Value {
        let frame = if self.early.is_empty() { self.read().await } else { self.early.remove(0) };
        assert!(frame["success"] == true && frame["params"]["data"].is_null(), "{frame}");
        frame
    }

    /// The pushes that came before the answer to a question: an orderly way to see that none did.
    pub async fn quiet(&mut self) -> Vec<Value> {
        self.done("listLastMessage", json!({"limit": 0})).await;
        std::mem::take(&mut self.early)
    }

    /// The next frame, whatever it is.
    pub async fn read(&mut self) -> Value {
        match self.message().await {
            Some(Message::Text(text)) => self.judged(&text),
            other => panic!("expected a text frame, got {other:?}"),
        }
    }

    /// Waits for the close frame, passing over all else: its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.message().await {
                Some(Message::Close(Some(CloseFrame { code, reason }))) => {
                    self.live.judge_close(code.into());
                    return (code.into(), reason.to_string());
                }
                Some(Message::Text(text)) => drop(self.judged(&text)),
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }

    /// The frame in a text, which must be as documented.
    fn judged(&self, text: &str) -> Value {
        let frame: Value = serde_json::from_str(text).unwrap();
        let kind = frame["type"].as_str().unwrap();
        // Only pushes carry an item, and what the processor refuses is of no type that could be answered.
        let is_answer = kind != "processor" && frame["params"]["item"].is_null();
        let (direction, event) = if is_answer {
            (Direction::Answered, kind.strip_suffix("Response").unwrap_or(kind))
        } else {
            (Direction::Told, kind)
        };
        self.live.judge(CHANNEL, direction, event, &frame);
        frame
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
