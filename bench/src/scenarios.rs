//! What is measured.

mod cold_start;
pub mod exchange;
mod idle;
mod logins;
mod rest;

use std::time::Duration;

use crate::Result;
use crate::contender::{Arena, Contender, Door};
use crate::load::Pace;
use crate::outcome::Outcome;
use exchange::{Exchange, Times};
use rest::Asking;

/// One thing that is measured.
#[derive(Debug, Clone, Copy)]
pub enum Scenario {
    /// Messages in rooms.
    Exchange(Exchange),
    /// Connections that say nothing.
    Idle(&'static str, usize),
    /// Messages in rooms, beside people who log in.
    Logins(Exchange),
    /// Requests of the REST API.
    Rest(&'static str, Asking),
    /// Starting.
    ColdStart(&'static str),
}

const fn fan_out(name: &'static str, members: usize, pace: Pace) -> Scenario {
    Scenario::Exchange(Exchange { name, rooms: 1, members, senders: 1, pace })
}

/// All of them, in the order in which they are run. The paced ones ask 10,000 deliveries a second of everybody.
pub const ALL: &[Scenario] = &[
    fan_out("fanout-100-paced", 100, Pace::Every(Duration::from_millis(10))),
    fan_out("fanout-1000-paced", 1000, Pace::Every(Duration::from_millis(100))),
    fan_out("fanout-100-closed", 100, Pace::UntilTold(8)),
    fan_out("fanout-1000-closed", 1000, Pace::UntilTold(4)),
    Scenario::Exchange(Exchange { name: "rooms-50x10", rooms: 50, members: 10, senders: 1, pace: Pace::UntilAcked(1) }),
    Scenario::Exchange(Exchange {
        name: "rooms-10x10-all",
        rooms: 10,
        members: 10,
        senders: 10,
        pace: Pace::UntilAcked(1),
    }),
    Scenario::Idle("idle-10000", 10_000),
    Scenario::Rest("rest-page", Asking::Page),
    Scenario::Rest("rest-post", Asking::Post),
    Scenario::Logins(Exchange {
        name: "logins",
        rooms: 10,
        members: 10,
        senders: 1,
        pace: Pace::Every(Duration::from_millis(50)),
    }),
    Scenario::ColdStart("cold-start"),
];

impl Scenario {
    /// Its name in the results.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Exchange(exchange) | Self::Logins(exchange) => exchange.name,
            Self::Idle(name, _) | Self::Rest(name, _) | Self::ColdStart(name) => name,
        }
    }

    /// Whether it asks this server through its sockets or at all; what is no matter of sockets is asked once.
    pub fn suits(&self, contender: &Contender, door: &Door) -> bool {
        let first = contender.doors.first().is_some_and(|first| first.name == door.name);
        match self {
            Self::Exchange(_) | Self::Idle(..) => true,
            Self::Rest(..) | Self::Logins(_) => first && contender.rest,
            Self::ColdStart(_) => first,
        }
    }

    /// Runs it against a server that was just started.
    pub async fn run(&self, arena: &mut Arena, door: &Door, times: Times) -> Result<Outcome> {
        match self {
            Self::Exchange(exchange) => exchange.run(arena, door, times).await,
            Self::Idle(name, connections) => idle::run(name, *connections, arena, door, times.rest).await,
            Self::Logins(exchange) => logins::run(exchange, arena, door, times).await,
            Self::Rest(name, asking) => rest::run(name, *asking, arena, door, times).await,
            Self::ColdStart(name) => cold_start::run(name, arena, door).await,
        }
    }
}
