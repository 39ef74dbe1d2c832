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
        roster.connected(ADA, link(number), secs(1));
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
    roster.connected(ADA, link(2), secs(1));
    assert_eq!((roster.deadline(), roster.status(ADA)), (None, Some(Status::Busy)));
    roster.tick(secs(60));
    assert_eq!(roster.news(9), []);
    roster.disconnected(ADA, link(2), Departure::Clean, at(20), secs(61));
    roster.connected(ADA, link(3), secs(61));
    assert_eq!(roster.news(9), [online(ADA, Status::Online)], "gone and back in one: what holds now is told");
}

#[test]
fn back_too_late_is_a_new_coming_also_if_nobody_has_looked_since() {
    let mut roster = with_ada(1);
    roster.set_status(ADA, link(1), Status::Busy);
    roster.disconnected(ADA, link(1), Departure::Dropped, at(10), secs(1));
    assert_eq!(roster.news(9), [online(ADA, Status::Busy)]);
    roster.connected(ADA, link(2), secs(6));
    assert_eq!((roster.news(9), roster.deadline()), (vec![online(ADA, Status::Online)], None));
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
        roster.connected(user(number), link(number), secs(1));
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
    roster.connected(BOB, link(2), secs(1));
    roster.disconnected(BOB, link(2), Departure::Dropped, at(10), secs(1));
    assert_eq!(roster.empty(at(30)), [(ADA, at(30)), (BOB, at(10))]);
    assert_eq!((roster.empty(at(40)), roster.deadline()), (vec![], None));
}
