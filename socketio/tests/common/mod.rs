//! A real server on a free port, whose sockets do what they are told.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

pub mod client;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_server::ServerHandle;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest};
use futures_util::future::LocalBoxFuture;
use socketio::engine::{Endpoint, Engine, Link, Service, Turn};
use socketio::{Accepted, Application, Connect, Event, Handler, Malformed, Options, Refusal, Socket, SocketIo};
use sockets::{Broadcast, Command, ConnectionId, Frame, Message, ServerOptions, Topic, Workers};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use client::{ENGINE, Raw, SOCKET};

/// What a test waits for at most.
pub const GENEROUS: Duration = Duration::from_secs(5);
/// How long nothing must happen where nothing may. Too short a time hides a fault, and never shows one.
pub const QUIET: Duration = Duration::from_millis(150);

/// Waits for what has to happen.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GENEROUS, future).await.expect("it has to happen in time")
}

/// What the server's side notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    Opened(String, ConnectionId),
    /// A command waits at the gate.
    Started(&'static str),
    /// A command was dropped there.
    Dropped(&'static str),
    Answer(String),
    Closed(String, bool),
}

#[derive(Clone)]
struct Stage {
    notes: UnboundedSender<Note>,
    gate: Arc<Semaphore>,
    workers: Workers,
}

impl Stage {
    fn note(&self, note: Note) {
        // The test may be over.
        let _ = self.notes.send(note);
    }

    /// Notes that it has come to the gate, and waits there.
    async fn wait(&self, name: &'static str) {
        self.note(Note::Started(name));
        self.pass(name).await;
    }

    /// Waits at the gate, and notes if it does not come through.
    async fn pass(&self, name: &'static str) {
        struct Work<'a>(&'a Stage, Option<&'static str>);
        impl Drop for Work<'_> {
            fn drop(&mut self) {
                if let Some(name) = self.1.take() {
                    self.0.note(Note::Dropped(name));
                }
            }
        }
        let mut work = Work(self, Some(name));
        self.gate.acquire().await.unwrap().forget();
        work.1 = None;
    }
}

/// Engine.IO: sends each message back.
struct Echo;

impl Service for Echo {
    fn open(&self, _: &Link) -> Rc<dyn Endpoint> {
        Rc::new(Self)
    }
}

impl Endpoint for Echo {
    fn message(self: Rc<Self>, link: &Link, message: Message) -> Result<Option<Turn>, Malformed> {
        link.send(&[match message {
            Message::Text(text) => Frame::text(&format!("4{text}")),
            Message::Binary(bytes) => Frame::binary(&bytes),
        }]);
        Ok(None)
    }

    fn closed(&self, _: &Link, _: bool) {}
}

impl Application for Stage {
    fn admit(&self, request: &HttpRequest) -> Result<(), Duration> {
        if request.headers().contains_key("x-too-often") { Err(Duration::from_millis(1500)) } else { Ok(()) }
    }

    fn connect(&self, request: Connect) -> LocalBoxFuture<'static, Result<Accepted, Refusal>> {
        let stage = self.clone();
        Box::pin(async move {
            let mut accepted =
                Accepted::new(Probe { stage: stage.clone(), auth: request.auth.map(|it| it.to_string()) });
            match &*request.namespace {
                "/slow" => stage.wait("connect").await,
                "/again" => (accepted.sid, accepted.pid) = (Some("earlier".to_owned()), Some("private".to_owned())),
                "/no" => {
                    let token = request.head.header(&AUTHORIZATION).map(|it| it.to_str().unwrap().to_owned());
                    return Err(Refusal {
                        message: "No".to_owned(),
                        data: Some(serde_json::json!({ "token": token })),
                    });
                }
                "/" | "/custom" => {}
                name if name.starts_with("/room") => {}
                _ => return Err(Refusal::new("Invalid namespace")),
            }
            Ok(accepted)
        })
    }
}

struct Probe {
    stage: Stage,
    auth: Option<String>,
}

impl Probe {
    fn later<F: Future<Output = ()> + 'static>(&self, socket: &Socket, work: impl FnOnce(Stage, Socket) -> F) -> F {
        work(self.stage.clone(), socket.clone())
    }
}

impl Handler for Probe {
    fn opening(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, Result<(), Refusal>>> {
        let (stage, socket) = (self.stage.clone(), socket.clone());
        match self.auth.as_deref()? {
            "{\"opening\":\"slow\"}" => Some(Box::pin(async move {
                stage.workers.join(socket.id(), Topic(0, 1), 0);
                stage.wait("opening").await;
                Ok(())
            })),
            "{\"opening\":\"refused\"}" => Some(Box::pin(async { Err(Refusal::new("Full")) })),
            "{\"opening\":\"ended\"}" => Some(Box::pin(async move {
                socket.disconnect(false);
                Ok(())
            })),
            _ => None,
        }
    }

    fn opened(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, ()>> {
        assert!(socket.peer_addr().is_some_and(|peer| peer.ip().is_loopback()));
        self.stage.note(Note::Opened(socket.namespace().to_owned(), socket.id()));
        match self.auth.as_deref() {
            Some("{\"open\":\"slow\"}") => Some(Box::pin(self.later(socket, |stage, socket| async move {
                stage.wait("open").await;
                socket.emit("[\"ready\"]", &[]);
            }))),
            Some(auth) => {
                socket.emit(&format!("[\"auth\",{auth}]"), &[]);
                None
            }
            None => None,
        }
    }

    fn event(&self, socket: &Socket, event: Event) -> Option<Command> {
        let verb: Vec<serde_json::Value> = serde_json::from_str(&event.args).unwrap();
        let count = || usize::try_from(verb[1].as_u64().unwrap()).unwrap();
        match verb[0].as_str().unwrap() {
            "slow" => Some(Command::new(self.later(socket, |stage, socket| async move {
                stage.wait("slow").await;
                socket.emit("[\"slow\"]", &[]);
            }))),
            "begun" => {
                self.stage.note(Note::Started("begun"));
                Some(Command::begun(self.later(socket, |stage, socket| async move {
                    stage.pass("begun").await;
                    socket.emit(&event.args, &[]);
                })))
            }
            "hold" => Some(Command::new(self.later(socket, |stage, socket| async move {
                socket.hold();
                stage.wait("hold").await;
                socket.emit(&format!("[{}]", socket.queued_bytes()), &[]);
            }))),
            "ask" => Some(Command::new(self.later(socket, |_, socket| async move {
                let answer = socket.emit_with_ack("[\"question\"]", &[], Duration::from_millis(300)).await;
                let answer = answer.map_or_else(|error| format!("[\"{error}\"]"), |ack| ack.args.to_string());
                socket.emit(&format!("[\"answer\",{answer}]"), &[]);
            }))),
            // Waits outside of its turn.
            "wonder" => {
                let (stage, socket, count) = (self.stage.clone(), socket.clone(), count());
                for _ in 0..count {
                    let answer = socket.emit_with_ack("[\"question\"]", &event.attachments, GENEROUS);
                    let stage = stage.clone();
                    tokio::task::spawn_local(async move {
                        let answer = answer.await.map_or_else(|error| error.to_string(), |ack| ack.args.to_string());
                        stage.note(Note::Answer(answer));
                    });
                }
                None
            }
            "join" => {
                self.stage.workers.join(socket.id(), Topic(0, 1), 0);
                socket.emit("[\"joined\"]", &[]);
                None
            }
            "flood" => {
                (0..count()).for_each(|number| socket.emit(&format!("[{number}]"), &[]));
                None
            }
            "bye" => {
                socket.disconnect(false);
                socket.emit("[\"never\"]", &[]);
                None
            }
            "goodbye" => {
                socket.emit("[\"last\"]", &[]);
                socket.disconnect(true);
                None
            }
            "panic" => panic!("told to panic"),
            "burst" => Some(Command::new(async { panic!("told to panic") })),
            _ => {
                match event.ack {
                    Some(id) => socket.ack(id, &event.args, &event.attachments),
                    None => socket.emit(&event.args, &event.attachments),
                }
                None
            }
        }
    }

    fn closed(&self, socket: &Socket, parted: bool) {
        assert!(!socket.is_open());
        self.stage.note(Note::Closed(socket.namespace().to_owned(), parted));
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub workers: Workers,
    /// Each permit lets one waiting command go on.
    pub gate: Arc<Semaphore>,
    pub handle: ServerHandle,
    notes: UnboundedReceiver<Note>,
}

impl Server {
    /// One worker, default limits.
    pub fn start() -> Self {
        Self::with(1, Options::default())
    }

    pub fn limited(options: Options) -> Self {
        Self::with(1, options)
    }

    pub fn with(count: usize, options: Options) -> Self {
        let listener = sockets::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (workers, gate, (noting, notes)) = (Workers::new(count), Arc::new(Semaphore::new(0)), unbounded_channel());
        let stage = Stage { notes: noting, gate: Arc::clone(&gate), workers: workers.clone() };
        let engine = Engine::new(options.clone(), workers.clone(), Arc::new(Echo));
        let socket = SocketIo::new(options, workers.clone(), Arc::new(stage));
        let app = move || App::new().configure(engine.configure(ENGINE)).configure(socket.configure(SOCKET));
        let server_options = ServerOptions { sweep: Duration::from_millis(10), ..ServerOptions::default() };
        let (give, take) = std::sync::mpsc::channel();
        let starting = workers.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = sockets::serve(listener, &server_options, &starting, app).unwrap();
                give.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = take.recv_timeout(GENEROUS).unwrap();
        Self { address, workers, gate, handle, notes }
    }

    pub async fn raw(&self) -> Raw {
        Raw::connect(self.address).await
    }

    pub async fn note(&mut self) -> Note {
        within(self.notes.recv()).await.unwrap()
    }

    pub fn noted(&mut self) -> Option<Note> {
        self.notes.try_recv().ok()
    }

    /// The id of the socket that opens next.
    pub async fn opened(&mut self) -> ConnectionId {
        match self.note().await {
            Note::Opened(_, id) => id,
            other => panic!("it opens, and not {other:?}"),
        }
    }

    /// A WebSocket in the main namespace.
    pub async fn member(&mut self) -> (Raw, ConnectionId) {
        let mut raw = self.raw().await;
        raw.websocket(SOCKET).await;
        raw.enter("").await;
        (raw, self.opened().await)
    }

    /// A polling client in the main namespace; with the session's id.
    pub async fn poller(&mut self) -> (Raw, String, ConnectionId) {
        let mut raw = self.raw().await;
        let sid = raw.open(SOCKET).await;
        raw.give(SOCKET, &sid, "40").await;
        let answer = raw.poll(SOCKET, &sid).await;
        assert!(answer.body.starts_with("40{\"sid\":\""), "{}", answer.body);
        (raw, sid, self.opened().await)
    }

    /// A connection to each of two workers.
    pub async fn both(&self) -> [Raw; 2] {
        let mut found: [Option<Raw>; 2] = [None, None];
        for _ in 0..8 {
            let mut raw = self.raw().await;
            let sid = raw.open(ENGINE).await;
            raw.give(ENGINE, &sid, "1").await;
            found[worker_of(&sid)].get_or_insert(raw);
        }
        found.map(|raw| raw.expect("connections go to all workers"))
    }
}

/// The worker that a session lives on.
pub fn worker_of(sid: &str) -> usize {
    match &sid[..3] {
        "AAA" | "AAB" | "AAC" | "AAD" => 0,
        _ => 1,
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order to stop is given by the call; nobody waits for the end.
        drop(self.handle.stop(false));
    }
}

/// The same for everybody in the main namespace.
pub fn news(text: &str) -> Broadcast {
    let frames = Arc::new([Some(socketio::packet::event("/", &format!("[\"{text}\"]")))]);
    Broadcast { frames, origin: None, spares_origin: 0, droppable: false }
}

/// As [`assert_eq!`], for what comes in any order.
pub fn assert_all<T: std::fmt::Debug + PartialEq>(found: &[T], expected: &[T]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?} is not {expected:?}");
}
