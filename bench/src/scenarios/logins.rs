//! Messages by the clock, first alone and then beside people who log in: what hashing passwords costs those who talk.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::exchange::{Exchange, Times, part};
use crate::contender::{Arena, Door, random};
use crate::http1::{Connection, request};
use crate::load::Crowd;
use crate::outcome::{Outcome, float, histogram};
use crate::{Fault, Result, fault};

/// So many log in at the same time, again and again.
const AT_ONCE: usize = 50;
/// Who is put off comes back after so long.
const PUT_OFF: Duration = Duration::from_secs(1);

/// What became of the logins.
#[derive(Default)]
struct Tally {
    took: Option<Histogram<u64>>,
    done: u64,
    put_off: u64,
    wrong: Option<u16>,
}

/// Talks without and with logins, in the same rooms.
pub async fn run(talk: &Exchange, arena: &mut Arena, door: &Door, times: Times) -> Result<Outcome> {
    let name = format!("l{}", &random().simple().to_string()[..20]);
    let person = door.driver.person(&arena.server.http, &name).await?;
    let login = door.driver.login(&name).ok_or_else(|| fault("there is no such call"))?;
    let crowd = talk.gather(arena, door).await?;
    let mut outcome = Outcome::new(talk.name, door.name);
    crowd.talk(talk.pace, (times.warm_up + times.measure) * 2);
    listen(&crowd, times, ["quietAck", "quietDelivery"], &mut outcome).await;

    let tally = Rc::new(RefCell::new(Tally { took: Some(histogram()), ..Tally::default() }));
    let mut logins = JoinSet::new();
    for _ in 0..AT_ONCE {
        let connection = Connection::open(arena.server.address).await?;
        logins.spawn_local(log_in(connection, request(&login, &person.token), tally.clone()));
    }
    let begun = (arena.server.cost(), Instant::now());
    listen(&crowd, times, ["busyAck", "busyDelivery"], &mut outcome).await;
    logins.shutdown().await;
    let tally = tally.take();
    outcome.set("loginsPerS", float(tally.done) / begun.1.elapsed().as_secs_f64());
    outcome.set("putOff", float(tally.put_off));
    outcome.set_cpu("logins", float(tally.done), &begun.0, &arena.server.cost());
    if let Some(took) = &tally.took {
        outcome.set_latency("login", took);
    }
    if let Some(status) = tally.wrong {
        outcome.troubles.push(format!("a login was answered {status}"));
    }
    crowd.drain().await;
    part(crowd, arena, door, &mut outcome).await?;
    Ok(outcome)
}

/// Takes the latencies of a while, under these names.
async fn listen(crowd: &Crowd, times: Times, [ack, delivery]: [&str; 2], outcome: &mut Outcome) {
    sleep(times.warm_up).await;
    {
        let mut book = crowd.book.borrow_mut();
        (book.ack, book.delivery) = (histogram(), histogram());
        book.measured_from = book.now();
    }
    sleep(times.measure).await;
    let book = crowd.book.borrow();
    outcome.set_latency(ack, &book.ack);
    outcome.set_latency(delivery, &book.delivery);
}

async fn log_in(mut connection: Connection, request: Vec<u8>, tally: Rc<RefCell<Tally>>) -> Result<()> {
    loop {
        let begun = Instant::now();
        let status = connection.exchange(&request).await?;
        match status {
            200..300 => {
                let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                let mut tally = tally.borrow_mut();
                tally.done += 1;
                if let Some(all) = &mut tally.took {
                    all.saturating_record(took);
                }
            }
            429 | 503 => {
                tally.borrow_mut().put_off += 1;
                sleep(PUT_OFF).await;
            }
            _ => {
                tally.borrow_mut().wrong = Some(status);
                return Err::<(), Fault>(fault("refused"));
            }
        }
    }
}
