//! Connections that are signed in and say nothing.

use std::time::Duration;

use tokio::time::sleep;

use crate::Result;
use crate::contender::{Arena, Door};
use crate::load::{Crowd, Room};
use crate::outcome::{Outcome, float};

/// So many of them are the same person's.
const EACH: usize = 10;

/// Opens them, and looks at what they cost to open and to have.
pub async fn run(
    name: &'static str,
    connections: usize,
    arena: &mut Arena,
    door: &Door,
    rest: Duration,
) -> Result<Outcome> {
    let people = arena.people(door, connections / EACH).await?;
    let members = people.iter().flat_map(|person| std::iter::repeat_n(person.clone(), EACH)).collect();
    let before = arena.server.cost();
    let room = Room { id: String::new(), members, senders: 0 };
    let crowd = Crowd::connect(door.driver.clone(), arena.server.address, vec![room]).await?;
    let open = arena.server.cost();
    sleep(rest).await;
    let after = arena.server.cost();

    let count = float(connections as u64);
    let mut outcome = Outcome::new(name, door.name);
    outcome.set("connections", count);
    outcome.set("connectS", crowd.took.as_secs_f64());
    if let (Some(before), Some(open), Some(after)) = (before.app, open.app, after.app) {
        outcome.set("kbPerConnection", (float(after.rss) - float(before.rss)) / count);
        outcome.set("cpuMsPerConnect", (open.cpu - before.cpu) * 1000.0 / count);
        outcome.set("idleCores", (after.cpu - open.cpu) / rest.as_secs_f64());
        outcome.set("rssMb", float(after.rss) / 1024.0);
        outcome.set("peakMb", float(after.peak) / 1024.0);
    }
    let (_, broken) = crowd.leave();
    if let Some(first) = broken.first() {
        outcome.troubles.push(format!("{} connections ended: {first}", broken.len()));
    }
    Ok(outcome)
}
