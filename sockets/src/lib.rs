//! A WebSocket transport for actix-web that owns its sockets.
//!
//! A request for an upgrade passes the ordinary actix-web app: routing, middleware, extractors. If a handler answers it
//! with [`upgrade`], the TCP socket is taken out of the HTTP machinery, whose buffers are let go, and is driven by one
//! small future from then on. That gives what the HTTP machinery cannot: an idle connection costs about two kilobytes,
//! a frame that announces too much is refused by its header, a client that does not read is cut at once, and what
//! waits for a connection goes out in one write.
//!
//! ```text
//!                 any thread                        │            one worker's thread
//!  Workers::publish(worker, topic, frames) ── one command ──▶ Shard: topic ─▶ members ─▶ Queue ─▶ one vectored write
//!                                                   │            Drive: socket ─▶ Decoder ─▶ Handler::message
//! ```
//!
//! There is one timer for each worker, not for each connection. Each connection has one queue, bounded in bytes and
//! frames; nobody ever waits for it. It knows nothing of what it carries.
//!
//! A protocol with connections of its own builds them on these: whatever is a [`Member`] is reached as a WebSocket is,
//! [`Workers::run`] runs a job where a session lives, and [`upgrade_on`] brings a socket there.
//!
//! ```no_run
//! use std::sync::Arc;
//! use actix_web::{App, HttpRequest, HttpResponse, web};
//! use futures_util::future::LocalBoxFuture;
//! use sockets::{Command, Connection, Frame, Handler, Message, Options, ServerOptions, Workers};
//!
//! struct Echo;
//!
//! impl Handler for Echo {
//!     fn opened(&self, _: &Connection) -> Option<LocalBoxFuture<'static, ()>> { None }
//!     fn message(&self, connection: &Connection, message: Message) -> Option<Command> {
//!         if let Message::Text(text) = message {
//!             connection.send(&Frame::text(&text));
//!         }
//!         None
//!     }
//!     fn closed(&self, _: &Connection, _: bool) {}
//! }
//!
//! async fn echo(request: HttpRequest, payload: web::Payload) -> actix_web::Result<HttpResponse> {
//!     sockets::upgrade(&request, payload, &[], Arc::new(Options::default()), Echo)
//! }
//!
//! #[actix_web::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = sockets::bind(([127, 0, 0, 1], 3000).into())?;
//!     let workers = Workers::new(2);
//!     let app = || App::new().route("/echo", web::get().to(echo));
//!     sockets::serve(listener, &ServerOptions::default(), &workers, app)?.await
//! }
//! ```

mod attended;
#[cfg(feature = "benching")]
pub mod benching;
mod command;
mod connection;
mod counted;
mod decode;
mod drive;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod io;
mod member;
mod options;
mod queue;
mod server;
mod shard;
mod upgrade;
mod worker;

pub use command::{Command, Commands};
pub use connection::{Connection, Handler, SLOW_CONSUMER};
pub use decode::Message;
pub use frame::Frame;
pub use member::{Member, Worker};
pub use options::{Options, ServerOptions};
pub use server::{bind, serve};
pub use upgrade::{upgrade, upgrade_on};
pub use worker::{Broadcast, ConnectionId, Lane, Orders, Topic, Workers};
