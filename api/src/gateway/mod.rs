//! The realtime gateway: connections of every dialect over one dispatcher and one hub.
//!
//! ```text
//! socket ─ Dialect::decode ─▶ ClientCommand ─▶ dispatch ─▶ use case ─▶ commit ─▶ EventPublisher
//! socket ◀─ queue ◀─ worker ◀─ Dialect::encode_event, once ◀─ Hub, in order ◀──────── EventSource
//! ```
//!
//! To add a dialect: a codec in [`dialects`], its place in the list of [`Gateway::start`], a route in [`routes()`].

mod close;
pub mod command;
mod connection;
pub mod dialect;
pub mod dialects;
pub mod dispatcher;
pub mod hub;
pub mod news;
pub mod payload;
mod routes;
pub mod vocabulary;

pub use routes::routes;

use std::sync::Arc;

use application::Caller;
use application::ports::{Departure, EventSource, IdGenerator};
use domain::Origin;
use sockets::{ConnectionId, Options, Workers};

use self::command::ClientCommand;
use self::dialect::{Dialect, Dialects, Flavour, Request};
use self::dialects::events::Events;
use self::hub::task::{self, HubHandle};
use crate::AppState;

/// Where the `events` dialect stands among the flavours.
pub(crate) const EVENTS: Flavour = Flavour(0);

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
        let dialects = Dialects::new([Arc::new(Events) as Arc<dyn Dialect>]);
        let hub = task::start(source, Arc::clone(&state.read_missed), dialects.clone(), workers);
        Arc::new(Self { state, dialects, hub, ids, options: Arc::new(options) })
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

    /// What a command that was carried out means for where its connection looks.
    async fn follow(&self, link: ConnectionId, caller: &Caller, request: &Request) {
        let (id, joined) = match &request.command {
            Ok(ClientCommand::Join(id)) => (*id, true),
            Ok(ClientCommand::Leave(id)) => (*id, false),
            _ => return,
        };
        self.hub.look(link, id, joined).await;
        self.state.presence.look.execute(caller, id, joined);
    }

    fn new_origin(&self) -> Origin {
        Origin(self.ids.message().0)
    }
}
