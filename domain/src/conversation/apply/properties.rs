//! What holds of a conversation whoever does whatever to it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ConversationId;
use crate::testing::{at, avatar, name, person};

/// Few enough people that they meet, and one more than ever start together.
fn anyone() -> impl Strategy<Value = UserId> {
    (0..7_u128).prop_map(person)
}

fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner)]
}

fn any_action() -> impl Strategy<Value = Action> {
    let names = proptest::option::of(proptest::option::of(prop_oneof![Just(name("Team")), Just(name("Crew"))]));
    let avatars = proptest::option::of(proptest::option::of(Just(avatar("https://example.org/team.png"))));
    let policies = proptest::option::of(prop_oneof![Just(AddPolicy::Everyone), Just(AddPolicy::Admins)]);
    let edit =
        (names, avatars, policies).prop_map(|(name, avatar, add_policy)| Action::Edit { name, avatar, add_policy });
    // Deleting is rare, or most runs would end where they begin.
    prop_oneof![
        6 => proptest::collection::vec(anyone(), 0..4).prop_map(Action::Add),
        5 => anyone().prop_map(Action::Remove),
        8 => (anyone(), any_role()).prop_map(|(user, role)| Action::SetRole(user, role)),
        4 => Just(Action::Leave),
        3 => edit,
        1 => Just(Action::Delete),
    ]
}

fn any_conversation() -> impl Strategy<Value = Conversation> {
    let id = ConversationId(Uuid::nil());
    let others = (0..5_u128).prop_map(|count| (1..=count).map(person).collect::<Vec<_>>());
    prop_oneof![
        9 => others.prop_map(move |others| Conversation::group(id, person(0), None, &others, at(0))),
        1 => Just(Conversation::direct(id, person(0), person(1), at(0))),
    ]
}

fn roles(conversation: &Conversation) -> BTreeMap<UserId, Role> {
    conversation.participants.iter().map(|p| (p.user_id, p.role)).collect()
}

/// Who takes part as what after these steps, if one knows no more than the steps: as much as is stored.
fn retrace(mut roles: BTreeMap<UserId, Role>, steps: &[Step]) -> BTreeMap<UserId, Role> {
    for step in steps {
        match step.kind {
            StepKind::Added(user) => assert_eq!(roles.insert(user, Role::Member), None, "added twice"),
            StepKind::Removed(user, _) => assert!(roles.remove(&user).is_some(), "removed without being there"),
            StepKind::RoleChanged(user, role) => assert_ne!(roles.insert(user, role), None, "a stranger has a role"),
            StepKind::Edited => {}
            StepKind::Deleted => roles.clear(),
        }
    }
    roles
}

proptest! {
    #[test]
    fn any_commands_by_anyone_leave_a_conversation_in_order(
        start in any_conversation(),
        commands in proptest::collection::vec((anyone(), any_action()), 1..60),
    ) {
        let mut conversation = start;
        for (millis, (actor, action)) in (1..).zip(commands) {
            let before = conversation.clone();
            let answer = conversation.apply(&Command { actor, at: at(millis), action, capacity: 5 });
            let steps = answer.clone().unwrap_or_default();

            let places: Vec<Seq> = steps.iter().map(|step| step.seq).collect();
            prop_assert_eq!(places, (before.seq + 1..=conversation.seq).collect::<Vec<_>>(), "a place is left out");
            if steps.is_empty() {
                prop_assert_eq!(&conversation, &before, "changed without a step: {:?}", answer);
            } else {
                prop_assert_eq!(conversation.updated_at, at(millis));
                prop_assert!(matches!(conversation.kind, Kind::Group(_)), "a direct conversation changed");
            }

            let now = roles(&conversation);
            prop_assert_eq!(now.len(), conversation.participants.len(), "somebody takes part twice");
            prop_assert_eq!(&now, &retrace(roles(&before), &steps), "the steps do not tell what happened");
            let owners = now.values().filter(|role| **role == Role::Owner).count();
            let owned = matches!(conversation.kind, Kind::Group(_)) && !now.is_empty();
            prop_assert_eq!(owners, usize::from(owned));
        }
    }
}
