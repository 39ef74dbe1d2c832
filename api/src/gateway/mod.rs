//! The realtime gateway: connections of every dialect over one dispatcher and one hub.
//!
//! ```text
//! socket ─ Dialect::decode ─▶ ClientCommand ─▶ Dispatcher ─▶ use case ─▶ commit ─▶ EventPublisher
//! socket ◀─ queue ◀─ worker ◀─ Dialect::encode_event, once ◀─ Hub, in order ◀──────── EventSource
//! ```
//!
//! To add a dialect: a codec in [`dialects`], its place in the list of [`Gateway::start`], a route in [`routes`].

mod close;
pub mod command;
mod connection;
pub mod dialect;
pub mod dialects;
mod dispatcher;
pub mod hub;
pub mod payload;
mod routes;
pub mod vocabulary;

pub use dispatcher::Dispatcher;
pub use routes::routes;

use std::sync::Arc;

use application::auth::Authenticate;
use application::conversations::{Connect, ReadMissed};
use application::ports::{EventSource, IdGenerator};
use domain::Origin;
use sockets::Workers;

use self::dialect::Dialects;
use self::dialects::events::Events;
use self::hub::task::{self, HubHandle};

/// Where the `events` dialect stands among the flavours.
pub(crate) const EVENTS: u8 = 0;

/// What the gateway stands on.
pub struct Needs {
    /// Tells who connects.
    pub authenticate: Arc<Authenticate>,
    /// Tells what a connection hears of.
    pub connect: Arc<Connect>,
    /// Carries out commands.
    pub dispatcher: Dispatcher,
    /// Reads what a bus lost.
    pub missed: Arc<ReadMissed>,
    /// Brings what has happened.
    pub source: Box<dyn EventSource>,
    /// Names connections.
    pub ids: Arc<dyn IdGenerator>,
    /// Where the connections live.
    pub workers: Workers,
}

/// The gateway, shared by all workers.
pub struct Gateway {
    authenticate: Arc<Authenticate>,
    connect: Arc<Connect>,
    dispatcher: Dispatcher,
    dialects: Dialects,
    hub: HubHandle,
    ids: Arc<dyn IdGenerator>,
    workers: Workers,
}

impl Gateway {
    /// Starts the hub on the present runtime. It ends with the bus, or with the last of the gateway.
    pub fn start(needs: Needs) -> Arc<Self> {
        let dialects = Dialects::new([Arc::new(Events) as Arc<dyn dialect::Dialect>]);
        let hub = task::start(needs.source, needs.missed, dialects.clone(), needs.workers.clone());
        Arc::new(Self {
            authenticate: needs.authenticate,
            connect: needs.connect,
            dispatcher: needs.dispatcher,
            dialects,
            hub,
            ids: needs.ids,
            workers: needs.workers,
        })
    }

    fn new_origin(&self) -> Origin {
        Origin(self.ids.message().0)
    }
}
