use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::event::{
    Audience, ConversationEvent, ConversationEventKind, Event, ParticipantEvent, PresenceEvent, Published, Receipt,
    TypingEvent,
};
use domain::user::Profile;
use domain::{ConversationId, Origin, Seq, SessionId, UserId};
use uuid::Uuid;

use super::core::Hub;
use super::effect::{Effect, Link, Topic};
use super::members::Person;
use super::order::Order;
use super::recovery::{Names, Pid, Recovery};
use crate::gateway::dialect::{Flavour, Standing};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Wire(usize);

impl Link for Wire {
    fn worker(&self) -> usize {
        self.0 % 2
    }
}

const NOW: Duration = Duration::ZERO;
const ADA: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const ROOM: ConversationId = ConversationId(Uuid::from_u128(9));

fn published(seq: Seq, kind: ConversationEventKind) -> Arc<Published> {
    let event = Event::Conversation(ConversationEvent { conversation_id: ROOM, seq, kind });
    Arc::new(Published { event, origin: None })
}

fn participant(user: UserId) -> ParticipantEvent {
    ParticipantEvent {
        user: Profile::deleted(user),
        role: domain::conversation::Role::Member,
        by: Profile::deleted(ADA),
    }
}

fn added(seq: Seq, user: UserId) -> Arc<Published> {
    published(seq, ConversationEventKind::ParticipantAdded(participant(user).into()))
}

fn removed(seq: Seq, user: UserId) -> Arc<Published> {
    published(seq, ConversationEventKind::ParticipantRemoved(participant(user).into()))
}

/// Any change that touches nobody's membership.
fn change(seq: Seq) -> Arc<Published> {
    published(seq, ConversationEventKind::ParticipantUpdated(participant(ADA).into()))
}

fn person(id: Uuid, user: UserId) -> Person {
    Person {
        user,
        session: SessionId(id),
        origin: Origin(id),
        flavour: Flavour(0),
        names: Some(Names { pid: Pid(id.as_u128()), sid: id.as_u128() }),
    }
}

fn connected(hub: &mut Hub<Wire>, wire: usize, user: UserId, positions: &[(ConversationId, Seq)]) {
    let id = Uuid::from_u128(wire as u128);
    hub.connect(Wire(wire), person(id, user));
    hub.open(Wire(wire), positions);
    hub.effects().for_each(drop);
}

/// Who hears the room, and what was told to it, by carrying out the effects.
fn run(hub: &mut Hub<Wire>, heard: &mut Vec<Wire>) -> Vec<(Seq, Vec<Wire>)> {
    let mut told = Vec::new();
    for effect in hub.effects() {
        match effect {
            Effect::Join(wire, Topic::Conversation(_), _) => heard.push(wire),
            Effect::Leave(wire, Topic::Conversation(_)) => heard.retain(|other| *other != wire),
            Effect::Deliver { topic: Topic::Conversation(_), event, .. } => {
                let Event::Conversation(event) = &event.event else { continue };
                told.push((event.seq, heard.clone()));
            }
            _ => {}
        }
    }
    told
}

#[test]
fn those_who_take_part_hear_in_order_and_once() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 4)]);
    let mut heard = vec![Wire(1)];
    for seq in [6, 5, 5, 4, 7, 6] {
        hub.publish(&change(seq), NOW);
    }
    let seqs: Vec<Seq> = run(&mut hub, &mut heard).into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(seqs, [5, 6, 7]);
}

#[test]
fn somebody_removed_hears_of_it_and_of_nothing_after() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    connected(&mut hub, 2, BOB, &[(ROOM, 0)]);
    let mut heard = vec![Wire(1), Wire(2)];
    // The message after the removal overtakes it on the bus.
    hub.publish(&change(2), NOW);
    hub.publish(&removed(1, BOB), NOW);
    let told = run(&mut hub, &mut heard);
    assert_eq!(told, [(1, vec![Wire(1), Wire(2)]), (2, vec![Wire(1)])]);
}

#[test]
fn somebody_added_hears_at_once_and_what_came_before_is_asked_for() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[]);
    hub.publish(&change(4), NOW);
    hub.publish(&added(5, BOB), NOW);
    let effects: Vec<_> = hub.effects().collect();
    assert!(effects.contains(&Effect::Join(Wire(1), Topic::Conversation(ROOM), 0)));
    assert!(effects.contains(&Effect::Repair(ROOM, 5)), "a change that was passed over as nobody's may lie behind it");
    assert!(effects.iter().any(|e| matches!(e, Effect::Deliver { workers: 0b10, .. })));
}

#[test]
fn an_addition_that_comes_after_its_removal_leaves_nobody_in() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[]);
    hub.publish(&removed(6, BOB), NOW);
    hub.publish(&added(5, BOB), NOW);
    let mut heard = Vec::new();
    run(&mut hub, &mut heard);
    hub.publish(&change(7), NOW);
    hub.repaired(ROOM, 7, vec![removed(6, BOB), change(7)], NOW);
    assert!(run(&mut hub, &mut heard).iter().all(|(seq, wires)| *seq < 7 || wires.is_empty()));
    assert_eq!(heard, []);
}

#[test]
fn a_removal_while_the_connection_opens_counts_over_what_was_read() {
    let mut hub: Hub<Wire> = Hub::default();
    hub.connect(Wire(1), person(Uuid::nil(), BOB));
    hub.publish(&removed(8, BOB), NOW);
    hub.open(Wire(1), &[(ROOM, 7)]);
    let joined = hub.effects().any(|e| matches!(e, Effect::Join(_, Topic::Conversation(_), _)));
    assert!(!joined, "the list was read before the removal");
}

#[test]
fn an_addition_while_the_connection_opens_is_not_lost() {
    let mut hub: Hub<Wire> = Hub::default();
    hub.connect(Wire(1), person(Uuid::nil(), BOB));
    hub.publish(&added(8, BOB), NOW);
    hub.open(Wire(1), &[]);
    let effects: Vec<_> = hub.effects().collect();
    assert!(effects.contains(&Effect::Join(Wire(1), Topic::Conversation(ROOM), 0)));
    assert!(effects.contains(&Effect::Repair(ROOM, 7)), "so that the addition itself is told");
}

#[test]
fn an_addition_that_only_a_repair_brings_while_the_connection_opens_is_not_lost() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    hub.connect(Wire(2), person(Uuid::nil(), BOB));
    hub.publish(&change(2), NOW);
    hub.tick(Order::PATIENCE);
    hub.repaired(ROOM, 2, vec![added(1, BOB), change(2)], Order::PATIENCE);
    hub.effects().for_each(drop);
    hub.open(Wire(2), &[]);
    assert!(hub.effects().any(|e| e == Effect::Join(Wire(2), Topic::Conversation(ROOM), 0)));
}

#[test]
fn an_old_copy_of_an_addition_lets_nobody_in_who_was_removed_since() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    hub.publish(&added(1, BOB), NOW);
    hub.publish(&removed(2, BOB), NOW);
    hub.connect(Wire(2), person(Uuid::from_u128(2), BOB));
    hub.publish(&added(1, BOB), NOW);
    hub.open(Wire(2), &[]);
    let mut heard = vec![];
    run(&mut hub, &mut heard);
    assert!(!heard.contains(&Wire(2)), "{heard:?}");
}

#[test]
fn a_doubled_addition_after_everybody_left_is_known_as_such() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, BOB, &[(ROOM, 3)]);
    hub.publish(&removed(4, BOB), NOW);
    hub.effects().for_each(drop);
    hub.publish(&added(3, BOB), NOW);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::CatchUp { id: ROOM, question: 1, after: 3 }]);
    hub.caught_up(ROOM, 1, 4, vec![removed(4, BOB)], false);
    assert_eq!(hub.effects().count(), 0);
    hub.tick(Recovery::default().window);
    assert_eq!(hub.deadline(), None, "then it is forgotten");
}

#[test]
fn a_hole_is_repaired_and_a_store_that_fails_is_asked_again() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    hub.publish(&change(2), NOW);
    let due = hub.deadline().unwrap();
    assert_eq!(due, Order::PATIENCE);
    hub.tick(due);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Repair(ROOM, 0)]);
    hub.repair_failed(ROOM, due);
    let again = hub.deadline().unwrap();
    hub.tick(again);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Repair(ROOM, 0)]);
    hub.repaired(ROOM, 2, vec![change(1), change(2)], again);
    let mut heard = vec![Wire(1)];
    assert_eq!(run(&mut hub, &mut heard).iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(hub.deadline(), None);
}

#[test]
fn what_was_lost_is_noticed_by_its_place_in_the_store() {
    const GONE: ConversationId = ConversationId(Uuid::from_u128(10));
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 3), (GONE, 1)]);
    let mut asked = hub.followed();
    asked.sort_unstable();
    assert_eq!(asked, [ROOM, GONE]);
    hub.compare(&asked, &HashMap::from([(ROOM, 3), (GONE, 1)]), NOW);
    assert_eq!((hub.effects().count(), hub.deadline()), (0, None), "all of it was told");
    hub.compare(&asked, &HashMap::from([(ROOM, 4)]), NOW);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Repair(GONE, 1)], "it is not there any more");
    hub.tick(Order::PATIENCE);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Repair(ROOM, 3)], "its event may be under way until then");
    hub.disconnect(Wire(1), NOW);
    assert_eq!(hub.followed(), [] as [ConversationId; 0]);
}

#[test]
fn a_conversation_that_is_gone_is_told_so_and_left() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 3)]);
    hub.gone(ROOM, NOW);
    let mut heard = vec![Wire(1)];
    assert_eq!(run(&mut hub, &mut heard), [(4, vec![Wire(1)])]);
    assert_eq!(heard, []);
}

#[test]
fn ended_sessions_are_closed_and_no_others() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[]);
    connected(&mut hub, 2, ADA, &[]);
    let event = Event::SessionsRevoked { user_id: ADA, sessions: vec![SessionId(Uuid::from_u128(2))] };
    hub.publish(&Arc::new(Published { event, origin: None }), NOW);
    assert_eq!(hub.effects().collect::<Vec<_>>(), [Effect::Close(Wire(2))]);
}

#[test]
fn a_receipt_for_own_devices_goes_to_them_alone() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    connected(&mut hub, 2, BOB, &[(ROOM, 0)]);
    let receipt = Receipt { conversation_id: ROOM, user_id: ADA, last_read_seq: 1, audience: Audience::OwnDevices };
    let origin = Some(Origin(Uuid::from_u128(1)));
    let event = Arc::new(Published { event: Event::Receipt(receipt), origin });
    hub.publish(&event, NOW);
    let told = Effect::Deliver {
        topic: Topic::User(ADA),
        workers: 0b10,
        lanes: 1,
        event,
        origin: Some(Wire(1)),
        position: None,
    };
    assert_eq!(hub.effects().collect::<Vec<_>>(), [told]);
}

#[test]
fn a_closed_connection_leaves_nothing_behind() {
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0)]);
    hub.disconnect(Wire(1), NOW);
    hub.publish(&change(1), NOW);
    assert_eq!(hub.effects().count(), 0, "nobody here hears it");
    hub.tick(Recovery::default().window);
    assert_eq!(hub.deadline(), None);
}

/// Whom the last effect tells alone.
fn told(hub: &mut Hub<Wire>) -> Vec<Wire> {
    let Some(Effect::Tell(whom, _)) = hub.effects().next_back() else { panic!("nobody is told") };
    let mut wires: Vec<Wire> = whom.into_iter().map(|(wire, _)| wire).collect();
    wires.sort_by_key(|wire| wire.0);
    wires
}

#[test]
fn typing_is_told_to_others_who_look() {
    let mut hub = Hub::default();
    for (wire, user) in [(1, ADA), (2, ADA), (3, BOB), (4, BOB)] {
        connected(&mut hub, wire, user, &[(ROOM, 0)]);
    }
    for wire in [1, 2, 3] {
        assert!(hub.look(Wire(wire), ROOM, true, 9));
    }
    let event = Event::Typing(TypingEvent { conversation_id: ROOM, user_id: ADA, is_typing: true });
    hub.publish(&Arc::new(Published { event, origin: None }), NOW);
    assert_eq!(told(&mut hub), [Wire(3)]);
}

#[test]
fn presence_is_told_once_to_each_who_shares_a_conversation_and_to_ones_own() {
    let other = ConversationId(Uuid::from_u128(8));
    let mut hub = Hub::default();
    connected(&mut hub, 1, ADA, &[(ROOM, 0), (other, 0)]);
    connected(&mut hub, 2, BOB, &[(ROOM, 0), (other, 0)]);
    connected(&mut hub, 3, UserId(Uuid::from_u128(3)), &[]);
    let presence = domain::presence::Presence::Online(domain::presence::Status::Busy);
    let event = PresenceEvent { user_id: ADA, name: "Ada".into(), presence, conversations: vec![ROOM, other] };
    hub.publish(&Arc::new(Published { event: Event::Presence(event), origin: None }), NOW);
    assert_eq!(told(&mut hub), [Wire(1), Wire(2)]);
}

mod late;
mod looking;
mod recovery;
mod schedule;
