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

use application::ports::{EventSource, IdGenerator};
use domain::Origin;
use sockets::{ConnectionId, Options, Workers};

use self::command::ClientCommand;
use self::dialect::{Dialect, Dialects, Flavour, Request};
use self::dialects::auth::Auth;
use self::dialects::events::Events;
use self::hub::task::{self, HubHandle};
use crate::AppState;

/// Where the `events` dialect stands among the flavours.
pub(crate) const EVENTS: Flavour = Flavour(0);
/// Where the `auth` dialect does.
pub(crate) const AUTH: Flavour = Flavour(1);

/// The gateway, shared by all workers.
pub struct Gateway {
    state: Arc<AppState>,
    dialects: Dialects,
    hub: HubHandle,
    ids: Arc<dyn IdGenerator>,
    options: Arc<Options>,
}

impl Gateway {
    /// Starts the hub on the present runtime; `auth` speaks as it is set up to. It ends with the bus, or with the last of the gateway.
    pub fn start(
        state: Arc<AppState>,
        source: Box<dyn EventSource>,
        ids: Arc<dyn IdGenerator>,
        workers: Workers,
        options: Options,
        auth: Auth,
    ) -> Arc<Self> {
        let dialects = Dialects::new([Arc::new(Events) as Arc<dyn Dialect>, Arc::new(auth)]);
        let hub = task::start(source, Arc::clone(&state.read_missed), dialects.clone(), workers);
        Arc::new(Self { state, dialects, hub, ids, options: Arc::new(options) })
    }

    /// What a command that was carried out means for where its connection looks.
    async fn follow(&self, link: ConnectionId, request: &Request) {
        match &request.command {
            Ok(ClientCommand::Join(id)) => self.hub.look(link, *id, true).await,
            Ok(ClientCommand::Leave(id)) => self.hub.look(link, *id, false).await,
            _ => {}
        }
    }

    fn new_origin(&self) -> Origin {
        Origin(self.ids.message().0)
    }
}
