//! Fan-out and many rooms: messages are sent, and every delivery is checked.

use std::time::Duration;

use tokio::time::sleep;

use crate::Result;
use crate::check::{Faults, Seen, check};
use crate::contender::{Arena, Door};
use crate::driver::find_content;
use crate::load::{Counts, Crowd, Pace, Room};
use crate::outcome::{Outcome, float};
use crate::process::own_cpu;

/// Who talks to whom, and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    /// Its name in the results.
    pub name: &'static str,
    /// So many rooms.
    pub rooms: usize,
    /// So many people in each.
    pub members: usize,
    /// So many of them send.
    pub senders: usize,
    /// When they send.
    pub pace: Pace,
}

/// How long it lasts.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Before it is measured.
    pub warm_up: Duration,
    /// While it is measured.
    pub measure: Duration,
    /// How long connections say nothing.
    pub rest: Duration,
}

impl Exchange {
    /// Makes the rooms, connects everybody, lets them talk, and looks through what they have seen.
    pub async fn run(&self, arena: &mut Arena, door: &Door, times: Times) -> Result<Outcome> {
        let crowd = self.gather(arena, door).await?;
        let mut outcome = Outcome::new(self.name, door.name);
        self.measure(arena, &crowd, times, &mut outcome).await;
        part(crowd, arena, door, &mut outcome).await?;
        Ok(outcome)
    }

    /// Makes the rooms, and connects everybody.
    pub async fn gather(&self, arena: &mut Arena, door: &Door) -> Result<Crowd> {
        let people = arena.people(door, self.rooms * self.members).await?;
        let mut rooms = Vec::new();
        for some in people.chunks(self.members) {
            let members: Vec<_> = some.iter().map(AsRef::as_ref).collect();
            let id = door.driver.room(&arena.server.http, &members).await?;
            rooms.push(Room { id, members: some.to_vec(), senders: self.senders });
        }
        Crowd::connect(door.driver.clone(), arena.server.address, rooms).await
    }

    async fn measure(&self, arena: &Arena, crowd: &Crowd, times: Times, outcome: &mut Outcome) {
        crowd.talk(self.pace, times.warm_up + times.measure);
        sleep(times.warm_up).await;
        let before = (arena.server.cost(), own_cpu(), crowd.book.borrow().counts);
        let begun = {
            let mut book = crowd.book.borrow_mut();
            book.measured_from = book.now();
            book.measured_from
        };
        sleep(times.measure).await;
        let (ended, at_end) = (crowd.book.borrow().now(), crowd.book.borrow().counts);
        crowd.drain().await;
        let after = (arena.server.cost(), own_cpu(), crowd.book.borrow().counts);

        let seconds = float(ended - begun) / 1e6;
        let rate = |count: fn(&Counts) -> u64| float(count(&at_end) - count(&before.2)) / seconds;
        outcome.set("messagesPerS", rate(|counts| counts.acked));
        outcome.set("deliveriesPerS", rate(|counts| counts.told));
        outcome.set_cpu("messages", float(after.2.acked - before.2.acked), &before.0, &after.0);
        outcome.set_cpu("deliveries", float(after.2.told - before.2.told), &before.0, &after.0);
        outcome.set("seconds", seconds);
        outcome.set("generatorCpuS", after.1 - before.1);
        outcome.set_latency("ack", &crowd.book.borrow().ack);
        outcome.set_latency("delivery", &crowd.book.borrow().delivery);
        let refused = after.2.answered - after.2.acked;
        if refused > 0 {
            outcome.troubles.push(format!("{refused} messages refused"));
        }
    }
}

/// Ends all connections and rooms, and looks through what everybody has seen.
pub async fn part(crowd: Crowd, arena: &Arena, door: &Door, outcome: &mut Outcome) -> Result<()> {
    let (rooms, broken) = crowd.leave();
    let mut faults = Faults::default();
    for (room, mut seen) in rooms {
        let owner = &room.members[0];
        if let Some(texts) = door.driver.history(&arena.server.http, &room.id, owner).await? {
            compare_with(&mut seen, &texts, outcome);
        }
        faults = faults.and(check(&seen));
        door.driver.end_room(&arena.server.http, &room.id, owner).await?;
    }
    outcome.faults = Some(faults);
    if let Some(first) = broken.first() {
        outcome.troubles.push(format!("{} connections ended: {first}", broken.len()));
    }
    Ok(())
}

fn compare_with(seen: &mut Seen, texts: &[String], outcome: &mut Outcome) {
    let history: Vec<_> = texts.iter().filter_map(|text| Some(find_content(text.as_bytes())?.0)).collect();
    if history.len() != texts.len() {
        outcome.troubles.push("the history holds texts that nobody sent".into());
    }
    seen.history = Some(history);
}
