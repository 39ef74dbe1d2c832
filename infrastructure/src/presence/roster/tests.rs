use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const GRACE: Duration = Duration::from_secs(5);
const ADA: UserId = user(1);
const BOB: UserId = user(2);

const fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

const fn link(number: u128) -> Origin {
    Origin(Uuid::from_u128(number))
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn online(user_id: UserId, status: Status) -> PresenceChange {
    PresenceChange { user_id, presence: Presence::Online(status) }
}

fn offline(user_id: UserId, millis: i64) -> PresenceChange {
    PresenceChange { user_id, presence: Presence::Offline(Some(at(millis))) }
}

/// Ada is there with that many connections, which was told.
fn with_ada(links: u128) -> Roster {
    let mut roster = Roster::new(GRACE);
    for number in 1..=links {
        roster.connected(ADA, link(number));
    }
    assert_eq!(roster.news(9), [online(ADA, Status::Online)]);
    roster
}

#[test]
fn the_first_connection_comes_and_the_last_one_goes() {
    let mut roster = with_ada(2);
    roster.disconnected(ADA, link(1), Departure::Clean, at(10), secs(1));
    assert_eq!(roster.news(9), []);
    assert_eq!(roster.status(ADA), Some(Status::Online));
    roster.disconnected(ADA, link(2), Departure::Clean, at(20), secs(2));
    assert_eq!(roster.news(9), [offline(ADA, 20)]);
    assert_eq!((roster.status(ADA), roster.deadline()), (None, None));
}

#[test]
fn who_drops_out_is_awaited_and_was_last_seen_then() {
    let mut roster = with_ada(1);
    roster.disconnected(ADA, link(1), Departure::Dropped, at(10), secs(1));
    assert_eq!(roster.deadline(), Some(secs(6)));
    roster.tick(Duration::from_millis(5_999));
    assert_eq!((roster.news(9), roster.status(ADA)), (vec![], Some(Status::Online)));
    roster.tick(secs(6));
    assert_eq!((roster.news(9), roster.deadline()), (vec![offline(ADA, 10)], None));
}

#[test]
fn back_in_time_is_silent_and_keeps_the_status() {
    let mut roster = with_ada(1);
    roster.set_status(ADA, link(1), Status::Busy);
    assert_eq!(roster.news(9), [online(ADA, Status::Busy)]);
    roster.disconnected(ADA, link(1), Departure::Dropped, at(10), secs(1));
    roster.connected(ADA, link(2));
    assert_eq!((roster.deadline(), roster.status(ADA)), (None, Some(Status::Busy)));
    roster.tick(secs(60));
    assert_eq!(roster.news(9), []);
    roster.disconnected(ADA, link(2), Departure::Clean, at(20), secs(61));
    roster.connected(ADA, link(3));
    assert_eq!(roster.news(9), [online(ADA, Status::Online)], "gone and back in one: what holds now is told");
}

#[test]
fn a_status_is_told_also_if_it_is_the_same_and_only_by_a_connection_that_is_open() {
    let mut roster = with_ada(2);
    for status in [Status::Away, Status::Away, Status::Online] {
        roster.set_status(ADA, link(2), status);
        assert_eq!(roster.news(9), [online(ADA, status)]);
    }
    roster.set_status(ADA, link(9), Status::Busy);
    roster.set_status(BOB, link(9), Status::Busy);
    roster.disconnected(ADA, link(9), Departure::Clean, at(1), secs(1));
    roster.disconnected(BOB, link(9), Departure::Dropped, at(1), secs(1));
    assert_eq!((roster.news(9), roster.status(ADA), roster.status(BOB)), (vec![], Some(Status::Online), None));
}

#[test]
fn lists_go_by_id() {
    let mut roster = Roster::new(GRACE);
    for number in [4, 2, 3, 1] {
        roster.connected(user(number), link(number));
    }
    roster.set_status(user(2), link(2), Status::Away);
    let told = |after, limit| roster.list(after, limit);
    assert_eq!(told(None, 2), [(user(1), Status::Online), (user(2), Status::Away)]);
    assert_eq!(told(Some(user(2)), 9), [(user(3), Status::Online), (user(4), Status::Online)]);
    assert_eq!(told(Some(user(9)), 9), []);
}

#[test]
fn at_the_end_everyone_goes_each_last_seen_when_they_were() {
    let mut roster = with_ada(1);
    roster.connected(BOB, link(2));
    roster.disconnected(BOB, link(2), Departure::Dropped, at(10), secs(1));
    assert_eq!(roster.empty(at(30)), [(ADA, at(30)), (BOB, at(10))]);
    assert_eq!((roster.empty(at(40)), roster.deadline()), (vec![], None));
}

#[derive(Debug, Clone)]
enum Step {
    Connect(u128, u128),
    Disconnect(u128, u128, bool),
    Status(u128, u128),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let (people, links) = (0u128..3, 0u128..3);
    prop_oneof![
        (people.clone(), links.clone()).prop_map(|(user, link)| Step::Connect(user, link)),
        (people.clone(), links.clone(), any::<bool>())
            .prop_map(|(user, link, clean)| Step::Disconnect(user, link, clean)),
        (people, links).prop_map(|(user, link)| Step::Status(user, link)),
        (0u64..8).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever comes, goes and drops, and whenever it is told: told one by one, a person comes and goes in turn, never
    /// goes while a connection is open, and in the end is told to be what they are.
    #[test]
    fn what_is_told_agrees_with_what_is_open(steps in prop::collection::vec((step(), any::<bool>()), 1..60)) {
        let mut roster = Roster::new(GRACE);
        let mut open: HashMap<u128, HashSet<u128>> = HashMap::new();
        let mut told: HashMap<UserId, bool> = HashMap::new();
        let mut now = Duration::ZERO;
        let each_is_told = steps.iter().all(|(_, tell)| *tell);
        let count = steps.len();
        for (place, (step, tell)) in steps.into_iter().enumerate() {
            let is_status = matches!(step, Step::Status(..));
            match step {
                Step::Connect(user, number) => {
                    open.entry(user).or_default().insert(number);
                    roster.connected(self::user(user), link(user * 10 + number));
                }
                Step::Disconnect(user, number, clean) => {
                    open.entry(user).or_default().remove(&number);
                    let how = if clean { Departure::Clean } else { Departure::Dropped };
                    roster.disconnected(self::user(user), link(user * 10 + number), how, at(1), now);
                }
                Step::Status(user, number) => {
                    roster.set_status(self::user(user), link(user * 10 + number), Status::Away);
                }
                Step::Wait(seconds) => {
                    now += secs(seconds);
                    roster.tick(now);
                }
            }
            for user in 0..3 {
                let is_open = open.get(&user).is_some_and(|links| !links.is_empty());
                prop_assert!(!is_open || roster.status(self::user(user)).is_some(), "there while one is open");
            }
            if tell || place + 1 == count {
                for change in roster.news(9) {
                    let is_online = matches!(change.presence, Presence::Online(_));
                    let before = told.insert(change.user_id, is_online).unwrap_or(false);
                    prop_assert!(!each_is_told || is_status || before != is_online, "in turn");
                    prop_assert_eq!(is_online, roster.status(change.user_id).is_some());
                }
            }
        }
        now += GRACE;
        roster.tick(now);
        for change in roster.news(9) {
            told.insert(change.user_id, matches!(change.presence, Presence::Online(_)));
        }
        for user in 0..3 {
            let is_open = open.get(&user).is_some_and(|links| !links.is_empty());
            prop_assert_eq!(roster.status(self::user(user)).is_some(), is_open);
            prop_assert_eq!(told.get(&self::user(user)).copied().unwrap_or(false), is_open);
        }
        prop_assert_eq!(roster.deadline(), None);
    }
}
