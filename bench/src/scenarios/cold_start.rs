//! From nothing to the first answer.

use crate::Result;
use crate::contender::{Arena, Door};
use crate::outcome::{Outcome, float};

/// Starts a server on nothing, and once more on what it has then made.
pub async fn run(name: &'static str, arena: &mut Arena, door: &Door) -> Result<Outcome> {
    let mut server = arena.server.twin().await?;
    let first = server.launch().await?;
    server.stop().await?;
    let again = server.launch().await?;
    let mut outcome = Outcome::new(name, door.name);
    outcome.set("firstMs", first.as_secs_f64() * 1000.0);
    outcome.set("againMs", again.as_secs_f64() * 1000.0);
    if let Some(usage) = server.cost().app {
        outcome.set("startCpuMs", usage.cpu * 1000.0);
        outcome.set("rssMb", float(usage.rss) / 1024.0);
    }
    server.stop().await?;
    Ok(outcome)
}
