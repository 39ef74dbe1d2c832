//! Who is there, under a scheduler that does its worst: devices come, say goodbye, drop out and end twice, time passes,
//! and who is told listens at once or late. A plain account of each person, kept beside it, says what is true.

use std::collections::{BTreeMap, BTreeSet};

use domain::presence::Presence;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const GRACE: Duration = Duration::from_millis(500);
const PEOPLE: usize = 3;
/// Taken by the people in turn.
const DEVICES: usize = 7;
const STATUSES: [Status; 3] = [Status::Online, Status::Away, Status::Busy];

/// What can happen. Numbers pick among the devices.
#[derive(Debug, Clone)]
enum Step {
    Connect(usize),
    /// A device that is not connected can end too: its end is noted twice, or late.
    Disconnect(usize, Departure),
    Say(usize, Status),
    Wait(u64),
    /// Who is told asks for so many people.
    Listen(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![Just(Departure::Clean), Just(Departure::Dropped)];
    prop_oneof![
        4 => (0..DEVICES).prop_map(Step::Connect),
        4 => (0..DEVICES, how).prop_map(|(device, how)| Step::Disconnect(device, how)),
        2 => (0..DEVICES, prop::sample::select(&STATUSES)).prop_map(|(device, status)| Step::Say(device, status)),
        4 => (1..800u64).prop_map(Step::Wait),
        2 => (1..3usize).prop_map(Step::Listen),
    ]
}

/// A person, as they would tell it themselves.
#[derive(Default, Clone)]
struct Truth {
    open: BTreeSet<usize>,
    status: Status,
    /// When the last connection ended, and until when they are awaited.
    left: Option<(Timestamp, Duration)>,
}

impl Truth {
    fn is_there(&self, now: Duration) -> bool {
        !self.open.is_empty() || self.left.is_some_and(|(_, until)| now < until)
    }

    fn presence(&self, now: Duration) -> Presence {
        if self.is_there(now) {
            return Presence::Online(self.status);
        }
        Presence::Offline(self.left.map(|(at, _)| at))
    }
}

/// The house, the people, and what is told of them.
struct Stage {
    house: House,
    now: Duration,
    people: Vec<Truth>,
    /// Of each device how often it connected: each time it is another connection.
    turns: [u128; DEVICES],
    told: BTreeMap<UserId, Presence>,
}

fn user(who: usize) -> UserId {
    UserId(Uuid::from_u128(who as u128 + 1))
}

impl Stage {
    fn new() -> Self {
        let house = House { roster: Roster::new(GRACE), has_stopped: false };
        Self {
            house,
            now: Duration::ZERO,
            people: vec![Truth::default(); PEOPLE],
            turns: [0; DEVICES],
            told: BTreeMap::new(),
        }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.now.as_millis()).unwrap())
    }

    fn origin(&self, device: usize) -> Origin {
        Origin(Uuid::from_u128(self.turns[device] * DEVICES as u128 + device as u128))
    }

    /// Takes a step, and what of it has to be told, where all is told at once.
    fn take(&mut self, step: &Step) -> Vec<PresenceChange> {
        let (before, then) = (self.people.clone(), self.now);
        let mut said = None;
        match *step {
            Step::Connect(device) => self.connect(device),
            Step::Disconnect(device, how) => self.disconnect(device, how),
            Step::Say(device, status) => {
                let who = device % PEOPLE;
                self.house.roster.set_status(user(who), self.origin(device), status);
                if self.people[who].open.contains(&device) {
                    self.people[who].status = status;
                    said = Some(who);
                }
            }
            Step::Wait(millis) => self.now += Duration::from_millis(millis),
            Step::Listen(count) => drop(self.listen(count)),
        }
        let told =
            self.people.iter().zip(before).enumerate().filter(|(who, (person, before))| {
                person.is_there(self.now) != before.is_there(then) || said == Some(*who)
            });
        told.map(|(who, (person, _))| PresenceChange { user_id: user(who), presence: person.presence(self.now) })
            .collect()
    }

    fn connect(&mut self, device: usize) {
        let (who, now) = (device % PEOPLE, self.now);
        let person = &mut self.people[who];
        if person.open.contains(&device) {
            return;
        }
        if !person.is_there(now) {
            person.status = Status::default();
        }
        person.open.insert(device);
        person.left = None;
        self.turns[device] += 1;
        self.house.roster.connected(user(who), self.origin(device), now);
    }

    fn disconnect(&mut self, device: usize, how: Departure) {
        let (who, at, now) = (device % PEOPLE, self.at(), self.now);
        self.house.roster.disconnected(user(who), self.origin(device), how, at, now);
        let person = &mut self.people[who];
        if person.open.remove(&device) && person.open.is_empty() {
            let grace = if how == Departure::Clean { Duration::ZERO } else { GRACE };
            person.left = Some((at, now + grace));
        }
    }

    /// Who is told hears what there is, and never that somebody went who is there.
    fn listen(&mut self, count: usize) -> Vec<PresenceChange> {
        let news = self.house.tell(count, self.now);
        for change in &news {
            let truth = self.people.iter().enumerate().find(|(who, _)| user(*who) == change.user_id).unwrap().1;
            match change.presence {
                Presence::Offline(_) => assert_eq!(change.presence, truth.presence(self.now), "who goes is gone"),
                Presence::Online(status) => assert_eq!(status, truth.status, "told as they are"),
            }
            self.told.insert(change.user_id, change.presence);
        }
        news
    }

    fn listen_to_all(&mut self) -> Vec<PresenceChange> {
        let each = std::iter::from_fn(|| Some(self.listen(1)).filter(|news| !news.is_empty()));
        each.flatten().collect()
    }

    /// Whoever asks is told the truth as well, as far as time has been looked at.
    fn check_answers(&self) {
        let there: Vec<_> = self.house.roster.list(None, PEOPLE);
        for (who, truth) in self.people.iter().enumerate() {
            let status = self.house.roster.status(user(who));
            assert!(truth.open.is_empty() || status == Some(truth.status), "there while a connection is open");
            assert_eq!(there.iter().find(|(id, _)| *id == user(who)).map(|(_, status)| *status), status);
        }
    }
}

fn sorted(mut changes: Vec<PresenceChange>) -> Vec<PresenceChange> {
    changes.sort_by_key(|change| change.user_id);
    changes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn told_at_once_each_change_is_told_once_and_as_it_is(steps in prop::collection::vec(step(), 1..100)) {
        let mut stage = Stage::new();
        for step in steps {
            let due = stage.take(&step);
            prop_assert_eq!(sorted(stage.listen_to_all()), due, "after {:?}", step);
            stage.check_answers();
        }
    }

    #[test]
    fn told_late_the_last_word_is_the_truth(steps in prop::collection::vec(step(), 1..100)) {
        let mut stage = Stage::new();
        for step in steps {
            stage.take(&step);
            stage.check_answers();
        }
        stage.take(&Step::Wait(u64::try_from(GRACE.as_millis()).unwrap()));
        stage.listen_to_all();
        for (who, truth) in stage.people.iter().enumerate() {
            let known = stage.told.get(&user(who)).copied().unwrap_or(Presence::Offline(None));
            prop_assert_eq!(known, truth.presence(stage.now), "of {}", who);
        }
        prop_assert_eq!(stage.house.roster.deadline(), None, "nobody is awaited for ever");
    }
}
