//! A real server on a free port, and what its sockets do when they are told so.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

pub mod client;

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_server::ServerHandle;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;
use sockets::{
    Broadcast, Command, Connection, ConnectionId, Frame, Handler, Lane, Message, Options, ServerOptions, Topic, Workers,
};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use client::{Raw, Socket};

/// What a test waits for at most.
pub const GENEROUS: Duration = Duration::from_secs(5);
/// How long nothing must happen where nothing may. Too short a time hides a fault, and never shows one.
pub const QUIET: Duration = Duration::from_millis(150);

/// Waits for what has to happen.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GENEROUS, future).await.expect("it has to happen in time")
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Opened(ConnectionId),
    Started(String),
    /// A command was dropped before it was done.
    Dropped(String),
    Closed(ConnectionId),
}

/// What the app shares with the test.
#[derive(Clone)]
struct Stage {
    events: UnboundedSender<Event>,
    gate: Arc<Semaphore>,
    workers: Workers,
    options: Arc<Options>,
    parted: Arc<Mutex<Vec<ConnectionId>>>,
}

impl Stage {
    fn note(&self, event: Event) {
        // The test may be over.
        let _ = self.events.send(event);
    }

    /// Notes that it has come to the gate, and waits there.
    async fn wait(&self, name: String) {
        self.note(Event::Started(name.clone()));
        self.pass(name).await;
    }

    /// Waits at the gate, and notes if it does not come through.
    async fn pass(&self, name: String) {
        struct Work<'a>(&'a Stage, Option<String>);
        impl Drop for Work<'_> {
            fn drop(&mut self) {
                if let Some(name) = self.1.take() {
                    self.0.note(Event::Dropped(name));
                }
            }
        }
        let mut work = Work(self, Some(name));
        self.gate.acquire().await.unwrap().forget();
        work.1 = None;
    }
}

struct Probe {
    stage: Stage,
    lane: Lane,
    open: String,
}

impl Handler for Probe {
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        self.stage.note(Event::Opened(connection.id()));
        assert_ne!(self.open, "panic", "told to panic");
        (self.open == "slow").then(|| {
            let (stage, connection) = (self.stage.clone(), connection.clone());
            Box::pin(async move {
                stage.wait("open".to_owned()).await;
                connection.send(&Frame::text("welcome"));
            }) as _
        })
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
        let text = match message {
            Message::Text(text) => text.to_string(),
            Message::Binary(bytes) => {
                connection.send(&Frame::binary(&bytes));
                return None;
            }
        };
        let (verb, rest) = text.split_once(':').unwrap_or((&text, ""));
        match verb {
            "slow" => {
                let (stage, connection) = (self.stage.clone(), connection.clone());
                return Some(Command::new(async move {
                    stage.wait(text.clone()).await;
                    connection.send(&Frame::text(&text));
                }));
            }
            "begun" => {
                self.stage.note(Event::Started(text.clone()));
                let (stage, connection) = (self.stage.clone(), connection.clone());
                return Some(Command::begun(async move {
                    stage.pass(text.clone()).await;
                    connection.send(&Frame::text(&text));
                }));
            }
            "join" => {
                self.stage.workers.join(connection.id(), Topic(0, rest.parse().unwrap()), self.lane);
                connection.send(&Frame::text("joined"));
            }
            "mark" => connection.send(&Frame::text(rest.split(':').next().unwrap())),
            "close" => connection.close(rest.parse().unwrap(), "bye"),
            "panic" => panic!("told to panic"),
            "burst" => return Some(Command::new(async { panic!("told to panic") })),
            _ => connection.send(&Frame::text(&text)),
        }
        None
    }

    fn closed(&self, connection: &Connection, parted: bool) {
        if parted {
            self.stage.parted.lock().unwrap().push(connection.id());
        }
        self.stage.note(Event::Closed(connection.id()));
    }
}

/// How many requests one app has seen: each app that is built has its own.
struct Seen(AtomicU32);

async fn echo(
    request: HttpRequest,
    payload: web::Payload,
    stage: web::Data<Stage>,
    seen: web::Data<Seen>,
) -> actix_web::Result<HttpResponse> {
    seen.0.fetch_add(1, Ordering::Relaxed);
    let query = request.query_string();
    let value = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap_or_default();
    if !value("wait=").is_empty() {
        stage.wait("handshake".to_owned()).await;
    }
    let probe = Probe {
        stage: Stage::clone(&stage),
        lane: value("lane=").parse().unwrap_or_default(),
        open: value("open=").to_owned(),
    };
    sockets::upgrade(&request, payload, &["probe.v1"], Arc::clone(&stage.options), probe)
}

async fn plain(seen: web::Data<Seen>) -> String {
    (seen.0.fetch_add(1, Ordering::Relaxed) + 1).to_string()
}

async fn slow(stage: web::Data<Stage>) -> &'static str {
    stage.wait("request".to_owned()).await;
    "slow"
}

pub struct Server {
    pub address: SocketAddr,
    pub workers: Workers,
    /// Each permit lets one waiting command or request go on.
    pub gate: Arc<Semaphore>,
    pub handle: ServerHandle,
    /// Those whose clients said goodbye.
    pub parted: Arc<Mutex<Vec<ConnectionId>>>,
    events: UnboundedReceiver<Event>,
}

impl Server {
    /// One worker, default limits.
    pub fn start() -> Self {
        Self::with(1, Options::default(), &ServerOptions::default())
    }

    pub fn limited(options: Options) -> Self {
        Self::with(1, options, &ServerOptions::default())
    }

    /// Looks after its connections all the time.
    pub fn sweeping(options: Options) -> Self {
        Self::with(1, options, &ServerOptions { sweep: Duration::from_millis(10), ..ServerOptions::default() })
    }

    pub fn with(count: usize, options: Options, server_options: &ServerOptions) -> Self {
        let listener = sockets::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let parted = Arc::default();
        let (workers, gate, (notes, events)) = (Workers::new(count), Arc::new(Semaphore::new(0)), unbounded_channel());
        let stage = Stage {
            events: notes,
            gate: Arc::clone(&gate),
            workers: workers.clone(),
            options: Arc::new(options),
            parted: Arc::clone(&parted),
        };
        let app = move || {
            App::new()
                .app_data(web::Data::new(stage.clone()))
                .data_factory(|| async { Ok::<_, ()>(Seen(AtomicU32::new(0))) })
                .wrap_fn(|request, app| {
                    let replaces = request.path() == "/replaced";
                    let answer = app.call(request);
                    async move {
                        let answer: ServiceResponse<BoxBody> = answer.await?;
                        Ok(if replaces {
                            answer.into_response(HttpResponse::SwitchingProtocols().finish())
                        } else {
                            answer
                        })
                    }
                })
                .route("/echo", web::get().to(echo))
                .route("/replaced", web::get().to(echo))
                .route("/plain", web::get().to(plain))
                .route("/slow", web::get().to(slow))
                .route("/refused", web::get().to(HttpResponse::Unauthorized))
        };
        let (give, take) = std::sync::mpsc::channel();
        let (starting, server_options) = (workers.clone(), server_options.clone());
        std::thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let server = sockets::serve(listener, &server_options, &starting, app).unwrap();
                give.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = take.recv_timeout(GENEROUS).unwrap();
        Self { address, workers, gate, handle, parted, events }
    }

    /// A socket, and the id that its connection has.
    pub async fn open(&mut self, path: &str) -> (Socket, ConnectionId) {
        let socket = Socket::connect(self.address, path).await;
        match self.event().await {
            Event::Opened(id) => (socket, id),
            other => panic!("it opens, and not {other:?}"),
        }
    }

    /// One that has joined topic 1.
    pub async fn member(&mut self, path: &str) -> (Socket, ConnectionId) {
        let (mut socket, id) = self.open(path).await;
        socket.say("join:1").await;
        assert_eq!(socket.hear().await, "joined");
        (socket, id)
    }

    /// A raw connection after the handshake.
    pub async fn raw(&mut self) -> (Raw, ConnectionId) {
        let mut raw = Raw::connect(self.address).await;
        raw.upgrade("/echo").await;
        match self.event().await {
            Event::Opened(id) => (raw, id),
            other => panic!("it opens, and not {other:?}"),
        }
    }

    pub async fn event(&mut self) -> Event {
        within(self.events.recv()).await.unwrap()
    }

    pub fn happened(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Tells topic 1 on the first worker.
    pub fn publish(&self, text: &str) {
        self.workers.publish(0, Topic(0, 1), news(text));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order to stop is given by the call; nobody waits for the end.
        drop(self.handle.stop(false));
    }
}

/// The same text for each of two lanes.
pub fn news(text: &str) -> Broadcast {
    let frame = Some(Frame::text(text));
    Broadcast { frames: Arc::new([frame.clone(), frame]), origin: None, spares_origin: 0, droppable: false }
}

/// As [`assert_eq!`], for what comes in any order.
pub fn assert_all<T: Debug + PartialEq>(found: &[T], expected: &[T]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?} is not {expected:?}");
}
