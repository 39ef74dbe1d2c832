//! A person's connection at one of the doors, which is lost and comes back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Failure;
use crate::doors::{Door, Saying, Told, Wire};
use crate::history::{Link, Outcome, What};
use crate::rest::{AGAIN, Answer, Rest};
use crate::world::{Person, Phase, World};

/// How long an answer is waited for on a connection that seems alive.
const PATIENCE: Duration = Duration::from_secs(12);

/// The length of a long message.
const LONG: usize = 3500;

/// A device.
pub struct Device {
    pub world: Arc<World>,
    pub person: Person,
    pub door: Door,
    pub rng: fastrand::Rng,
    /// In silence, it says goodbye.
    pub leaves_early: bool,
    /// Little may wait on its way to it, and it likes not to read.
    pub is_slow: bool,
    /// Its own session.
    pub rest: Rest,
    /// What has to be said again.
    again: VecDeque<Saying>,
}

/// What was said and is not answered yet.
enum Pending {
    Greeting,
    Saying(Saying),
}

/// A connection while it lasts.
struct Session {
    link: Link,
    wire: Wire,
    marks: u64,
    pending: VecDeque<(u64, Instant, Pending)>,
    /// Greetings that are not answered yet.
    greetings: usize,
    /// Logged out; waits for its end.
    is_over: bool,
}

/// How a session goes on.
enum Next {
    Stay,
    Cut,
    Close,
}

impl Device {
    pub fn new(world: &Arc<World>, person: &Person, door: Door, rng: fastrand::Rng) -> Self {
        Self {
            world: Arc::clone(world),
            rest: person.rest.clone(),
            person: person.clone(),
            door,
            rng,
            leaves_early: false,
            is_slow: false,
            again: VecDeque::new(),
        }
    }

    /// Lives until the end.
    pub async fn run(mut self) -> Result<(), Failure> {
        self.rest = self.rest.sign_in(&self.person.username).await?;
        let mut phase = self.world.phase.clone();
        while self.world.phase() < Phase::Silence {
            match self.open().await {
                Ok(session) => self.live(session, &mut phase).await?,
                Err(_) => sleep(AGAIN).await,
            }
        }
        for _ in self.again {
            self.world.answered();
        }
        Ok(())
    }

    async fn open(&mut self) -> Result<Session, Failure> {
        let wire = self.door.open(&self.rest.base, &self.rest.token, self.is_slow).await?;
        let rooms = self.world.rooms.clone();
        let (link, pending) = (self.world.link(), VecDeque::new());
        let mut session = Session { link, wire, marks: 0, pending, greetings: rooms.len(), is_over: false };
        for room in &rooms {
            session.marks += 1;
            session.pending.push_back((session.marks, Instant::now(), Pending::Greeting));
            session.wire.say(&self.door.greeting(session.marks, room)).await?;
        }
        Ok(session)
    }

    /// Listens and talks until the connection is over.
    async fn live(&mut self, mut session: Session, phase: &mut watch::Receiver<Phase>) -> Result<(), Failure> {
        let mut due = Instant::now();
        let next = loop {
            tokio::select! {
                text = session.wire.next() => match text {
                    Some(text) => {
                        if !self.hear(&mut session, &text).await { break Next::Cut }
                    }
                    None => break Next::Cut,
                },
                () = sleep_until(due) => match self.act(&mut session).await {
                    Next::Stay => due = Instant::now() + Duration::from_millis(self.rng.u64(40..250)),
                    next => break next,
                },
                _ = phase.changed() => {}
            }
            if self.world.phase() == Phase::End {
                // It stays open as far as the history knows.
                return Ok(());
            }
        };
        self.world.history.note(What::Closed { link: session.link });
        match next {
            Next::Close => session.wire.close().await,
            _ => session.wire.cut(),
        }
        for (_, _, pending) in session.pending {
            if let Pending::Saying(saying) = pending {
                self.settle(session.link, saying, Outcome::Unknown);
            }
        }
        if session.is_over {
            self.rest = self.rest.sign_in(&self.person.username).await?;
        }
        Ok(())
    }

    /// Takes in what the server says; whether the connection goes on.
    async fn hear(&mut self, session: &mut Session, text: &str) -> bool {
        let (link, history) = (session.link, &self.world.history);
        match self.door.read(text) {
            Some(Told::Answer(mark, outcome)) => {
                let at = session.pending.iter().position(|(known, ..)| mark.is_none_or(|mark| mark == *known));
                match at.and_then(|at| session.pending.remove(at)) {
                    Some((.., Pending::Greeting)) => self.greeted(session),
                    Some((.., Pending::Saying(saying))) => self.settle(link, saying, outcome),
                    None => {}
                }
            }
            Some(Told::Message(chat, message)) => history.note(What::Heard { link, chat, message }),
            Some(Told::Moved(chat, user, seq, came)) => history.note(What::Moved { chat, user, seq, came }),
            Some(Told::Return(text)) => return session.wire.say(&text).await.is_ok(),
            Some(Told::Away) => return false,
            None => {}
        }
        true
    }

    fn greeted(&self, session: &mut Session) {
        session.greetings -= 1;
        if session.greetings == 0 {
            let (user, door) = (self.person.id.clone(), self.door.name().to_owned());
            let spares_own = self.door.spares_own();
            self.world.history.note(What::Open { link: session.link, user, door, spares_own });
        }
    }

    /// Notes the fate of a message, and keeps in mind what has to be said again.
    fn settle(&mut self, link: Link, saying: Saying, outcome: Outcome) {
        let say_again = outcome == Outcome::Unknown && self.door.has_ids();
        self.world.note_sent(&saying, Some(link), outcome);
        if say_again {
            self.again.push_back(saying);
        } else {
            self.world.answered();
        }
    }

    /// Does something, or nothing.
    async fn act(&mut self, session: &mut Session) -> Next {
        let is_late = session.pending.front().is_some_and(|(_, since, _)| since.elapsed() > PATIENCE);
        if is_late {
            return Next::Cut;
        }
        if session.greetings > 0 || session.is_over {
            return Next::Stay;
        }
        match self.world.phase() {
            Phase::Load => self.misbehave(session).await,
            Phase::Settle => self.say_again(session).await,
            Phase::Silence if self.leaves_early => Next::Close,
            Phase::Silence | Phase::End => Next::Stay,
        }
    }

    async fn misbehave(&mut self, session: &mut Session) -> Next {
        match self.rng.u8(..100) {
            0..2 => Next::Cut,
            2..4 => Next::Close,
            4..8 => {
                // The answer is lost on its way.
                let saying = self.world.something(&mut self.rng);
                self.world.ask();
                self.say(session, saying).await;
                Next::Cut
            }
            8..10 => {
                // What waits for it fills the queues, if it takes long.
                let (least, most) = if self.is_slow { (3000, 9000) } else { (300, 1500) };
                sleep(Duration::from_millis(self.rng.u64(least..most))).await;
                Next::Stay
            }
            10..11 => self.log_out(session).await,
            11..12 => self.say_many(session, 40, true).await,
            12..20 => {
                let count = self.rng.usize(2..8);
                self.say_many(session, count, false).await
            }
            20..75 => self.say_many(session, 1, false).await,
            _ => self.say_again(session).await,
        }
    }

    /// Says several things without waiting for answers.
    async fn say_many(&mut self, session: &mut Session, count: usize, are_long: bool) -> Next {
        for _ in 0..count {
            let mut saying = self.world.something(&mut self.rng);
            if are_long {
                saying.content.push_str(&"x".repeat(LONG.saturating_sub(saying.content.len())));
            }
            self.world.ask();
            if !self.say(session, saying).await {
                return Next::Cut;
            }
        }
        Next::Stay
    }

    /// Ends the session that the connection belongs to, and waits for what comes of it.
    async fn log_out(&mut self, session: &mut Session) -> Next {
        if let Answer::Done(_) = self.rest.call(Method::POST, "/auth/logout", None).await {
            self.world.history.note(What::LoggedOut { link: session.link });
        }
        // Whether it was done or not, the next connection has another session.
        session.is_over = true;
        session.pending.push_back((0, Instant::now(), Pending::Greeting));
        Next::Stay
    }

    async fn say_again(&mut self, session: &mut Session) -> Next {
        while let Some(saying) = self.again.pop_front() {
            if !self.say(session, saying).await {
                return Next::Cut;
            }
        }
        Next::Stay
    }

    async fn say(&mut self, session: &mut Session, saying: Saying) -> bool {
        session.marks += 1;
        self.world.note_send(&saying, &self.person.id, Some(session.link));
        let text = self.door.say(session.marks, &saying);
        session.pending.push_back((session.marks, Instant::now(), Pending::Saying(saying)));
        session.wire.say(&text).await.is_ok()
    }
}
