//! The realtime gateway: connections of every dialect over one dispatcher and one hub.
//!
//! ```text
//! socket ─ Dialect::decode ─▶ ClientCommand ─▶ dispatch ─▶ use case ─▶ commit ─▶ EventPublisher
//! socket ◀─ queue ◀─ worker ◀─ Dialect::encode_event, once ◀─ Hub, in order ◀──────── EventSource
//! ```
//!
//! To add a dialect: a codec in [`dialects`] with what it says of itself for [`document`], its place in the list of
//! [`dialects()`], a route in [`routes()`].

mod close;
pub mod command;
mod connection;
pub mod dialect;
pub mod dialects;
pub mod dispatcher;
pub mod document;
pub mod hub;
pub mod news;
pub mod payload;
mod recovery;
mod routes;
pub mod session;
pub mod vocabulary;

pub use routes::routes;

use std::sync::Arc;

use application::ports::{EventSource, IdGenerator};
use domain::Origin;
use sockets::{Options, Workers};

use self::dialect::{Dialect, Dialects, Flavour};
use self::dialects::chats::Chats;
use self::dialects::events::Events;
use self::dialects::socketio::SocketIo;
use self::hub::task::{self, HubHandle};
use crate::AppState;

/// The `events` dialect of the plain WebSocket door.
pub const EVENTS: Flavour = Flavour(0);
/// The common vocabulary over Socket.IO, in the main namespace.
pub const MAIN: Flavour = Flavour(1);
/// The same in `/chat`.
pub const CHAT: Flavour = Flavour(2);
/// The rooms of `/chats`.
pub const CHATS: Flavour = Flavour(3);

/// All dialects, each at its flavour's place.
fn dialects() -> Dialects {
    let events = Arc::new(Events) as Arc<dyn Dialect>;
    let (main, chat) = (SocketIo { namespace: "/" }, SocketIo { namespace: "/chat" });
    Dialects::new([events, Arc::new(main), Arc::new(chat), Arc::new(Chats)])
}

/// The gateway, shared by all workers.
pub struct Gateway {
    state: Arc<AppState>,
    dialects: Dialects,
    hub: HubHandle,
    ids: Arc<dyn IdGenerator>,
    options: Arc<Options>,
}

impl Gateway {
    /// Starts the hub on the present runtime. It ends with the bus, or with the last of the gateway.
    pub fn start(
        state: Arc<AppState>,
        source: Box<dyn EventSource>,
        ids: Arc<dyn IdGenerator>,
        workers: Workers,
        options: Options,
    ) -> Arc<Self> {
        let dialects = dialects();
        let hub = task::start(source, Arc::clone(&state.read_missed), dialects.clone(), workers, ids.message().0);
        Arc::new(Self { state, dialects, hub, ids, options: Arc::new(options) })
    }

    fn new_origin(&self) -> Origin {
        Origin(self.ids.message().0)
    }
}
