//! Requests one after the other on a few kept connections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::exchange::Times;
use crate::check::Key;
use crate::contender::{Arena, Door};
use crate::driver::{Call, content};
use crate::http1::{Connection, request};
use crate::outcome::{Outcome, float, histogram};
use crate::process::own_cpu;
use crate::{Result, fault};

const CONNECTIONS: usize = 16;
const MESSAGES: u32 = 200;
const PAGE: usize = 50;
const CONTENT: usize = 128;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// The newest page of a history.
    Page,
    /// That a message be kept.
    Post,
}

/// Asks as fast as answers come.
pub async fn run(name: &'static str, asking: Asking, arena: &mut Arena, door: &Door, times: Times) -> Result<Outcome> {
    let people = arena.people(door, CONNECTIONS).await?;
    let members: Vec<_> = people.iter().map(AsRef::as_ref).collect();
    let room = door.driver.room(&arena.server.http, &members).await?;
    let post = |n| door.driver.post(&room, &content(Key { sender: 0, n }, 0, CONTENT));
    for n in 0..MESSAGES {
        arena.server.http.must(&some(post(n))?, Some(&people[0].token)).await?;
    }
    let call = some(if asking == Asking::Page { door.driver.page(&room, PAGE) } else { post(0) })?;

    let latency = Rc::new(RefCell::new(histogram()));
    let (answered, refused) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(0_u64)));
    let until = Instant::now() + times.warm_up + times.measure;
    let measured_from = Instant::now() + times.warm_up;
    let mut loops = JoinSet::new();
    for person in &people {
        let mut connection = Connection::open(arena.server.address).await?;
        let request = request(&call, &person.token);
        let (latency, answered, refused) = (latency.clone(), answered.clone(), refused.clone());
        loops.spawn_local(async move {
            while Instant::now() < until {
                let begun = Instant::now();
                if connection.exchange(&request).await? >= 300 {
                    refused.set(refused.get() + 1);
                }
                answered.set(answered.get() + 1);
                if begun >= measured_from {
                    let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                    latency.borrow_mut().saturating_record(took);
                }
            }
            Ok::<_, crate::Fault>(())
        });
    }
    sleep(times.warm_up).await;
    let before = (arena.server.cost(), own_cpu(), answered.get(), Instant::now());
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    let count = float(answered.get() - before.2);
    let mut outcome = Outcome::new(name, door.name);
    outcome.set("requestsPerS", count / before.3.elapsed().as_secs_f64());
    outcome.set_cpu("requests", count, &before.0, &arena.server.cost());
    outcome.set("generatorCpuS", own_cpu() - before.1);
    outcome.set_latency("request", &latency.borrow());
    if refused.get() > 0 {
        outcome.troubles.push(format!("{} requests refused", refused.get()));
    }
    door.driver.end_room(&arena.server.http, &room, &people[0]).await?;
    Ok(outcome)
}

fn some(call: Option<Call>) -> Result<Call> {
    call.ok_or_else(|| fault("there is no such call"))
}
