//! Connections that go on in place of lost ones.

use super::*;

fn pid(wire: u128) -> Pid {
    Pid(wire)
}

/// What a connection in place of a lost one is told again.
fn missed(hub: &mut Hub<Wire>, wire: usize, place: Option<u64>, rooms: &[(ConversationId, Seq)]) -> Option<Vec<Seq>> {
    let resumption = hub.resume(pid(1), BOB, place, NOW)?;
    hub.effects().for_each(drop);
    connected(hub, wire, BOB, rooms);
    Some(hub.missed(Wire(wire), &resumption)?.iter().map(|told| told.seq).collect())
}

#[test]
fn a_lost_connection_is_told_what_came_after_what_it_knows() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
    hub.publish(&change(1), NOW);
    let places: Vec<_> = hub
        .effects()
        .map(|effect| match effect {
            Effect::Deliver { position, .. } => position.unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    hub.publish(&change(2), NOW);
    hub.disconnect(Wire(1), NOW);
    hub.publish(&change(3), NOW);
    assert_eq!(missed(&mut hub, 2, Some(places[0]), &[(ROOM, 3)]), Some(vec![2, 3]));
    assert_eq!(missed(&mut hub, 4, Some(places[0]), &[(ROOM, 3)]), None, "once");
}

#[test]
fn a_connection_that_is_thought_to_be_there_gives_way() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
    hub.publish(&change(1), NOW);
    hub.effects().for_each(drop);
    assert_eq!(hub.resume(pid(1), ADA, None, NOW), None, "it is not theirs");
    let resumption = hub.resume(pid(1), BOB, None, NOW).unwrap();
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Close(Wire(1))]);
    connected(&mut hub, 2, BOB, &[(ROOM, 1)]);
    assert_eq!(hub.missed(Wire(2), &resumption).unwrap().len(), 1);
    hub.disconnect(Wire(1), NOW);
    assert_eq!(hub.resume(pid(1), BOB, None, NOW), None, "it gave way");
}

#[test]
fn who_does_not_hear_the_same_any_more_does_not_go_on() {
    let other = ConversationId(Uuid::from_u128(8));
    for rooms in [&[][..], &[(ROOM, 0), (other, 0)]] {
        let mut hub = Hub::default();
        connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
        hub.disconnect(Wire(1), NOW);
        assert_eq!(missed(&mut hub, 2, None, rooms), None);
    }
}

#[test]
fn a_conversation_is_followed_for_as_long_as_a_connection_may_be_away() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
    hub.disconnect(Wire(1), NOW);
    let late = Recovery::default().window.checked_sub(Duration::from_millis(1)).unwrap();
    hub.tick(late);
    hub.publish(&change(1), late);
    assert_eq!(missed(&mut hub, 2, None, &[(ROOM, 1)]), Some(vec![1]));
}

#[test]
fn who_was_removed_without_knowing_it_does_not_go_on() {
    for is_known in [false, true] {
        let mut hub = Hub::default();
        connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
        hub.publish(&change(1), NOW);
        let first = position(&mut hub);
        hub.publish(&removed(2, BOB), NOW);
        let second = position(&mut hub);
        let known = if is_known { second } else { first };
        assert_eq!(hub.resume(pid(1), BOB, Some(known), NOW).is_some(), is_known);
    }
}

#[test]
fn who_is_cut_while_being_told_again_goes_on_from_there() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[(ROOM, 0)]);
    hub.publish(&change(1), NOW);
    let first = position(&mut hub);
    hub.publish(&change(2), NOW);
    hub.disconnect(Wire(1), NOW);
    let resumption = hub.resume(pid(1), BOB, None, NOW).unwrap();
    connected(&mut hub, 2, BOB, &[(ROOM, 2)]);
    assert_eq!(hub.missed(Wire(2), &resumption).unwrap().len(), 2);
    let again = hub.resume(pid(2), BOB, Some(first), NOW).unwrap();
    connected(&mut hub, 3, BOB, &[(ROOM, 2)]);
    assert_eq!(hub.missed(Wire(3), &again).unwrap().len(), 1);
}

/// The place of what was told last.
fn position(hub: &mut Hub<Wire>) -> u64 {
    let told = |effect| match effect {
        Effect::Deliver { position, .. } => position,
        _ => None,
    };
    hub.effects().filter_map(told).next_back().unwrap()
}
