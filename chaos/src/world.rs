//! Who there is, and what all clients share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::Failure;
use crate::doors::{Door, Saying};
use crate::history::{History, Link, Outcome, What};
use crate::rest::{Rest, text};

/// How many people there are. The last one is a guest, who comes and goes.
const PEOPLE: usize = 6;
/// How many conversations there are; person n owns conversation n.
const ROOMS: usize = 3;
/// In how many of them the guest comes and goes.
pub const RESTLESS: usize = 2;

/// What a run is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Everybody talks.
    Load,
    /// Everybody says a last thing; what nobody knows the fate of is said again.
    Settle,
    /// Nobody says anything; connections stay.
    Silence,
    /// It is over.
    End,
}

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub rest: Rest,
}

/// Everything that clients share.
pub struct World {
    pub history: History,
    pub people: Vec<Person>,
    pub rooms: Vec<String>,
    pub phase: watch::Receiver<Phase>,
    said: AtomicU64,
    links: AtomicU32,
    /// Whether everybody says a last thing after the harm.
    pub has_last_words: bool,
    /// How many messages have a fate that somebody still wants to know.
    open_questions: AtomicUsize,
}

impl World {
    /// Signs everybody up and makes the conversations, on a server that is well.
    pub async fn make(base: &str, phase: watch::Receiver<Phase>, has_last_words: bool) -> Result<Arc<Self>, Failure> {
        let (nobody, history) = (Rest::new(base)?, History::default());
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let username = format!("person{number}");
            let id = nobody.register(&username).await?;
            people.push(Person { id, rest: nobody.sign_in(&username).await?, username });
        }
        let mut rooms = Vec::new();
        for (number, owner) in people.iter().enumerate().take(ROOMS) {
            let others: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
            let body = json!({"name": format!("Room {number}"), "participantIds": others});
            let made = owner.rest.must(Method::POST, "/conversations", Some(&body)).await?;
            rooms.push(text(&made["id"]));
        }
        for (chat, person) in rooms.iter().flat_map(|room| people.iter().map(move |person| (room, person))) {
            history.note(What::Member { chat: chat.clone(), user: person.id.clone() });
        }
        Ok(Arc::new(Self {
            history,
            people,
            rooms,
            phase,
            has_last_words,
            said: AtomicU64::new(0),
            links: AtomicU32::new(0),
            open_questions: AtomicUsize::new(0),
        }))
    }

    /// The guest.
    pub fn guest(&self) -> &Person {
        &self.people[PEOPLE - 1]
    }

    /// The two doors that each person's connections use.
    pub fn doors(person: usize) -> [Door; 2] {
        let second = match person {
            0 => Door::Events,
            1 => Door::Chats,
            2 => Door::Polling,
            4 => Door::Frames,
            // Who comes and goes is not at the door where one has to enter each room again.
            _ => Door::SocketIo,
        };
        [if person % 3 == 2 { Door::Frames } else { Door::Events }, second]
    }

    /// Something that nobody has said yet.
    pub fn something(&self, rng: &mut fastrand::Rng) -> Saying {
        let number = self.said.fetch_add(1, Ordering::Relaxed);
        // Now and then it is long, so that queues fill up.
        let padding = "x".repeat(if rng.u8(..8) == 0 { rng.usize(1000..3500) } else { rng.usize(1..40) });
        let id = Uuid::from_u128(rng.u128(..)).to_string();
        Saying { chat: self.rooms[rng.usize(..ROOMS)].clone(), id, content: format!("m{number} {padding}") }
    }

    /// The number of a new connection.
    pub fn link(&self) -> Link {
        self.links.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody wants to know the fate of a message.
    pub fn ask(&self) {
        self.open_questions.fetch_add(1, Ordering::Relaxed);
    }

    /// They know it, or gave up.
    pub fn answered(&self) {
        self.open_questions.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn has_open_questions(&self) -> bool {
        self.open_questions.load(Ordering::Relaxed) > 0
    }

    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Notes an attempt to send.
    pub fn note_send(&self, saying: &Saying, by: &str, link: Option<Link>) {
        let (chat, content) = (saying.chat.clone(), saying.content.clone());
        self.history.note(What::Send { chat, by: by.to_owned(), content, link });
    }

    /// Notes what became of it.
    pub fn note_sent(&self, saying: &Saying, link: Option<Link>, outcome: Outcome) {
        self.history.note(What::Sent { content: saying.content.clone(), link, outcome });
    }
}
