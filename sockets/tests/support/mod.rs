//! A real server on a free port, and clients that speak bytes.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_server::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use sockets::{Connection, ConnectionId, Frame, Handler, Message, Options, ServerOptions, Workers};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};

/// How long anything may take that is waited for.
pub const SOON: Duration = Duration::from_secs(10);

/// What the handlers tell the test.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    Opened(ConnectionId),
    Heard(String),
    Closed(ConnectionId),
}

/// A running server.
pub struct Server {
    pub address: std::net::SocketAddr,
    pub workers: Workers,
    pub told: mpsc::UnboundedReceiver<Told>,
    /// Lets `/slow` and commands that wait go on.
    pub gate: Arc<Notify>,
    pub handle: ServerHandle,
    pub done: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Echoes; some texts make it do otherwise.
struct Echo {
    flavour: u8,
    tell: mpsc::UnboundedSender<Told>,
    gate: Arc<Notify>,
}

impl Handler for Echo {
    fn flavour(&self) -> u8 {
        self.flavour
    }

    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        let _ = self.tell.send(Told::Opened(connection.id()));
        None
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<LocalBoxFuture<'static, ()>> {
        let Message::Text(text) = message else { return None };
        let _ = self.tell.send(Told::Heard(text.to_string()));
        match &*text {
            "quiet" => None,
            "panic" => panic!("as asked"),
            "wait" => {
                let (gate, connection) = (Arc::clone(&self.gate), connection.clone());
                let wait = async move {
                    gate.notified().await;
                    connection.send(&Frame::text("waited"));
                };
                Some(wait.boxed_local())
            }
            text => {
                connection.send(&Frame::text(text));
                None
            }
        }
    }

    fn closed(&self, connection: &Connection) {
        let _ = self.tell.send(Told::Closed(connection.id()));
    }
}

impl Server {
    /// Starts one with a worker.
    pub fn start(options: Options, server: &ServerOptions) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let (gate, workers) = (Arc::new(Notify::new()), Workers::new(1));
        let listener = sockets::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (options, slow) = (Arc::new(options), Arc::clone(&gate));
        let app = move || {
            let (options, tell, gate, slow) =
                (Arc::clone(&options), tell.clone(), Arc::clone(&slow), Arc::clone(&slow));
            let hits = Rc::new(std::cell::Cell::new(0));
            let echo = move |request: HttpRequest, payload: web::Payload| {
                let flavour = u8::from(request.query_string() == "1");
                let echo = Echo { flavour, tell: tell.clone(), gate: Arc::clone(&gate) };
                hits.set(hits.get() + 1);
                let answer = sockets::upgrade(&request, payload, &["one", "two"], Arc::clone(&options), echo);
                async move { answer }
            };
            let slow = move || {
                let slow = Arc::clone(&slow);
                async move {
                    slow.notified().await;
                    HttpResponse::Ok().body("slow")
                }
            };
            App::new()
                .route("/echo", web::get().to(echo))
                .route("/slow", web::get().to(slow))
                .route("/plain", web::get().to(async || HttpResponse::Ok().body("plain")))
                .route("/refused", web::get().to(async || HttpResponse::Unauthorized().body("no")))
                .route("/replaced", web::get().to(async || HttpResponse::new(StatusCode::SWITCHING_PROTOCOLS)))
        };
        let server = sockets::serve(listener, server, &workers, app).unwrap();
        let handle = server.handle();
        Self { address, workers, told, gate, handle, done: tokio::spawn(server) }
    }

    /// Starts one whose times are short.
    pub fn quick() -> Self {
        let options = Options { close_timeout: Duration::from_millis(200), ..Options::default() };
        Self::start(options, &ServerOptions { sweep: Duration::from_millis(10), ..ServerOptions::default() })
    }

    /// What the handlers tell next.
    pub async fn next(&mut self) -> Told {
        tokio::time::timeout(SOON, self.told.recv()).await.expect("something is told in time").unwrap()
    }

    /// Connects, and names the connection.
    pub async fn connect(&mut self) -> (Client, ConnectionId) {
        self.connect_at("/echo").await
    }

    pub async fn connect_at(&mut self, path: &str) -> (Client, ConnectionId) {
        let mut client = Client::open(self.address).await;
        client.write(&handshake(path)).await;
        assert!(client.head().await.starts_with("HTTP/1.1 101"));
        match self.next().await {
            Told::Opened(id) => (client, id),
            other => panic!("{other:?}"),
        }
    }
}

/// A valid request for an upgrade.
pub fn handshake(path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

/// A client frame with a mask of zeros.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => wire.push(0x80 | short),
        _ => {
            wire.push(0xFE);
            wire.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    wire.extend([0; 4]);
    wire.extend(payload);
    wire
}

pub fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

/// A TCP connection.
pub struct Client {
    pub stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub async fn open(address: std::net::SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Reads more; `false` at the end, however it ended.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(SOON, self.stream.read_buf(&mut self.read)).await.expect("read in time");
        read.is_ok_and(|count| count > 0)
    }

    /// The head of an HTTP answer.
    pub async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            assert!(self.more().await, "the connection ended within a head");
        }
    }

    /// So many bytes of a body.
    pub async fn body(&mut self, length: usize) -> String {
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended within a body");
        }
        String::from_utf8(self.read.drain(..length).collect()).unwrap()
    }

    /// The next frame: its opcode and payload; `None` at the end.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let [first, length @ 0..=125, rest @ ..] = &self.read[..]
                && rest.len() >= usize::from(*length)
            {
                let (opcode, end) = (first & 0x0F, 2 + usize::from(*length));
                let wire: Vec<u8> = self.read.drain(..end).collect();
                return Some((opcode, wire[2..].to_vec()));
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next text; pings are passed over.
    pub async fn text(&mut self) -> String {
        loop {
            match self.frame().await {
                Some((0x1, payload)) => return String::from_utf8(payload).unwrap(),
                Some((0x9, _)) => {}
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }

    /// The code of the close frame that comes, and then the end.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Some((0x8, payload)) => return u16::from_be_bytes([payload[0], payload[1]]),
                Some(_) => {}
                None => panic!("the connection ended without a close frame"),
            }
        }
    }

    /// Waits for the end, whatever comes before.
    pub async fn ended(&mut self) {
        while self.more().await {
            self.read.clear();
        }
    }
}
