//! Typing under a scheduler that does its worst. A plain list of what each connection looks at and where it types, kept
//! beside it, says what is true.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// The connections: the first two are Ada's.
const LINKS: u128 = 4;
const ROOMS: u128 = 3;

#[derive(Debug, Clone)]
enum Step {
    Join(u128, u128),
    Leave(u128, u128),
    Start(u128, u128),
    Stop(u128, u128),
    Speak(u128, u128),
    Remove(u128, u128),
    Delete(u128),
    Disconnect(u128),
    Wait(u64),
    /// Who is told hears one thing.
    Listen,
}

fn step() -> impl Strategy<Value = Step> {
    let (links, rooms) = (1..=LINKS, 1..=ROOMS);
    let both = || (links.clone(), rooms.clone());
    prop_oneof![
        6 => both().prop_map(|(link, room)| Step::Join(link, room)),
        1 => both().prop_map(|(link, room)| Step::Leave(link, room)),
        8 => both().prop_map(|(link, room)| Step::Start(link, room)),
        2 => both().prop_map(|(link, room)| Step::Stop(link, room)),
        1 => both().prop_map(|(link, room)| Step::Speak(link, room)),
        1 => both().prop_map(|(link, room)| Step::Remove(link, room)),
        1 => rooms.clone().prop_map(Step::Delete),
        1 => links.clone().prop_map(Step::Disconnect),
        3 => (0u64..5).prop_map(Step::Wait),
        3 => Just(Step::Listen),
    ]
}

fn person(link: u128) -> UserId {
    if link < 3 { ADA } else { BOB }
}

/// Where a connection looks, and until when it types there.
#[derive(Default)]
struct Truth {
    looks: BTreeSet<(u128, u128)>,
    types: BTreeMap<(u128, u128), Duration>,
}

impl Truth {
    fn look_away(&mut self, is_over: impl Fn(u128, u128) -> bool) {
        self.looks.retain(|(link, room)| !is_over(*link, *room));
        self.fall_silent(is_over);
    }

    fn fall_silent(&mut self, is_over: impl Fn(u128, u128) -> bool) {
        self.types.retain(|(link, room), _| !is_over(*link, *room));
    }

    fn typing(&self) -> BTreeSet<(UserId, u128)> {
        self.types.keys().map(|(link, room)| (person(*link), *room)).collect()
    }
}

struct Stage {
    typists: Typists,
    truth: Truth,
    now: Duration,
    told: BTreeSet<(UserId, u128)>,
}

impl Stage {
    fn new() -> Self {
        Self { typists: Typists::new(EXPIRY), truth: Truth::default(), now: secs(0), told: BTreeSet::new() }
    }

    fn take(&mut self, step: &Step) {
        let (typists, truth) = (&mut self.typists, &mut self.truth);
        match *step {
            Step::Join(number, id) => {
                typists.joined(person(number), link(number), room(id));
                truth.looks.insert((number, id));
            }
            Step::Leave(number, id) => {
                typists.left(link(number), room(id));
                truth.look_away(|link, room| (link, room) == (number, id));
            }
            Step::Start(number, id) => {
                let looks = truth.looks.contains(&(number, id));
                assert_eq!(typists.started(link(number), room(id), self.now), looks, "types where it looks");
                if looks {
                    truth.types.insert((number, id), self.now + EXPIRY);
                }
            }
            Step::Stop(number, id) => {
                typists.stopped(link(number), room(id));
                truth.fall_silent(|link, room| (link, room) == (number, id));
            }
            Step::Speak(number, id) => {
                typists.spoke(person(number), room(id));
                truth.fall_silent(|link, room| (person(link), room) == (person(number), id));
            }
            Step::Remove(number, id) => {
                typists.removed(person(number), room(id));
                truth.look_away(|link, room| (person(link), room) == (person(number), id));
            }
            Step::Delete(id) => {
                typists.deleted(room(id));
                truth.look_away(|_, room| room == id);
            }
            Step::Disconnect(number) => {
                typists.disconnected(link(number));
                truth.look_away(|link, _| link == number);
            }
            Step::Wait(seconds) => {
                self.now += secs(seconds);
                typists.tick(self.now);
                truth.types.retain(|_, until| *until > self.now);
            }
            Step::Listen => drop(self.listen()),
        }
    }

    /// Hears one thing, if there is one: it holds now.
    fn listen(&mut self) -> Option<(UserId, u128)> {
        let event = self.typists.news()?;
        let key = (event.user_id, event.conversation_id.0.as_u128());
        assert_eq!(self.truth.typing().contains(&key), event.is_typing, "what is told holds");
        if event.is_typing {
            self.told.insert(key)
        } else {
            self.told.remove(&key)
        };
        Some(key)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn told_at_once_typing_begins_and_ends_in_turn(steps in prop::collection::vec(step(), 1..100)) {
        let mut stage = Stage::new();
        for step in steps {
            let before = stage.truth.typing();
            stage.take(&step);
            let heard: Vec<_> = std::iter::from_fn(|| stage.listen()).collect();
            let changed = before.symmetric_difference(&stage.truth.typing()).count();
            prop_assert!(heard.len() == changed || matches!(step, Step::Listen), "each change once: {:?}", heard);
            prop_assert_eq!(&stage.told, &stage.truth.typing(), "after {:?}", step);
        }
    }

    #[test]
    fn told_late_the_last_word_is_the_truth_and_nothing_stays(steps in prop::collection::vec(step(), 1..100)) {
        let mut stage = Stage::new();
        for step in steps {
            stage.take(&step);
        }
        while stage.listen().is_some() {}
        prop_assert_eq!(&stage.told, &stage.truth.typing());
        let expiry = EXPIRY.as_secs();
        stage.take(&Step::Wait(expiry));
        while stage.listen().is_some() {}
        prop_assert!(stage.told.is_empty(), "typing ends by itself");
        for number in 1..=LINKS {
            stage.typists.disconnected(link(number));
        }
        let left = &stage.typists;
        prop_assert!(left.watchers.is_empty() && left.rooms.is_empty(), "nobody looks anywhere");
        prop_assert!(left.typing.is_empty() && left.deadlines.is_empty(), "nobody types");
    }
}
