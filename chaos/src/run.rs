//! One run: a fresh world, load and harm, silence, a last look, and the judgement.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::checker::{Finding, check};
use crate::database::{self, Postgres};
use crate::device::Device;
use crate::history::{Record, What};
use crate::process::{Server, Setup, free_port};
use crate::world::{Phase, RESTLESS, World};
use crate::{Failure, nemesis, people};

/// How long after the last harm everybody must have heard everything.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take until the fate of every message is known.
const SETTLING: Duration = Duration::from_secs(30);

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    pub postgres: Option<Postgres>,
    /// How long harm is done.
    pub load: Duration,
    pub seed: u64,
    pub bug: Option<(&'static str, &'static str)>,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    pub history: Vec<Record>,
    pub findings: Vec<Finding>,
    /// What the server had to say.
    pub log: String,
}

/// Does it.
pub async fn run(plan: &Plan) -> Result<Report, Failure> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let dir = tempfile::tempdir()?;
    let database_url = database::make(plan.postgres.as_ref(), dir.path(), &mut rng).await?;
    let setup =
        Setup { dir: dir.path().to_owned(), database_url: database_url.clone(), port: free_port()?, bug: plan.bug };
    let mut server = Server::start(setup).await?;
    let outcome = story(plan, &mut server, &mut rng).await;
    server.kill().await?;
    database::remove(plan.postgres.as_ref(), &database_url).await?;
    let log = std::fs::read_to_string(dir.path().join("server.log")).unwrap_or_default();
    let history = outcome.map_err(|failure| format!("{failure}\n{log}"))?;
    Ok(Report { findings: check(&history), history, log })
}

async fn story(plan: &Plan, server: &mut Server, rng: &mut fastrand::Rng) -> Result<Vec<Record>, Failure> {
    let (phase, watching) = watch::channel(Phase::Load);
    let control = plan.postgres.as_ref().and_then(|postgres| postgres.control.as_ref());
    // After a database that froze nothing is said: whatever it stored by itself must be told all the same.
    let world = World::make(&server.base(), watching, control.is_none()).await?;
    let (mut devices, mut talkers) = (JoinSet::new(), JoinSet::new());
    for (number, person) in world.people.iter().enumerate() {
        for (place, door) in World::doors(number).into_iter().enumerate() {
            let mut device = Device::new(&world, person, door, rng.fork());
            device.leaves_early = place == 1 && number < 2;
            device.is_slow = place == 0 && number % 2 == 1;
            devices.spawn(device.run());
        }
        talkers.spawn(people::talk(Arc::clone(&world), person.clone(), rng.fork()));
    }
    for room in 0..RESTLESS {
        talkers.spawn(people::move_guest(Arc::clone(&world), room, rng.fork()));
    }

    nemesis::rage(server, control, &world.history, rng, Instant::now() + plan.load).await?;
    if let Some(control) = control {
        nemesis::freeze_last(control, &world.history, || {
            phase.send_replace(Phase::Settle);
        })
        .await?;
        server.ready().await?;
    }
    phase.send_replace(Phase::Settle);
    finish(&mut talkers).await?;
    let patience = Instant::now() + SETTLING;
    while world.has_open_questions() && Instant::now() < patience {
        sleep(Duration::from_millis(50)).await;
    }
    phase.send_replace(Phase::Silence);
    sleep(SILENCE).await;
    let connected = connected(&world.history.records());
    people::read_all(&world, &connected).await?;
    phase.send_replace(Phase::End);
    finish(&mut devices).await?;
    nemesis::stop(server, &world.history).await?;
    Ok(world.history.records())
}

async fn finish(tasks: &mut JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// The people with a connection that is open and not logged out.
fn connected(history: &[Record]) -> Vec<String> {
    let mut links = BTreeMap::new();
    for record in history {
        match &record.what {
            What::Open { link, user, .. } => drop(links.insert(*link, user.clone())),
            What::Closed { link } | What::LoggedOut { link } => drop(links.remove(link)),
            _ => {}
        }
    }
    let mut people: Vec<String> = links.into_values().collect();
    people.sort_unstable();
    people.dedup();
    people
}
