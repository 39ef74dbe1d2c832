//! The server that the official test suites of both protocols expect, and an echo for WebSocket test suites.
//!
//! `PORT` says where it listens on the loopback interface; 3000 is the default.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;
use socketio::engine::{Endpoint, Engine, Link, Service, Turn};
use socketio::{Accepted, Application, Connect, Event, Handler, Malformed, Options, Refusal, Socket, SocketIo};
use sockets::{Command, Connection, Frame, Message, ServerOptions, Workers};

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

/// Socket.IO: two namespaces that send back what comes.
struct Namespaces;

impl Application for Namespaces {
    fn connect(&self, request: Connect) -> LocalBoxFuture<'static, Result<Accepted, Refusal>> {
        Box::pin(async move {
            if !matches!(&*request.namespace, "/" | "/custom") {
                return Err(Refusal::new("Invalid namespace"));
            }
            Ok(Accepted::new(Mirror { auth: request.auth.map_or_else(|| "{}".to_owned(), |auth| auth.to_string()) }))
        })
    }
}

struct Mirror {
    auth: String,
}

impl Handler for Mirror {
    fn opened(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, ()>> {
        socket.emit(&format!(r#"["auth",{}]"#, self.auth), &[]);
        None
    }

    fn event(&self, socket: &Socket, event: Event) -> Option<Command> {
        if let Some(args) = event.args.strip_prefix(r#"["message","#) {
            socket.emit(&format!(r#"["message-back",{args}"#), &event.attachments);
        } else if let (Some(args), Some(id)) = (event.args.strip_prefix(r#"["message-with-ack","#), event.ack) {
            socket.ack(id, &format!("[{args}"), &event.attachments);
        }
        None
    }

    fn closed(&self, _: &Socket, _: bool) {}
}

/// A WebSocket that sends back what comes.
struct Plain;

impl sockets::Handler for Plain {
    fn opened(&self, _: &Connection) -> Option<LocalBoxFuture<'static, ()>> {
        None
    }

    fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
        connection.send(&match message {
            Message::Text(text) => Frame::text(&text),
            Message::Binary(bytes) => Frame::binary(&bytes),
        });
        None
    }

    fn closed(&self, _: &Connection, _: bool) {}
}

async fn plain(request: HttpRequest, payload: web::Payload) -> actix_web::Result<HttpResponse> {
    let options = sockets::Options {
        max_message: 16 * 1024 * 1024,
        queue_bytes: 32 * 1024 * 1024,
        queue_frames: 4096,
        max_fragments: 300_000,
        max_control_frames: 2000,
        ..sockets::Options::default()
    };
    sockets::upgrade(&request, payload, &[], Arc::new(options), Plain)
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an example has no configuration")]
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let options = Options {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_secs(1),
        ..Options::default()
    };
    let listener = sockets::bind(([127, 0, 0, 1], port).into())?;
    let workers = Workers::new(1);
    let engine = Engine::new(options.clone(), workers.clone(), Arc::new(Echo));
    let sockets = SocketIo::new(options, workers.clone(), Arc::new(Namespaces));
    let app = move || {
        App::new()
            .configure(engine.configure("/engine.io/"))
            .configure(sockets.configure("/socket.io/"))
            .route("/ws-echo", web::get().to(plain))
    };
    let server = ServerOptions { sweep: Duration::from_millis(10), handle_signals: true, ..ServerOptions::default() };
    sockets::serve(listener, &server, &workers, app)?.await
}
