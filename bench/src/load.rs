//! People in rooms, connected all at once, some of whom talk; and what comes of it.

mod book;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, sleep_until, timeout};

pub use self::book::{Book, Counts};
use self::book::{Sender, Sent};
use crate::check::{Fate, Key, Seen};
use crate::driver::{Driver, Heard, Person, content};
use crate::outcome::histogram;
use crate::wire::{self, End, Inbox, Outbox};
use crate::{Result, fault};

/// So many connections are being opened at a time.
const OPENING: usize = 64;
const READY_WITHIN: Duration = Duration::from_mins(2);
/// Nothing has come for so long: the storm of greetings is over.
const QUIET: Duration = Duration::from_millis(300);
/// After so long without any progress, what is missing is lost.
const DRAIN: Duration = Duration::from_secs(5);
/// Messages are as long as that.
const CONTENT: usize = 128;

/// Some people, the first of whom talk.
pub struct Room {
    /// Its id.
    pub id: String,
    /// Everybody in it, with one connection each.
    pub members: Vec<Rc<Person>>,
    /// So many of them send.
    pub senders: usize,
}

/// When a sender sends.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// By the clock, whatever has become of the last message.
    Every(Duration),
    /// As soon as fewer than so many are unanswered.
    UntilAcked(usize),
    /// As soon as fewer than so many have not reached everybody.
    UntilTold(usize),
}

/// Connections that are all signed in.
pub struct Crowd {
    /// What they saw and see.
    pub book: Rc<RefCell<Book>>,
    driver: Rc<dyn Driver>,
    rooms: Vec<Room>,
    outboxes: Vec<Rc<Outbox>>,
    /// From the first attempt until all were signed in.
    pub took: Duration,
    /// Ends all connections when dropped.
    _tasks: JoinSet<()>,
}

impl Crowd {
    /// Connects everybody and waits until they are signed in and the greetings are over.
    pub async fn connect(driver: Rc<dyn Driver>, address: SocketAddr, rooms: Vec<Room>) -> Result<Self> {
        let total: usize = rooms.iter().map(|room| room.members.len()).sum();
        let book = Rc::new(RefCell::new(Book {
            begun: Instant::now(),
            sizes: rooms.iter().map(|room| room.members.len()).collect(),
            senders: Vec::new(),
            live: vec![Vec::new(); total],
            ready: 0,
            broken: Vec::new(),
            counts: Counts::default(),
            ack: histogram(),
            delivery: histogram(),
            measured_from: u64::MAX,
        }));
        let gate = Rc::new(Semaphore::new(OPENING));
        let mut opening = JoinSet::new();
        let people = rooms.iter().flat_map(|room| room.members.iter().enumerate().map(move |at| (room, at)));
        let mut next_sender = 0;
        for (listener, (room, (place, person))) in people.enumerate() {
            let sender = (place < room.senders).then_some(next_sender);
            next_sender += u32::from(sender.is_some());
            let (driver, person, gate) = (driver.clone(), person.clone(), gate.clone());
            opening.spawn_local(async move {
                let _turn = gate.acquire().await;
                let opened = open(&*driver, address, &person).await;
                (listener, sender, person, opened)
            });
        }
        let mut tasks = JoinSet::new();
        let mut outboxes: Vec<Option<Rc<Outbox>>> = vec![None; total];
        while let Some(opened) = opening.join_next().await {
            let (listener, sender, person, opened) = opened?;
            let (outbox, inbox) = opened?;
            let outbox = Rc::new(outbox);
            outboxes[listener] = Some(outbox.clone());
            tasks.spawn_local(follow(driver.clone(), person, inbox, outbox, book.clone(), listener, sender));
        }
        let outboxes = outboxes.into_iter().flatten().collect();
        let mut this = Self { book, driver, rooms, outboxes, took: Duration::ZERO, _tasks: tasks };
        this.all_ready(total).await?;
        this.took = this.book.borrow().begun.elapsed();
        this.quiet().await;
        Ok(this)
    }

    async fn all_ready(&self, total: usize) -> Result<()> {
        let begun = Instant::now();
        while self.book.borrow().ready < total {
            if let Some(end) = self.book.borrow().broken.first() {
                return Err(fault(format!("a connection ended at the start: {end}")));
            }
            if begun.elapsed() > READY_WITHIN {
                return Err(fault(format!("{} of {total} were signed in in time", self.book.borrow().ready)));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until nothing comes any more, but not for ever.
    async fn quiet(&self) {
        for _ in 0..200 {
            let before = self.book.borrow().counts.frames;
            sleep(QUIET).await;
            if self.book.borrow().counts.frames == before {
                return;
            }
        }
    }

    /// Lets the senders send for that long, as a task of each.
    pub fn talk(&self, pace: Pace, duration: Duration) {
        let until = Instant::now() + duration;
        let mut first = 0;
        for (number, room) in self.rooms.iter().enumerate() {
            for outbox in &self.outboxes[first..first + room.senders] {
                let turns = match pace {
                    Pace::Every(_) => 0,
                    Pace::UntilAcked(window) | Pace::UntilTold(window) => window,
                };
                let turns = Rc::new(Semaphore::new(turns));
                let sender = Sender { room: number, pace: Some(pace), sent: Vec::new(), turns: turns.clone() };
                self.book.borrow_mut().senders.push(sender);
                let index = self.book.borrow().senders.len() - 1;
                let (book, outbox, driver, room) =
                    (self.book.clone(), outbox.clone(), self.driver.clone(), room.id.clone());
                spawn_local(async move {
                    let speaker = Speaker { book, outbox, driver, room, index };
                    match pace {
                        Pace::Every(interval) => speaker.by_the_clock(interval, until).await,
                        _ => speaker.by_turns(&turns, until).await,
                    }
                });
            }
            first += room.members.len();
        }
    }

    /// Waits until everything is answered and told, or nothing moves any more.
    pub async fn drain(&self) {
        let mut last = Instant::now();
        let mut frames = 0;
        while !self.book.borrow().drained() && last.elapsed() < DRAIN {
            let now = self.book.borrow().counts.frames;
            if now != frames {
                (frames, last) = (now, Instant::now());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends all connections: what each room has seen, and which connections the server had ended before.
    pub fn leave(self) -> (Vec<(Room, Seen)>, Vec<String>) {
        let mut book = self.book.borrow_mut();
        let broken = std::mem::take(&mut book.broken);
        let mut live = std::mem::take(&mut book.live).into_iter();
        let senders = std::mem::take(&mut book.senders);
        let rooms = self.rooms.into_iter().enumerate().map(|(number, room)| {
            let sent = senders.iter().zip(0..).filter(|(sender, _)| sender.room == number);
            let sent = sent.flat_map(|(sender, index)| {
                sender.sent.iter().zip(0..).map(move |(sent, n)| (Key { sender: index, n }, sent.fate))
            });
            let seen =
                Seen { sent: sent.collect(), live: live.by_ref().take(room.members.len()).collect(), history: None };
            (room, seen)
        });
        (rooms.collect(), broken)
    }
}

/// Opens a connection and says what is to be said first.
pub async fn open(driver: &dyn Driver, address: SocketAddr, person: &Person) -> Result<(Outbox, Inbox)> {
    let (path, headers) = driver.upgrade(person);
    let (outbox, inbox) = wire::open(address, &path, &headers).await?;
    if let Some(greeting) = driver.greeting(person) {
        outbox.send(&greeting).await?;
    }
    Ok((outbox, inbox))
}

async fn follow(
    driver: Rc<dyn Driver>,
    person: Rc<Person>,
    inbox: Inbox,
    outbox: Rc<Outbox>,
    book: Rc<RefCell<Book>>,
    listener: usize,
    sender: Option<u32>,
) {
    let on = |frame: &[u8]| {
        let mut book = book.borrow_mut();
        book.counts.frames += 1;
        match (driver.read(frame, &person), sender) {
            (Heard::Told(key, at), _) => book.told(listener, key, at),
            (Heard::Acked(mark), Some(sender)) => book.answered(sender, mark, Fate::Acked),
            (Heard::Refused(mark), Some(sender)) => book.answered(sender, mark, Fate::Refused),
            (Heard::Ready, _) => book.ready += 1,
            (Heard::Answer(text), _) => return Some(text),
            _ => {}
        }
        None
    };
    let end = inbox.listen(&outbox, on).await;
    book.borrow_mut().broken.push(match end {
        End::Closed(code) => format!("closed with {code}"),
        End::Eof => "closed".into(),
        End::Broken(why) => why,
    });
}

struct Speaker {
    book: Rc<RefCell<Book>>,
    outbox: Rc<Outbox>,
    driver: Rc<dyn Driver>,
    room: String,
    index: usize,
}

impl Speaker {
    /// Latency counts from the moment that was due, not from when there was time to send.
    async fn by_the_clock(self, interval: Duration, until: Instant) {
        let begun = Instant::now();
        let origin = self.book.borrow().now();
        for n in 0.. {
            let due = interval * n;
            if begun + due >= until {
                return;
            }
            sleep_until((begun + due).into()).await;
            if !self.say(origin + u64::try_from(due.as_micros()).unwrap_or(0)).await {
                return;
            }
        }
    }

    async fn by_turns(self, turns: &Semaphore, until: Instant) {
        while let Ok(Ok(turn)) = timeout(until.saturating_duration_since(Instant::now()), turns.acquire()).await {
            turn.forget();
            let now = self.book.borrow().now();
            if Instant::now() >= until || !self.say(now).await {
                return;
            }
        }
    }

    async fn say(&self, at: u64) -> bool {
        let n = {
            let mut book = self.book.borrow_mut();
            book.counts.sent += 1;
            let sent = &mut book.senders[self.index].sent;
            sent.push(Sent { at, fate: Fate::Unanswered, told: 0 });
            u32::try_from(sent.len() - 1).unwrap_or(u32::MAX)
        };
        let key = Key { sender: u32::try_from(self.index).unwrap_or(u32::MAX), n };
        self.outbox.send(&self.driver.send(&self.room, n, &content(key, at, CONTENT))).await.is_ok()
    }
}
