//! What a protocol on top builds on: jobs on a worker, members of its own, and sockets that move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_server::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, web};
use common::{GENEROUS, Raw, Socket, news, within};
use futures_util::future::LocalBoxFuture;
use sockets::{
    Broadcast, Command, Connection, ConnectionId, Frame, Handler, Member, Message, Options, ServerOptions, Topic,
    Worker, Workers,
};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// A socket that tells where it lives, and does as it is told.
struct Homely {
    paused: Rc<Cell<bool>>,
    /// Ends a pause.
    resume: Arc<Notify>,
}

impl Handler for Homely {
    fn opened(&self, connection: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        let here = Worker::here().unwrap();
        assert_eq!(here.index(), connection.id().worker());
        connection.send(&Frame::text(&format!("{}", here.index())));
        None
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
        let Message::Text(text) = message else { return None };
        match &*text {
            "hold" => {
                connection.withhold();
                connection.deliver(&Frame::text("held"), false);
                connection.flush();
                connection.send(&Frame::text("ahead"));
            }
            "release" => connection.release(),
            "pause" => {
                connection.pause(true);
                assert!(connection.is_open());
                let (connection, paused, resume) =
                    (connection.clone(), Rc::clone(&self.paused), Arc::clone(&self.resume));
                paused.set(true);
                actix_web::rt::spawn(async move {
                    resume.notified().await;
                    paused.set(false);
                    connection.pause(false);
                });
            }
            "panic" => panic!("told to panic"),
            _ => {
                assert!(!self.paused.get(), "it is not read while it is paused");
                connection.send(&Frame::text(&text));
            }
        }
        None
    }

    fn closed(&self, connection: &Connection, _: bool) {
        assert!(!connection.is_open());
    }
}

async fn moved(
    request: HttpRequest,
    payload: web::Payload,
    workers: web::Data<Workers>,
    resume: web::Data<Notify>,
) -> actix_web::Result<HttpResponse> {
    let home = request.query_string().parse().unwrap();
    let resume = resume.into_inner();
    let make = || Rc::new(Homely { paused: Rc::default(), resume }) as Rc<dyn Handler>;
    sockets::upgrade_on(&workers, home, &request, payload, Arc::new(Options::default()), make)
}

struct Server {
    address: SocketAddr,
    workers: Workers,
    /// Ends the pause of a socket.
    resume: web::Data<Notify>,
    handle: ServerHandle,
}

impl Server {
    fn start() -> Self {
        let listener = sockets::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let (address, workers) = (listener.local_addr().unwrap(), Workers::new(2));
        let (give, take) = std::sync::mpsc::channel();
        let (serving, data) = (workers.clone(), web::Data::new(workers.clone()));
        let resume = web::Data::new(Notify::new());
        let ending = resume.clone();
        let options = ServerOptions { sweep: Duration::from_millis(10), ..ServerOptions::default() };
        std::thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let app = move || {
                    App::new().app_data(data.clone()).app_data(ending.clone()).route("/moved", web::get().to(moved))
                };
                let server = sockets::serve(listener, &options, &serving, app).unwrap();
                give.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let server = Self { address, workers, resume, handle: take.recv_timeout(GENEROUS).unwrap() };
        server.wait_for_workers();
        server
    }

    /// Jobs for a worker that has not started are dropped.
    fn wait_for_workers(&self) {
        let begun = Instant::now();
        for worker in 0..2 {
            loop {
                let (give, take) = std::sync::mpsc::channel();
                self.workers.run(worker, move || give.send(()).unwrap());
                if take.recv_timeout(GENEROUS).is_ok() {
                    break;
                }
                assert!(begun.elapsed() < GENEROUS, "workers start");
                std::thread::yield_now();
            }
        }
    }

    /// Runs a job on a worker, and waits for what it returns.
    async fn on<T: Send + 'static>(&self, worker: usize, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (give, take) = oneshot::channel();
        self.workers.run(worker, move || assert!(give.send(job()).is_ok()));
        within(take).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A member that notes what it is asked to do.
struct Diary {
    notes: UnboundedSender<String>,
    swept: Cell<bool>,
    delivered: RefCell<Vec<String>>,
    dirty: Cell<bool>,
}

impl Diary {
    fn note(&self, note: impl Into<String>) {
        // The test may be over.
        let _ = self.notes.send(note.into());
    }
}

impl Member for Diary {
    fn deliver(&self, frame: &Frame, droppable: bool) {
        let text = String::from_utf8(frame.payload().to_vec()).unwrap();
        self.delivered.borrow_mut().push(if droppable { format!("{text}?") } else { text });
    }

    fn hold(&self) {
        self.delivered.borrow_mut().push("hold".to_owned());
    }

    fn flush(&self) {
        self.note(self.delivered.take().join(" "));
    }

    fn close(&self, code: u16, reason: &str) {
        self.note(format!("close {code} {reason}"));
    }

    fn sweep(&self, _: Instant) {
        if !self.swept.replace(true) {
            self.note("sweep");
        }
    }

    fn dirty(&self) -> &Cell<bool> {
        &self.dirty
    }
}

async fn diary(server: &Server, worker: usize) -> (ConnectionId, UnboundedReceiver<String>) {
    let (notes, mut found) = unbounded_channel();
    let id = server.on(worker, move || {
        let mut given = None;
        Worker::here().unwrap().adopt(|id| {
            given = Some(id);
            Rc::new(Diary { notes, swept: Cell::default(), delivered: RefCell::default(), dirty: Cell::default() })
        });
        given.unwrap()
    });
    let id = id.await;
    assert_eq!(within(found.recv()).await.unwrap(), "sweep");
    (id, found)
}

#[tokio::test]
async fn jobs_run_where_they_are_sent_and_in_order() {
    let server = Server::start();
    for worker in [0, 1, 0] {
        assert_eq!(server.on(worker, || Worker::here().map(|here| here.index())).await, Some(worker));
    }
    assert!(Worker::here().is_none(), "this is no worker");
    server.workers.run(1, || panic!("told to panic"));
    let (give, take) = oneshot::channel::<()>();
    server.workers.run(2, move || drop(give));
    assert!(within(take).await.is_err(), "there is no such worker");
    assert_eq!(server.on(1, || 5).await, 5, "the panic has disturbed nobody");
}

#[tokio::test]
async fn a_member_is_reached_as_a_socket_is() {
    let server = Server::start();
    let (id, mut noted) = diary(&server, 1).await;
    assert_eq!(id.worker(), 1);
    assert_eq!(server.workers.connections(), 0, "it is no WebSocket");
    let workers = server.workers.clone();
    // In one go, so that it is flushed once.
    let told = move || {
        workers.send(id, Frame::text("one"));
        workers.join(id, Topic(0, 1), 1);
        workers.publish(1, Topic(0, 1), Broadcast { droppable: true, ..news("two") });
        workers.publish(1, Topic(0, 1), Broadcast { origin: Some(id), ..news("three") });
        workers.publish(1, Topic(0, 1), Broadcast { origin: Some(id), spares_origin: 2, ..news("for others") });
        workers.tell(1, vec![(id, 0)], news("four"));
        workers.leave(id, Topic(0, 1));
        workers.publish(1, Topic(0, 1), news("unheard"));
    };
    server.on(1, told).await;
    assert_eq!(within(noted.recv()).await.unwrap(), "one two? hold three four");
    server.workers.close(id, 4001, "enough");
    assert_eq!(within(noted.recv()).await.unwrap(), "close 4001 enough");
    server.on(1, move || Worker::here().unwrap().dismiss(id)).await;
    server.workers.send(id, Frame::text("late"));
    server.on(1, move || Worker::here().unwrap().dismiss(id)).await;
    let (other, mut others) = diary(&server, 1).await;
    assert_ne!(id, other);
    server.workers.send(id, Frame::text("late"));
    server.workers.send(other, Frame::text("fresh"));
    assert_eq!(within(others.recv()).await.unwrap(), "fresh");
    assert_eq!(within(noted.recv()).await, None, "it is let go");
}

#[tokio::test]
async fn a_member_is_told_when_the_server_stops() {
    let server = Server::start();
    let (_, mut noted) = diary(&server, 0).await;
    let stopped = tokio::spawn(server.handle.stop(true));
    assert_eq!(within(noted.recv()).await.unwrap(), "close 1001 going away");
    within(stopped).await.unwrap();
}

#[tokio::test]
async fn a_socket_lives_where_its_handler_is_to_be() {
    let server = Server::start();
    // Connections go to the workers in turn.
    for home in [0, 0, 1, 1, 0, 1] {
        let mut socket = Socket::connect(server.address, &format!("/moved?{home}")).await;
        assert_eq!(socket.hear().await, home.to_string());
        socket.say("hello").await;
        assert_eq!(socket.hear().await, "hello");
    }
    for home in [0, 0, 1, 1] {
        let mut raw = Raw::connect(server.address).await;
        let mut early = Raw::handshake(&format!("/moved?{home}")).into_bytes();
        early.extend(common::client::masked(0x81, b"early"));
        raw.send(early).await;
        assert_eq!(raw.answer().await.status, 101);
        assert_eq!((raw.text().await, raw.text().await), (home.to_string(), "early".to_owned()));
        raw.send(common::client::masked(0x81, b"panic")).await;
        assert!(raw.ended().await.is_empty());
    }
    for _ in 0..2 {
        let mut nowhere = Raw::connect(server.address).await;
        nowhere.upgrade("/moved?7").await;
        assert!(nowhere.ended().await.is_empty());
    }
}

#[tokio::test]
async fn a_protocol_holds_and_pauses_as_it_likes() {
    let server = Server::start();
    let mut socket = Socket::connect(server.address, "/moved?1").await;
    socket.hear().await;
    socket.say("hold").await;
    assert_eq!(socket.hear().await, "ahead");
    socket.say("still").await;
    assert_eq!(socket.hear().await, "still");
    socket.say("release").await;
    assert_eq!(socket.hear().await, "held");
    socket.say("pause").await;
    socket.say("one").await;
    socket.say("two").await;
    assert!(socket.is_quiet().await, "nothing is read meanwhile");
    server.resume.notify_one();
    assert_eq!((socket.hear().await, socket.hear().await), ("one".to_owned(), "two".to_owned()));
}
