//! Does harm, as the seed wills.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::Failure;
use crate::database::Control;
use crate::history::{History, What};
use crate::process::Server;

/// A harm to the server or its database. What clients do to their own connections comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    Terminate,
    Freeze,
    CrashDatabase,
    FreezeDatabase,
}

/// Does one harm after the other, each healed before the next, until the time is over and everything is well again.
pub async fn rage(
    server: &mut Server,
    database: Option<&Control>,
    history: &History,
    rng: &mut fastrand::Rng,
    until: Instant,
) -> Result<(), Failure> {
    let faults: &[Fault] = match database {
        None => &[Fault::Kill, Fault::Kill, Fault::Kill, Fault::Terminate, Fault::Freeze],
        Some(_) => &[Fault::Kill, Fault::Terminate, Fault::Freeze, Fault::CrashDatabase, Fault::FreezeDatabase],
    };
    // All kinds come before one comes again.
    let mut order = Vec::new();
    loop {
        sleep_until(until.min(Instant::now() + millis(rng, 500, 2000))).await;
        if let Some(status) = server.ended() {
            history.note(What::Crashed { how: format!("the server ended by itself: {status}") });
            server.restart().await?;
        }
        if Instant::now() >= until {
            return Ok(());
        }
        if order.is_empty() {
            order.extend_from_slice(faults);
            rng.shuffle(&mut order);
        }
        if let Some(fault) = order.pop() {
            history.note(What::Fault { name: format!("{fault:?}") });
            harm(fault, server, database, history, rng).await?;
        }
    }
}

async fn harm(
    fault: Fault,
    server: &mut Server,
    database: Option<&Control>,
    history: &History,
    rng: &mut fastrand::Rng,
) -> Result<(), Failure> {
    match (fault, database) {
        (Fault::Kill, _) => {
            server.kill().await?;
            server.restart().await
        }
        (Fault::Terminate, _) => {
            stop(server, history).await?;
            server.restart().await
        }
        (Fault::Freeze, _) => {
            server.signal("STOP").await?;
            sleep(millis(rng, 200, 3000)).await;
            server.signal("CONT").await
        }
        (Fault::CrashDatabase, Some(database)) => {
            database.crash().await?;
            sleep(millis(rng, 0, 2000)).await;
            database.start().await?;
            server.ready().await
        }
        (Fault::FreezeDatabase, Some(database)) => {
            database.signal("STOP").await?;
            // The server waits for five seconds: sometimes less, sometimes more.
            sleep(millis(rng, 500, 8000)).await;
            database.signal("CONT").await?;
            server.ready().await
        }
        (Fault::CrashDatabase | Fault::FreezeDatabase, None) => Ok(()),
    }
}

/// The database hangs for so long that the server gives up on what is stored all the same; and nothing is said in the
/// end that would bring it to light.
pub async fn freeze_last(database: &Control, history: &History, then_silent: impl FnOnce()) -> Result<(), Failure> {
    history.note(What::Fault { name: "FreezeDatabase".into() });
    database.signal("STOP").await?;
    sleep(Duration::from_secs(1)).await;
    then_silent();
    sleep(Duration::from_secs(6)).await;
    database.signal("CONT").await
}

/// Stops the server in an orderly way, which it must do well.
pub async fn stop(server: &mut Server, history: &History) -> Result<(), Failure> {
    let status = server.terminate().await?;
    if !status.success() {
        history.note(What::Crashed { how: format!("asked to stop, the server ended with {status}") });
    }
    Ok(())
}

fn millis(rng: &mut fastrand::Rng, from: u64, to: u64) -> Duration {
    Duration::from_millis(rng.u64(from..to))
}
