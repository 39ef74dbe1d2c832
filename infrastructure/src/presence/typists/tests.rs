use uuid::Uuid;

use super::*;

const EXPIRY: Duration = Duration::from_secs(6);
const ADA: UserId = UserId(Uuid::from_u128(0xada));
const BOB: UserId = UserId(Uuid::from_u128(0xb0b));

const fn link(number: u128) -> Origin {
    Origin(Uuid::from_u128(number))
}

const fn room(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(number))
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Ada looks at rooms 1 and 2 over connections 1 and 2, Bob at room 1 over 3.
fn typists() -> Typists {
    let mut typists = Typists::new(EXPIRY);
    for (user, origin, id) in [(ADA, 1, 1), (ADA, 1, 2), (ADA, 2, 1), (ADA, 2, 2), (BOB, 3, 1)] {
        typists.joined(user, link(origin), room(id));
    }
    typists
}

fn news(typists: &mut Typists) -> Vec<(UserId, u128, bool)> {
    let news = std::iter::from_fn(|| typists.news());
    news.map(|event| (event.user_id, event.conversation_id.0.as_u128(), event.is_typing)).collect()
}

#[test]
fn a_start_is_told_once_and_ends_by_a_stop_or_by_itself() {
    let mut typists = typists();
    assert!(typists.started(link(1), room(1), secs(0)));
    assert_eq!(news(&mut typists), [(ADA, 1, true)]);
    assert!(typists.started(link(1), room(1), secs(4)));
    assert_eq!((news(&mut typists), typists.deadline()), (vec![], Some(secs(10))));
    typists.tick(secs(9));
    assert_eq!(news(&mut typists), []);
    typists.tick(secs(10));
    assert_eq!((news(&mut typists), typists.deadline()), (vec![(ADA, 1, false)], None));
    assert!(typists.started(link(1), room(1), secs(11)));
    assert_eq!(news(&mut typists), [(ADA, 1, true)]);
    typists.stopped(link(1), room(1));
    typists.stopped(link(1), room(1));
    assert_eq!((news(&mut typists), typists.deadline()), (vec![(ADA, 1, false)], None));
}

#[test]
fn two_connections_of_one_person_type_as_one() {
    let mut typists = typists();
    assert!(typists.started(link(1), room(1), secs(0)) && typists.started(link(2), room(1), secs(1)));
    assert_eq!(news(&mut typists), [(ADA, 1, true)]);
    typists.stopped(link(1), room(1));
    assert_eq!(news(&mut typists), []);
    typists.disconnected(link(2));
    assert_eq!(news(&mut typists), [(ADA, 1, false)]);
}

#[test]
fn only_who_looks_there_types_there() {
    let mut typists = typists();
    assert!(!typists.started(link(3), room(2), secs(0)));
    assert!(!typists.started(link(9), room(1), secs(0)));
    typists.left(link(3), room(1));
    assert!(!typists.started(link(3), room(1), secs(0)));
    assert_eq!(news(&mut typists), []);
}

#[test]
fn everything_that_ends_it_is_told() {
    type End = fn(&mut Typists);
    let ends: [(End, bool); 5] = [
        (|typists| typists.left(link(1), room(1)), false),
        (|typists| typists.disconnected(link(1)), false),
        (|typists| typists.spoke(ADA, room(1)), true),
        (|typists| typists.removed(ADA, room(1)), false),
        (|typists| typists.deleted(room(1)), false),
    ];
    for (place, (end, looks_on)) in ends.into_iter().enumerate() {
        let mut typists = typists();
        assert!(typists.started(link(1), room(1), secs(0)) && typists.started(link(1), room(2), secs(0)));
        assert!(typists.started(link(3), room(1), secs(0)));
        assert_eq!(news(&mut typists), [(ADA, 1, true), (ADA, 2, true), (BOB, 1, true)]);
        end(&mut typists);
        let told = news(&mut typists);
        assert!(told.contains(&(ADA, 1, false)), "{place}: {told:?}");
        assert_eq!(told.contains(&(ADA, 2, false)), place == 1, "{place}: {told:?}");
        assert_eq!(told.contains(&(BOB, 1, false)), place == 4, "{place}: {told:?}");
        assert_eq!(typists.started(link(1), room(1), secs(0)), looks_on, "{place}");
    }
}

#[test]
fn one_connection_types_in_so_many_conversations_at_once() {
    let mut typists = Typists::new(EXPIRY);
    for number in 1..=17 {
        typists.joined(ADA, link(1), room(number));
        assert!(typists.started(link(1), room(number), secs(0)));
    }
    let told = news(&mut typists);
    assert_eq!(told.len(), 17, "{told:?}");
    assert_eq!(told[0], (ADA, 1, false), "what was begun first ends before it is told");
    assert_eq!(told.iter().filter(|(_, _, is_typing)| *is_typing).count(), 16);
}

mod schedule;
