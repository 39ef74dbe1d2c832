//! Connections that look at conversations, and the lanes they are told in.

use super::*;

/// The lanes that connections were brought to, in order.
fn lanes(hub: &mut Hub<Wire>) -> Vec<(Wire, u8)> {
    let joined = |effect| match effect {
        Effect::Join(wire, Topic::Conversation(_), lane) => Some((wire, lane)),
        _ => None,
    };
    hub.effects().filter_map(joined).collect()
}

#[test]
fn a_persons_connections_know_of_each_other_which_one_looks() {
    let [aside, joined, elsewhere] = Standing::ALL.map(|standing| Flavour(0).lane(standing));
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    connected(&mut hub, 2, ADA, &[(ROOM, 0)]);
    connected(&mut hub, 3, BOB, &[(ROOM, 0)]);
    assert!(hub.look(Wire(1), ROOM, true, 9));
    assert_eq!(lanes(&mut hub), [(Wire(1), joined), (Wire(2), elsewhere)]);
    assert!(hub.look(Wire(2), ROOM, true, 9));
    assert_eq!(lanes(&mut hub), [(Wire(2), joined)]);
    assert!(hub.look(Wire(1), ROOM, false, 9));
    assert_eq!(lanes(&mut hub), [(Wire(1), elsewhere)]);
    hub.disconnect(Wire(2), NOW);
    assert_eq!(lanes(&mut hub), [(Wire(1), aside)]);
    assert!(hub.look(Wire(1), ConversationId(Uuid::nil()), true, 9));
    assert_eq!(lanes(&mut hub), [], "nobody looks at what they do not hear");
}

#[test]
fn a_connection_looks_at_so_many_conversations() {
    let rooms = [1, 2, 3].map(|n| ConversationId(Uuid::from_u128(n)));
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &rooms.map(|id| (id, 0)));
    connected(&mut hub, 2, ADA, &rooms.map(|id| (id, 0)));
    let mut look = |wire, room: usize, joined| hub.look(Wire(wire), rooms[room], joined, 2);
    assert!(look(1, 0, true) && look(1, 1, true));
    assert!(!look(1, 2, true), "one more");
    assert!(look(1, 1, true), "that is looked at");
    assert!(look(2, 2, true), "another connection");
    assert!(look(1, 0, false) && look(1, 2, true), "one less");
}

#[test]
fn a_delivery_names_the_lanes_that_are_heard() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    connected(&mut hub, 2, BOB, &[(ROOM, 0)]);
    assert!(hub.look(Wire(2), ROOM, true, 9));
    hub.publish(&change(1), NOW);
    assert!(hub.effects().any(|effect| matches!(effect, Effect::Deliver { lanes: 0b11, .. })));
    hub.disconnect(Wire(1), NOW);
    hub.publish(&change(2), NOW);
    assert!(hub.effects().any(|effect| matches!(effect, Effect::Deliver { lanes: 0b10, .. })));
}
