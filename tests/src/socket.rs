//! Plain WebSocket: everything that is read is held against the `AsyncAPI` document.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::client::{SOON, discreet};
use crate::live::{Direction, Live};

/// A header of the upgrade.
pub type Header = (&'static str, String);
/// What goes over a plain WebSocket, in either direction.
pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a plain WebSocket, whose subprotocol the server chooses.
pub(crate) async fn dial(base: &str, path: &str, headers: &[Header]) -> (Stream, Option<String>) {
    let mut request = format!("{}{path}", base.replace("http", "ws")).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let (stream, response) = connect_async(request).await.unwrap();
    let protocol = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
    (stream, protocol)
}

/// A plain WebSocket that speaks the `events` dialect.
pub struct Socket {
    stream: Stream,
    marks: u64,
    /// Events read while an answer was awaited.
    early: Vec<Value>,
    live: Arc<Live>,
    /// What was said, by its mark.
    asked: HashMap<String, Value>,
    /// Whether it is shown who comes and goes, which happens beside everything else.
    hears_presence: bool,
}

impl Socket {
    /// Opens `/ws` with the token in the header.
    pub async fn open(base: &str, token: Option<&str>) -> Self {
        let headers = token.map(|token| ("authorization", format!("Bearer {token}")));
        Self::open_at(base, "/ws", headers.as_slice()).await.0
    }

    /// Opens `/ws` as a browser must: the token as second subprotocol.
    pub async fn open_as_browser(base: &str, token: &str) -> Self {
        let list = ("sec-websocket-protocol", format!("events, {token}"));
        let (socket, protocol) = Self::open_at(base, "/ws", &[list]).await;
        assert_eq!(protocol.as_deref(), Some("events"));
        socket
    }

    /// Opens `/ws` with so little room for what is not read.
    pub async fn open_with_buffer(base: &str, token: &str, bytes: u32) -> Self {
        let address = base.trim_start_matches("http://");
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(bytes).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let (stream, _) = client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap();
        Self::new(stream, base).await
    }

    /// Whether the connection stands, as the kernel sees it: neither side has ended it.
    pub fn stands(&self) -> bool {
        const ESTABLISHED: &str = "01";
        let MaybeTlsStream::Plain(stream) = self.stream.get_ref() else { return true };
        let port = format!(":{:04X}", stream.local_addr().unwrap().port());
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).any(|fields| {
            fields.get(1).is_some_and(|local| local.ends_with(&port)) && fields.get(3) == Some(&ESTABLISHED)
        })
    }

    /// Opens a path with these headers. With it comes the subprotocol that the server chose.
    pub async fn open_at(base: &str, path: &str, headers: &[Header]) -> (Self, Option<String>) {
        let (stream, protocol) = dial(base, path, headers).await;
        (Self::new(stream, base).await, protocol)
    }

    async fn new(stream: Stream, base: &str) -> Self {
        let (early, live, asked) = (Vec::new(), Live::of(base).await, HashMap::new());
        Self { stream, marks: 0, early, live, asked, hears_presence: false }
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
        self.finish().await;
    }

    /// Reads on to the end of the stream, which answers the server's close.
    pub async fn finish(mut self) {
        while self.message().await.is_some() {}
    }

    /// Sends a frame as it is.
    pub async fn send_text(&mut self, text: &str) {
        if let Ok(frame) = serde_json::from_str::<Value>(text) {
            self.asked.insert(frame["id"].to_string(), frame);
        }
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
        discreet(&answer.to_string());
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

    /// What still comes from a server that may be gone; `None` at the end.
    pub async fn rest(&mut self) -> Option<Message> {
        if self.early.is_empty() { self.message().await } else { Some(Message::text(self.early.remove(0).to_string())) }
    }

    /// Whether what comes next is an answer, not a close.
    pub async fn is_answered(&mut self) -> bool {
        matches!(self.message().await, Some(Message::Text(_)))
    }

    /// The next frame that still comes from a server that has cut the connection; `None` at the end.
    pub async fn remains(&mut self) -> Option<Value> {
        match self.rest().await {
            Some(Message::Text(text)) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    async fn message(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(SOON, self.stream.next()).await.expect("something is read in time");
            match next {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => {
                    let message = other.transpose().ok().flatten();
                    self.judge(message.as_ref());
                    return message;
                }
            }
        }
    }

    /// Whatever is read is held against the document; so is what was said, once the server has found it right.
    fn judge(&self, message: Option<&Message>) {
        match message {
            Some(Message::Text(text)) => self.judge_frame(&serde_json::from_str(text).unwrap()),
            Some(Message::Close(Some(close))) => self.live.judge_close(close.code.into()),
            _ => {}
        }
    }

    fn judge_frame(&self, frame: &Value) {
        let Some(mark) = frame.get("id") else {
            return self.live.judge("ws", Direction::Told, frame["event"].as_str().unwrap(), frame);
        };
        let asked = &self.asked[&mark.to_string()];
        let event = asked["event"].as_str().unwrap();
        if frame["event"] == "ack" {
            self.live.judge("ws", Direction::Said, event, asked);
        }
        // All events are refused alike, and so are names that are none.
        let known = frame["event"] == "ack" || self.live.has("ws", Direction::Said, event);
        self.live.judge("ws", Direction::Answered, if known { event } else { "message:send" }, frame);
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
