//! What people do by REST: send, resend, send several copies at once, read back, and let others in and out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use crate::Failure;
use crate::doors::Saying;
use crate::history::{Outcome, What};
use crate::rest::{AGAIN, text};
use crate::world::{Person, Phase, World};

/// How long after the last harm everybody is back.
const REUNION: Duration = Duration::from_secs(2);

/// Talks and reads until the load ends, and says a last thing when all are back: what is told last is followed by nothing
/// that could show that it was not told.
pub async fn talk(world: Arc<World>, person: Person, mut rng: fastrand::Rng) -> Result<(), Failure> {
    let mut places = vec![0; world.rooms.len()];
    while world.phase() == Phase::Load {
        sleep(Duration::from_millis(rng.u64(50..400))).await;
        let room = rng.usize(..world.rooms.len());
        match rng.u8(..10) {
            0..6 => say(&world, &person, world.something(&mut rng)).await,
            6..7 => copies(&world, &person, world.something(&mut rng)).await,
            7..8 => walk(&world, &person, &world.rooms[room], [13, 40, 100][rng.usize(..3)]).await,
            _ => sync(&world, &person, &world.rooms[room], &mut places[room]).await,
        }
    }
    if world.has_last_words {
        sleep(REUNION).await;
        say(&world, &person, world.something(&mut rng)).await;
    }
    Ok(())
}

/// Says something until its fate is known.
async fn say(world: &World, person: &Person, saying: Saying) {
    world.ask();
    while attempt(world, person, &saying).await == Outcome::Unknown && world.phase() < Phase::Silence {
        sleep(AGAIN).await;
    }
    world.answered();
}

/// Says the same several times at once.
async fn copies(world: &World, person: &Person, saying: Saying) {
    world.ask();
    let all = join_all((0..4).map(|_| attempt(world, person, &saying))).await;
    world.answered();
    if all.iter().all(|outcome| *outcome == Outcome::Unknown) {
        say(world, person, saying).await;
    }
}

async fn attempt(world: &World, person: &Person, saying: &Saying) -> Outcome {
    world.note_send(saying, &person.id, None);
    let outcome = person.rest.say(&saying.chat, &saying.id, &saying.content).await;
    world.note_sent(saying, None, outcome.clone());
    outcome
}

async fn walk(world: &World, person: &Person, chat: &str, limit: usize) {
    let since = world.history.now();
    if let Some(messages) = person.rest.walk(chat, limit).await {
        world.history.note(What::Walked { chat: chat.to_owned(), user: person.id.clone(), since, messages });
    }
}

/// Goes on from the place it read up to before.
async fn sync(world: &World, person: &Person, chat: &str, place: &mut i64) {
    if let Some((upto, messages)) = person.rest.sync(chat, *place).await {
        let (chat, after) = (chat.to_owned(), *place);
        world.history.note(What::Synced { chat, after, upto, messages });
        *place = upto;
    }
}

/// Lets the guest out and in again until the load ends; in the end the guest is in.
pub async fn move_guest(world: Arc<World>, room: usize, mut rng: fastrand::Rng) -> Result<(), Failure> {
    let (owner, guest, chat) = (&world.people[room].rest, world.guest().id.clone(), world.rooms[room].clone());
    let path = format!("/conversations/{chat}/participants");
    let mut place = 0;
    while world.phase() == Phase::Load {
        sleep(Duration::from_millis(rng.u64(300..1500))).await;
        for came in [false, true] {
            world.history.note(What::Move { chat: chat.clone(), user: guest.clone(), came });
            if came {
                owner.must(Method::POST, &path, Some(&json!({"userId": guest}))).await?;
            } else {
                owner.must(Method::DELETE, &format!("{path}/{guest}"), None).await?;
            }
            // Nobody may have been told: the server may have been killed, and have come back, before anybody was there.
            if let Some(seq) = owner.last_move(&chat, &guest, place).await {
                world.history.note(What::Moved { chat: chat.clone(), user: guest.clone(), seq, came });
                place = seq;
            }
            world.history.note(What::MoveDone { chat: chat.clone(), user: guest.clone(), came });
            sleep(Duration::from_millis(rng.u64(100..800))).await;
        }
    }
    Ok(())
}

/// Everybody reads everything, and who is connected is looked up.
pub async fn read_all(world: &World, connected: &[String]) -> Result<(), Failure> {
    for person in &world.people {
        let list = person.rest.must(Method::GET, "/conversations?limit=100", None).await?;
        let listed = |chat: &str| {
            let mut rows = list.as_array().into_iter().flatten();
            let row = rows.find(|row| row["id"] == chat)?;
            row["lastMessage"]["id"].as_str().map(str::to_owned)
        };
        for chat in &world.rooms {
            let messages = person.rest.walk(chat, 100).await.ok_or("the history cannot be read in the end")?;
            let (user, listed) = (person.id.clone(), listed(chat));
            world.history.note(What::Final { chat: chat.clone(), user, messages, listed });
        }
    }
    for user in connected {
        let profile = world.people[0].rest.must(Method::GET, &format!("/users/{user}"), None).await?;
        let online = text(&profile["presence"]["status"]) != "offline";
        world.history.note(What::Shown { user: user.clone(), online });
    }
    Ok(())
}
