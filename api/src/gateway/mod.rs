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
mod gate;
pub mod hub;
mod namespaces;
pub mod news;
pub mod payload;
mod recovery;
mod routes;
pub mod session;
mod settings;
pub mod vocabulary;

pub use routes::routes;
pub use settings::GatewaySettings;

use std::sync::Arc;

use actix_web::HttpRequest;
use application::Caller;
use application::ports::{Departure, EventSource, IdGenerator};
use domain::{ConversationId, Origin};
use socketio::SocketIo;
use sockets::{ConnectionId, Options, Workers};

use self::dialect::{Dialect, Dialects, Flavour};
use self::dialects::auth::Auth;
use self::dialects::chats::Chats;
use self::dialects::events::Events;
use self::dialects::socketio::Vocabulary;
use self::gate::Gate;
use self::hub::task::{self, HubHandle};
use self::namespaces::Namespaces;
use crate::AppState;
use crate::limits::Address;

/// The path of the Socket.IO door.
pub const SOCKET_IO: &str = "/socket.io/";

/// The `events` dialect of the plain WebSocket door.
pub const EVENTS: Flavour = Flavour(0);
/// The common vocabulary over Socket.IO, in the main namespace.
pub const MAIN: Flavour = Flavour(1);
/// The same in `/chat`.
pub const CHAT: Flavour = Flavour(2);
/// The rooms of `/chats`.
pub const CHATS: Flavour = Flavour(3);
/// The frames of seed 002 on the plain WebSocket door.
pub const AUTH: Flavour = Flavour(4);

/// All dialects, each at its flavour's place.
fn dialects(auth: Auth) -> Dialects {
    let events = Arc::new(Events) as Arc<dyn Dialect>;
    let (main, chat) = (Vocabulary { namespace: "/" }, Vocabulary { namespace: "/chat" });
    Dialects::new([events, Arc::new(main), Arc::new(chat), Arc::new(Chats), Arc::new(auth)])
}

/// The gateway, shared by all workers.
pub struct Gateway {
    state: Arc<AppState>,
    dialects: Dialects,
    hub: HubHandle,
    ids: Arc<dyn IdGenerator>,
    options: Arc<Options>,
    socketio: socketio::Options,
    gate: Gate,
}

impl Gateway {
    /// Starts the hub on the present runtime. It ends with the bus, or with the last of the gateway.
    pub fn start(
        state: Arc<AppState>,
        source: Box<dyn EventSource>,
        ids: Arc<dyn IdGenerator>,
        workers: Workers,
        settings: GatewaySettings,
    ) -> Arc<Self> {
        let (options, socketio) = (Arc::new(settings.options()), settings.socketio());
        let (read, epoch, hub) = (Arc::clone(&state.read_missed), ids.message().0, settings.hub());
        let dialects = dialects(settings.auth);
        let hub = task::start(source, read, dialects.clone(), workers, epoch, hub);
        Arc::new(Self { state, dialects, hub, ids, options, socketio, gate: Gate::new() })
    }

    /// The Socket.IO door, to be mounted on the server of these workers.
    pub fn socketio(self: &Arc<Self>, workers: Workers) -> SocketIo {
        SocketIo::new(self.socketio.clone(), workers, Arc::new(Namespaces(Arc::clone(self))))
    }

    /// Where somebody is who connects, for the limits per address.
    fn locate(&self, request: &HttpRequest) -> Option<Address> {
        self.state.limits.locate(request.peer_addr().map(|peer| peer.ip()), request.headers())
    }

    /// A connection has been let in and hears of everything: by it, its owner is there.
    fn opened(&self, caller: &Caller) {
        self.state.presence.connected.execute(caller);
    }

    /// A connection has ended, `parted` if its client said goodbye.
    fn closed(&self, link: ConnectionId, caller: &Caller, parted: bool) {
        // Who is sent away because the server stops comes back, here or to another node.
        let has_left = parted && !self.state.stopping.has_begun();
        let how = if has_left { Departure::Clean } else { Departure::Dropped };
        self.state.presence.disconnected.execute(caller, how);
        self.hub.disconnect(link);
    }

    /// A connection looks at a conversation from now on, or away; `false` if it looks at as many as it may.
    async fn look(&self, link: ConnectionId, caller: &Caller, id: ConversationId, joined: bool) -> bool {
        let most = self.state.limits.joined_per_connection();
        let looks = self.hub.look(link, id, joined, most).await;
        if looks {
            self.state.presence.look.execute(caller, id, joined);
        }
        looks
    }

    fn new_origin(&self) -> Origin {
        Origin(self.ids.message().0)
    }
}
