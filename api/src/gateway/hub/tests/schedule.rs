//! The hub under a scheduler that does its worst: events are lost, doubled and late, people come and go, connections
//! open and close, the store answers late or not at all. Whatever the order of steps, each connection is told a run of
//! the conversation without holes while its person takes part, and nothing beyond.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Who may take part. Ada always does.
const PEOPLE: [UserId; 3] = [ADA, BOB, UserId(Uuid::from_u128(3))];
/// How many connections there are, taken by the people in turn.
const WIRES: usize = 6;

/// What can happen. Numbers pick among what there is.
#[derive(Debug, Clone)]
enum Step {
    /// Something is posted; the bus may lose it, or bring it twice.
    Commit {
        copies: usize,
    },
    /// Somebody comes or goes, as it may be.
    Move {
        who: usize,
        copies: usize,
    },
    /// The bus brings one of the events that are under way.
    Bring(usize),
    /// Time passes, and what is due is asked for.
    Tick(u64),
    /// The store answers the oldest question, or fails to.
    Answer {
        fails: bool,
    },
    Connect(usize),
    /// The connection hears of conversations, as the store had them at the moment of asking.
    Open(usize),
    Disconnect(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3usize).prop_map(|copies| Step::Commit { copies }),
        2 => (1..PEOPLE.len(), 0..3usize).prop_map(|(who, copies)| Step::Move { who, copies }),
        6 => any::<usize>().prop_map(Step::Bring),
        2 => (1..400u64).prop_map(Step::Tick),
        3 => any::<bool>().prop_map(|fails| Step::Answer { fails }),
        1 => (0..WIRES).prop_map(Step::Connect),
        2 => (0..WIRES).prop_map(Step::Open),
        1 => (0..WIRES).prop_map(Step::Disconnect),
    ]
}

/// What the store is asked for: what comes after a place.
#[derive(Debug, Clone, Copy)]
enum Question {
    Repair(Seq),
    CatchUp { question: u64, after: Seq },
}

/// A connection, as its client sees it.
#[derive(Default)]
struct Ear {
    hears: bool,
    /// The places it was told, in order.
    told: Vec<Seq>,
}

/// The store, the bus, the clients, and the hub between them.
#[derive(Default)]
struct Stage {
    hub: Hub<Wire>,
    now: Duration,
    /// The event at each place; the first is at 1.
    log: Vec<Arc<Published>>,
    inside: BTreeSet<usize>,
    under_way: Vec<Arc<Published>>,
    questions: Vec<Question>,
    /// Connections that are connected and not open yet, with what was read for them.
    pending: BTreeMap<usize, Vec<(ConversationId, Seq)>>,
    ears: BTreeMap<usize, Ear>,
}

fn user_of(wire: usize) -> usize {
    wire % PEOPLE.len()
}

impl Stage {
    fn last(&self) -> Seq {
        Seq::try_from(self.log.len()).unwrap()
    }

    fn commit(&mut self, event: Arc<Published>, copies: usize) {
        // What is lost is missed where the conversation is followed, and nowhere else.
        let copies = if self.hub.rooms.contains_key(&ROOM) { copies } else { copies.max(1) };
        self.log.push(Arc::clone(&event));
        self.under_way.extend(std::iter::repeat_n(event, copies));
    }

    fn take(&mut self, step: &Step) {
        let seq = self.last() + 1;
        match *step {
            Step::Commit { copies } => self.commit(change(seq), copies),
            Step::Move { who, copies } => {
                let came = self.inside.insert(who);
                if !came {
                    self.inside.remove(&who);
                }
                let event = if came { added(seq, PEOPLE[who]) } else { removed(seq, PEOPLE[who]) };
                self.commit(event, copies);
            }
            Step::Bring(which) if !self.under_way.is_empty() => {
                let event = self.under_way.swap_remove(which % self.under_way.len());
                self.hub.publish(&event, self.now);
            }
            Step::Bring(_) => {}
            Step::Tick(millis) => {
                self.now += Duration::from_millis(millis);
                self.hub.tick(self.now);
            }
            Step::Answer { fails } => self.answer(fails),
            Step::Connect(wire) => self.connect(wire),
            Step::Open(wire) => {
                if let Some(positions) = self.pending.remove(&wire) {
                    self.hub.open(Wire(wire), &positions);
                    self.ears.insert(wire, Ear::default());
                }
            }
            Step::Disconnect(wire) => {
                self.hub.disconnect(Wire(wire), self.now);
                self.pending.remove(&wire);
                self.ears.remove(&wire);
            }
        }
        self.carry_out();
    }

    fn connect(&mut self, wire: usize) {
        if self.pending.contains_key(&wire) || self.ears.contains_key(&wire) {
            return;
        }
        let (id, user) = (Uuid::from_u128(wire as u128 + 100), user_of(wire));
        self.hub.connect(Wire(wire), person(id, PEOPLE[user]));
        let positions = if self.inside.contains(&user) { vec![(ROOM, self.last())] } else { Vec::new() };
        self.pending.insert(wire, positions);
    }

    fn answer(&mut self, fails: bool) {
        if self.questions.is_empty() {
            return;
        }
        let question = self.questions.remove(0);
        match question {
            Question::Repair(_) if fails => self.hub.repair_failed(ROOM, self.now),
            Question::CatchUp { .. } if fails => self.questions.push(question),
            Question::Repair(after) => {
                let events = self.log[usize::try_from(after).unwrap()..].to_vec();
                self.hub.repaired(ROOM, self.last(), events, self.now);
            }
            Question::CatchUp { question, after } => {
                // Two at a time, so that it takes several questions.
                let rest = &self.log[usize::try_from(after).unwrap()..];
                let page = &rest[..rest.len().min(2)];
                let seq = after + Seq::try_from(page.len()).unwrap();
                self.hub.caught_up(ROOM, question, seq, page.to_vec(), page.len() < rest.len());
            }
        }
    }

    fn carry_out(&mut self) {
        for effect in self.hub.effects().collect::<Vec<_>>() {
            match effect {
                Effect::Join(wire, Topic::Conversation(_), _) => self.ears.entry(wire.0).or_default().hears = true,
                Effect::Leave(wire, Topic::Conversation(_)) => self.ears.entry(wire.0).or_default().hears = false,
                Effect::Deliver { topic: Topic::Conversation(_), event, .. } => {
                    let Event::Conversation(event) = &event.event else { continue };
                    self.ears.values_mut().filter(|ear| ear.hears).for_each(|ear| ear.told.push(event.seq));
                }
                Effect::Tell(whom, event) => {
                    let Event::Conversation(event) = &event.event else { continue };
                    for (wire, _) in whom {
                        self.ears.entry(wire.0).or_default().told.push(event.seq);
                    }
                }
                Effect::Repair(_, after) => self.questions.push(Question::Repair(after)),
                Effect::CatchUp { question, after, .. } => self.questions.push(Question::CatchUp { question, after }),
                _ => {}
            }
        }
    }

    /// Everything under way arrives, and the store answers all questions.
    fn heal(&mut self) {
        let last = change(self.last() + 1);
        self.commit(last, 1);
        for event in std::mem::take(&mut self.under_way) {
            self.hub.publish(&event, self.now);
            self.carry_out();
        }
        for _ in 0..3 {
            self.take(&Step::Tick(2_000));
            while !self.questions.is_empty() {
                self.take(&Step::Answer { fails: false });
            }
        }
    }

    /// Whether somebody takes part right after a place.
    fn is_inside(&self, who: usize, seq: Seq) -> bool {
        let until = usize::try_from(seq).unwrap();
        let mut moves = self.log[..until].iter().filter_map(|event| match &event.event {
            Event::Conversation(event) => match &event.kind {
                ConversationEventKind::ParticipantAdded(added) => Some((added.user.id, true)),
                ConversationEventKind::ParticipantRemoved(removed) => Some((removed.user.id, false)),
                _ => None,
            },
            _ => None,
        });
        let last = moves.rfind(|(user, _)| *user == PEOPLE[who]);
        last.map_or(who == 0, |(_, came)| came)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_schedule_nobody_misses_or_overhears(steps in prop::collection::vec(step(), 1..120)) {
        let mut stage = Stage { inside: BTreeSet::from([0]), ..Stage::default() };
        for step in steps {
            stage.take(&step);
        }
        stage.heal();
        for (wire, ear) in &stage.ears {
            let who = user_of(*wire);
            for pair in ear.told.windows(2) {
                prop_assert!(pair[0] < pair[1], "wire {wire} is told in order, each once: {:?}", ear.told);
                let skipped = (pair[0] + 1..pair[1]).find(|seq| stage.is_inside(who, *seq));
                prop_assert_eq!(skipped, None, "wire {} is told all while inside: {:?}", wire, &ear.told);
            }
            let is_inside = stage.is_inside(who, stage.last());
            prop_assert_eq!(ear.hears, is_inside, "wire {} hears if and only if its person takes part", wire);
            if is_inside {
                prop_assert_eq!(ear.told.last().copied(), Some(stage.last()), "wire {} is told the last", wire);
            }
        }
    }
}
