//! Who is let in after the repository was asked.

use domain::Timestamp;
use domain::conversation::{AddPolicy, ConversationView};

use super::*;

fn team() -> ConversationView {
    let then = Timestamp::from_millis(1);
    ConversationView {
        id: ROOM,
        is_group: true,
        name: None,
        avatar: None,
        owner_id: Some(ADA),
        add_policy: AddPolicy::Everyone,
        participants: Vec::new(),
        participant_count: 2,
        last_message: None,
        seq: 0,
        created_at: then,
        updated_at: then,
        active_at: then,
    }
}

/// Somebody's connection opens between the founding of a conversation and the word of it.
fn followed_before_its_founding_is_told() -> (Hub<Wire>, Arc<Published>) {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[]);
    connected(&mut hub, 2, ADA, &[(ROOM, 1)]);
    let founded = published(0, ConversationEventKind::Created(Box::new(team()), vec![ADA, BOB]));
    hub.publish(&founded, NOW);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::CatchUp { id: ROOM, question: 1, after: 0 }]);
    (hub, founded)
}

#[test]
fn a_founding_that_is_told_late_brings_people_in_with_what_they_missed() {
    let (mut hub, founded) = followed_before_its_founding_is_told();
    hub.publish(&change(2), NOW);
    hub.effects().for_each(drop);
    hub.caught_up(ROOM, 1, 0, vec![], true);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::CatchUp { id: ROOM, question: 1, after: 0 }]);
    hub.caught_up(ROOM, 1, 1, vec![change(1)], false);
    let tell = |event| Effect::Tell(vec![(Wire(1), 0)], event);
    let join = Effect::Join(Wire(1), Topic::Conversation(ROOM), 0);
    let effects: Vec<_> = hub.effects().collect();
    assert_eq!(effects, [join, tell(founded), tell(change(1)), tell(change(2))]);
}

#[test]
fn who_leaves_before_being_let_in_stays_out() {
    let (mut hub, _) = followed_before_its_founding_is_told();
    hub.publish(&removed(2, BOB), NOW);
    hub.effects().for_each(drop);
    hub.caught_up(ROOM, 1, 1, vec![change(1)], false);
    assert_eq!(hub.effects().count(), 0);
}

#[test]
fn who_opens_with_an_older_place_than_the_conversation_is_followed_from_is_let_in_if_still_there() {
    for (since, joins) in [(change(5), true), (removed(5, BOB), false)] {
        let mut hub = Hub::default();
        hub.connect(Wire(1), person(Uuid::from_u128(1), BOB));
        connected(&mut hub, 2, ADA, &[(ROOM, 5)]);
        hub.open(Wire(1), &[(ROOM, 4)]);
        assert!(hub.effects().any(|effect| effect == Effect::CatchUp { id: ROOM, question: 1, after: 4 }));
        hub.caught_up(ROOM, 1, 5, vec![since], false);
        let joined = hub.effects().any(|effect| effect == Effect::Join(Wire(1), Topic::Conversation(ROOM), 0));
        assert_eq!(joined, joins);
    }
}
