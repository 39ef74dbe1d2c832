//! What clients did and saw, in the order in which they noted it: the one thing that the checker judges.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A connection, numbered in the order of opening.
pub type Link = u32;

/// Something noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in microseconds since the beginning.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// A message as somebody sees it. Every content is said once only, so it names the message at every door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// What it says.
    pub content: String,
    /// Its place, where the door shows it.
    pub seq: Option<i64>,
}

/// What an attempt to send came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was acknowledged, with what the door tells of it.
    Acknowledged(Option<Seen>),
    /// It was refused for good: nothing was stored.
    Refused(String),
    /// Nobody knows: no answer, or one that says to try again.
    Unknown,
}

/// What can be noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "f", rename_all = "kebab-case")]
pub enum What {
    /// Somebody takes part in a chat from the beginning.
    Member { chat: String, user: String },
    /// Somebody begins to send, for the first time or again. No link is REST.
    Send { chat: String, by: String, content: String, link: Option<Link> },
    /// What that came to.
    Sent { content: String, link: Option<Link>, outcome: Outcome },
    /// A connection hears everything from now on.
    Open { link: Link, user: String, door: String, spares_own: bool },
    /// A connection is told of a message.
    Heard { link: Link, chat: String, message: Seen },
    /// Somebody is told, or reads, that somebody came (or left) at a place.
    Moved { chat: String, user: String, seq: i64, came: bool },
    /// A connection is over, whoever ended it.
    Closed { link: Link },
    /// The logout of a connection's session was acknowledged.
    LoggedOut { link: Link },
    /// Somebody is about to be added (or removed).
    Move { chat: String, user: String, came: bool },
    /// They are.
    MoveDone { chat: String, user: String, came: bool },
    /// Somebody read back from the newest message, page by page, newest first; begun at `since`.
    Walked { chat: String, user: String, since: u64, messages: Vec<Seen> },
    /// Somebody asked for what came after a place; all up to `upto` was answered.
    Synced { chat: String, after: i64, upto: i64, messages: Vec<Seen> },
    /// How a person with an open connection is shown, in the end.
    Shown { user: String, online: bool },
    /// A harm is done.
    Fault { name: String },
    /// The server ended otherwise than it was told to.
    Crashed { how: String },
    /// In the end: all messages of a chat, newest first, and what the list of conversations shows as its last.
    Final { chat: String, user: String, messages: Vec<Seen>, listed: Option<String> },
}

/// Takes down what happens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct History {
    started: Instant,
    records: Arc<Mutex<Vec<Record>>>,
}

impl Default for History {
    fn default() -> Self {
        Self { started: Instant::now(), records: Arc::default() }
    }
}

impl History {
    /// Notes it, with the present moment.
    pub fn note(&self, what: What) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that the order of notes is that of their times.
        records.push(Record { at: self.now(), what });
    }

    /// The present moment.
    pub fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// All that was noted.
    pub fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes records as JSON lines.
pub fn write(records: &[Record], mut to: impl Write) -> io::Result<()> {
    for record in records {
        serde_json::to_writer(&mut to, record)?;
        writeln!(to)?;
    }
    to.flush()
}
