//! Socket.IO 5 over Engine.IO 4, for actix-web, on the transport of the crate [`sockets`].
//!
//! A server whose clients are the official ones: long-polling, WebSocket and the upgrade between them, namespaces,
//! acknowledgements both ways, binary attachments. What it is made for are many sockets and much fan-out:
//!
//! - A session lives on one worker, unsynchronised. Requests that arrive elsewhere are brought there.
//! - A socket is a member of its worker, as a plain WebSocket is: [`sockets::Workers`] reaches it from any thread by its
//!   [id](Socket::id), and by the topics it has joined. A broadcast is one frame, encoded once, which goes into the queues
//!   of all WebSockets unchanged.
//! - A queue is bounded, and who does not keep up is cut. A command's answer goes out before the news that it caused.
//! - Everything that a client sends is bounded, and JSON stays text until the application reads it.
//!
//! There is one timer for each worker. Heartbeats, and all other times in [`Options`], are as precise as
//! [`ServerOptions::sweep`](sockets::ServerOptions::sweep).
//!
//! ```no_run
//! use std::sync::Arc;
//! use actix_web::App;
//! use futures_util::future::LocalBoxFuture;
//! use socketio::{Accepted, Application, Connect, Event, Handler, Options, Refusal, Socket, SocketIo};
//! use sockets::{Command, ServerOptions, Workers};
//!
//! /// Lets everybody in, and acknowledges each event with its own arguments.
//! struct Echo;
//!
//! impl Application for Echo {
//!     fn connect(&self, request: Connect) -> LocalBoxFuture<'static, Result<Accepted, Refusal>> {
//!         Box::pin(async move {
//!             if request.namespace != "/" {
//!                 return Err(Refusal::new("Invalid namespace"));
//!             }
//!             Ok(Accepted::new(Echo))
//!         })
//!     }
//! }
//!
//! impl Handler for Echo {
//!     fn opened(&self, socket: &Socket) -> Option<LocalBoxFuture<'static, ()>> {
//!         socket.emit(r#"["welcome"]"#, &[]);
//!         None
//!     }
//!     fn event(&self, socket: &Socket, event: Event) -> Option<Command> {
//!         if let Some(id) = event.ack {
//!             socket.ack(id, &event.args, &event.attachments);
//!         }
//!         None
//!     }
//!     fn closed(&self, _: &Socket, _: bool) {}
//! }
//!
//! #[actix_web::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = sockets::bind(([127, 0, 0, 1], 3000).into())?;
//!     let workers = Workers::new(2);
//!     let echo = SocketIo::new(Options::default(), workers.clone(), Arc::new(Echo));
//!     let app = move || App::new().configure(echo.configure("/socket.io/"));
//!     sockets::serve(listener, &ServerOptions::default(), &workers, app)?.await
//! }
//! ```
//!
//! # What is bound to what
//!
//! A session's id is 128 random bits; who knows it can speak for the client. If the first request had an `Authorization`
//! header, a later one with another is refused; it may lack, since some clients send it with their first request only.

#[cfg(feature = "benching")]
pub mod benching;
pub mod engine;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod options;
pub mod packet;
mod socket;

pub use bytestring::ByteString;
pub use engine::Head;
pub use options::{Options, Origins, Transports};
pub use packet::{Malformed, Refusal};
pub use socket::{Accepted, Ack, AckError, Application, Connect, Event, Handler, Socket, SocketIo};
