use uuid::Uuid;

use super::*;
use crate::testing::{at, name, person};

const ADA: UserId = person(0xada);
const BOB: UserId = person(0xb0b);
const EVE: UserId = person(0xe7e);
const TEAM: ConversationId = ConversationId(Uuid::from_u128(0x7ea3));

/// What it comes to that Ada asks for this.
fn founding(
    team: Option<&str>,
    is_group: Option<bool>,
    participants: Option<&[UserId]>,
) -> Result<Founding, FieldError> {
    let participants = participants.map(<[UserId]>::to_vec);
    FoundingRequest { founder: ADA, name: team.map(name), is_group, participants }.decide()
}

#[test]
fn two_people_and_no_name_are_a_direct_conversation() {
    for is_group in [None, Some(false)] {
        assert_eq!(founding(None, is_group, Some(&[BOB])), Ok(Founding::Direct(BOB)), "{is_group:?}");
    }
}

#[test]
fn two_people_are_a_group_when_it_has_a_name_or_is_called_one() {
    assert_eq!(founding(None, Some(true), Some(&[BOB])), Ok(Founding::Group(None, vec![BOB])));
    for is_group in [None, Some(true)] {
        let named = Founding::Group(Some(name("Pair")), vec![BOB]);
        assert_eq!(founding(Some("Pair"), is_group, Some(&[BOB])), Ok(named), "{is_group:?}");
    }
}

#[test]
fn three_people_are_a_group_in_the_order_they_are_listed() {
    for is_group in [None, Some(true)] {
        let three = Founding::Group(None, vec![EVE, BOB]);
        assert_eq!(founding(None, is_group, Some(&[EVE, BOB])), Ok(three), "{is_group:?}");
    }
}

#[test]
fn own_and_repeated_ids_are_folded() {
    assert_eq!(founding(None, None, Some(&[BOB, ADA, BOB])), Ok(Founding::Direct(BOB)));
    let group = Founding::Group(Some(name("Team")), vec![EVE, BOB]);
    assert_eq!(founding(Some("Team"), None, Some(&[EVE, BOB, EVE, ADA])), Ok(group));
}

#[test]
fn a_name_with_nobody_is_a_group_of_one() {
    for participants in [None, Some(&[][..]), Some(&[ADA][..])] {
        let alone = Founding::Group(Some(name("Notes")), vec![]);
        assert_eq!(founding(Some("Notes"), None, participants), Ok(alone), "{participants:?}");
    }
}

#[test]
fn one_person_who_lists_only_themselves_is_a_group() {
    for is_group in [None, Some(true)] {
        assert_eq!(founding(None, is_group, Some(&[ADA, ADA])), Ok(Founding::Group(None, vec![])), "{is_group:?}");
    }
}

#[test]
fn neither_a_name_nor_participants_is_invalid() {
    for is_group in [None, Some(true), Some(false)] {
        for participants in [None, Some(&[][..])] {
            let refused = founding(None, is_group, participants).unwrap_err();
            assert_eq!(refused.field, "participantIds", "{is_group:?} {participants:?}");
        }
    }
}

#[test]
fn is_group_must_not_be_false_for_what_is_no_direct_conversation() {
    for (team, participants) in [
        (None, &[BOB, EVE][..]),
        (None, &[ADA]),
        (Some("Team"), &[]),
        (Some("Team"), &[BOB]),
        (Some("Team"), &[BOB, EVE]),
    ] {
        let refused = founding(team, Some(false), Some(participants)).unwrap_err();
        assert_eq!(refused.field, "isGroup", "{team:?} {participants:?}");
    }
}

#[test]
fn a_direct_conversation_starts_with_two_members_and_no_owner() {
    let member = |user_id| Participant { user_id, role: Role::Member, joined_at: at(5) };
    assert_eq!(
        Conversation::direct(TEAM, ADA, BOB, at(5)),
        Conversation {
            id: TEAM,
            kind: Kind::Direct,
            participants: vec![member(ADA), member(BOB)],
            seq: 0,
            created_at: at(5),
            updated_at: at(5),
        }
    );
}

#[test]
fn a_group_starts_with_its_founder_as_owner_and_lets_everyone_add() {
    let joined = |user_id, role| Participant { user_id, role, joined_at: at(5) };
    let group = Group { name: Some(name("Team")), avatar: None, add_policy: AddPolicy::Everyone };
    assert_eq!(
        Conversation::group(TEAM, ADA, Some(name("Team")), &[BOB, EVE], at(5)),
        Conversation {
            id: TEAM,
            kind: Kind::Group(group),
            participants: vec![joined(ADA, Role::Owner), joined(BOB, Role::Member), joined(EVE, Role::Member)],
            seq: 0,
            created_at: at(5),
            updated_at: at(5),
        }
    );
}

#[test]
fn founding_a_group_again_is_a_repeat_for_its_owner_and_by_its_name() {
    let founded = |founder, team: Option<&str>| Conversation::group(TEAM, founder, team.map(name), &[], at(1));
    let mut stored = Conversation::group(TEAM, ADA, Some(name("Team")), &[BOB], at(5));
    stored.seq = 9;
    assert!(founded(ADA, Some("Team")).repeats(&stored), "whoever else is in it, and whatever happened since");
    assert!(!founded(BOB, Some("Team")).repeats(&stored));
    assert!(!founded(ADA, Some("Crew")).repeats(&stored));
    assert!(!founded(ADA, None).repeats(&stored));
    assert!(!founded(ADA, Some("Team")).repeats(&Conversation::direct(TEAM, ADA, BOB, at(5))));
    assert!(!Conversation::direct(TEAM, ADA, BOB, at(1)).repeats(&Conversation::direct(TEAM, ADA, BOB, at(5))));
}
