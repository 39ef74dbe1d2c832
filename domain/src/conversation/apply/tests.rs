use uuid::Uuid;

use super::Refusal::{
    Direct, NotAllowed, NotParticipant, OwnerCannotBeRemoved, OwnerMustHandOver, ParticipantNotFound,
};
use super::StepKind::{Added, Deleted, Edited, Removed, RoleChanged};
use super::*;
use crate::ConversationId;
use crate::testing::{at, avatar, name, person};

const OWNER: UserId = person(1);
const ADMIN: UserId = person(2);
const OTHER_ADMIN: UserId = person(3);
const MEMBER: UserId = person(4);
const OTHER_MEMBER: UserId = person(5);
const STRANGER: UserId = person(6);
const NEWCOMER: UserId = person(7);

/// When the tests' commands are given.
const NOW: Timestamp = at(9_000);

/// A group at place 7, in which everybody came in one millisecond after the one before.
fn group() -> Conversation {
    use Role::{Admin, Member, Owner};
    let roles = [(OWNER, Owner), (ADMIN, Admin), (OTHER_ADMIN, Admin), (MEMBER, Member), (OTHER_MEMBER, Member)];
    let joined = |(joined_at, (user_id, role))| Participant { user_id, role, joined_at: at(joined_at) };
    Conversation {
        id: ConversationId(Uuid::from_u128(0x7ea3)),
        kind: Kind::Group(Group {
            name: Some(name("Team")),
            avatar: Some(avatar("https://example.org/team.png")),
            add_policy: AddPolicy::Everyone,
        }),
        participants: (1..).zip(roles).map(joined).collect(),
        seq: 7,
        created_at: at(1),
        updated_at: at(5),
    }
}

/// One more than [`group`] has with two newcomers.
const CAPACITY: usize = 8;

fn group_where_admins_add() -> Conversation {
    let mut group = group();
    apply(&mut group, OWNER, edit(None, None, Some(AddPolicy::Admins))).unwrap();
    group
}

/// A group with nobody but these, who came in at these times.
fn group_of(participants: &[(UserId, Role, i64)]) -> Conversation {
    let joined = |&(user_id, role, millis): &(_, _, _)| Participant { user_id, role, joined_at: at(millis) };
    Conversation { participants: participants.iter().map(joined).collect(), ..group() }
}

/// Gives the command and answers what changed, once it is sure that the steps take the next places and that the
/// conversation shows a change exactly where there was one.
fn apply(conversation: &mut Conversation, actor: UserId, action: Action) -> Result<Vec<StepKind>, Refusal> {
    let before = conversation.clone();
    let steps = conversation.apply(&Command { actor, at: NOW, action, capacity: CAPACITY });
    let taken: Vec<Seq> = steps.iter().flatten().map(|step| step.seq).collect();
    let next: Vec<Seq> = (before.seq + 1..).take(taken.len()).collect();
    assert_eq!(taken, next);
    if taken.is_empty() {
        assert_eq!(*conversation, before);
    } else {
        let last = next.last().copied();
        assert_eq!((Some(conversation.seq), conversation.updated_at), (last, NOW));
        assert_eq!((conversation.id, conversation.created_at), (before.id, before.created_at));
    }
    steps.map(|steps| steps.into_iter().map(|step| step.kind).collect())
}

#[expect(clippy::option_option, reason = "as in the action: left as it is, none, or a new one")]
fn edit(
    name: Option<Option<ConversationName>>,
    avatar: Option<Option<AvatarUrl>>,
    add_policy: Option<AddPolicy>,
) -> Action {
    Action::Edit { name, avatar, add_policy }
}

fn every_action() -> [Action; 6] {
    [
        Action::Add(vec![NEWCOMER]),
        Action::Remove(MEMBER),
        Action::SetRole(MEMBER, Role::Admin),
        Action::Leave,
        edit(Some(None), None, None),
        Action::Delete,
    ]
}

#[test]
fn a_stranger_is_refused_whatever_they_ask_and_whatever_it_is() {
    for action in every_action() {
        assert_eq!(apply(&mut group(), STRANGER, action.clone()), Err(NotParticipant), "{action:?}");
        let mut direct = Conversation::direct(group().id, MEMBER, OWNER, at(1));
        assert_eq!(apply(&mut direct, STRANGER, action.clone()), Err(NotParticipant), "{action:?}");
    }
}

#[test]
fn a_direct_conversation_refuses_everything() {
    let to_oneself = [Action::Remove(OWNER), Action::SetRole(OWNER, Role::Owner), Action::Add(vec![])];
    for action in every_action().into_iter().chain(to_oneself) {
        let mut direct = Conversation::direct(group().id, MEMBER, OWNER, at(1));
        assert_eq!(apply(&mut direct, OWNER, action.clone()), Err(Direct), "{action:?}");
    }
}

#[test]
fn the_policy_says_who_adds() {
    for (conversation, actor, comes_to) in [
        (group(), OWNER, Ok(vec![Added(NEWCOMER)])),
        (group(), ADMIN, Ok(vec![Added(NEWCOMER)])),
        (group(), MEMBER, Ok(vec![Added(NEWCOMER)])),
        (group_where_admins_add(), OWNER, Ok(vec![Added(NEWCOMER)])),
        (group_where_admins_add(), ADMIN, Ok(vec![Added(NEWCOMER)])),
        (group_where_admins_add(), MEMBER, Err(NotAllowed)),
    ] {
        let mut conversation = conversation;
        assert_eq!(apply(&mut conversation, actor, Action::Add(vec![NEWCOMER])), comes_to, "{actor}");
    }
}

#[test]
fn who_is_added_comes_in_as_a_member_now() {
    let mut group = group();
    apply(&mut group, OWNER, Action::Add(vec![NEWCOMER])).unwrap();
    let came_in = Participant { user_id: NEWCOMER, role: Role::Member, joined_at: NOW };
    assert_eq!(group.participant(NEWCOMER), Some(&came_in));
}

#[test]
fn who_takes_part_or_is_named_twice_is_added_once_and_keeps_their_role() {
    let mut group = group();
    let several = Action::Add(vec![ADMIN, NEWCOMER, STRANGER, NEWCOMER, OWNER]);
    assert_eq!(apply(&mut group, MEMBER, several), Ok(vec![Added(NEWCOMER), Added(STRANGER)]));
    assert_eq!(group.participant(ADMIN).map(|p| (p.role, p.joined_at)), Some((Role::Admin, at(2))));
    assert_eq!(group.participants.len(), 7);
    for nobody_new in [vec![], vec![MEMBER, OWNER]] {
        assert_eq!(apply(&mut group, MEMBER, Action::Add(nobody_new)), Ok(vec![]));
    }
}

#[test]
fn a_group_takes_as_many_as_it_may_and_no_more() {
    let people = |range: std::ops::Range<u128>| range.map(|n| UserId(Uuid::from_u128(1_000 + n))).collect::<Vec<_>>();
    let mut group = group();
    let room = u128::try_from(CAPACITY - group.participants.len()).unwrap();
    let before = group.clone();
    assert_eq!(apply(&mut group, OWNER, Action::Add(people(0..room + 1))), Err(Refusal::GroupFull));
    assert_eq!(group, before, "all of them or nobody");
    apply(&mut group, OWNER, Action::Add(people(0..room))).unwrap();
    assert_eq!(group.participants.len(), CAPACITY);
    assert_eq!(apply(&mut group, OWNER, Action::Add(people(room..room + 1))), Err(Refusal::GroupFull));
    assert_eq!(apply(&mut group, OWNER, Action::Add(people(0..room))), Ok(vec![]), "they are there");
    let fewer = Command { actor: OWNER, at: NOW, action: Action::Add(people(0..room)), capacity: 2 };
    assert_eq!(group.apply(&fewer), Ok(vec![]), "also where fewer are allowed by now");
}

#[test]
fn removing_goes_down_the_roles_and_the_owner_stays() {
    let gone = |user, role| Ok(vec![Removed(user, role)]);
    for (actor, user, comes_to) in [
        (OWNER, ADMIN, gone(ADMIN, Role::Admin)),
        (OWNER, MEMBER, gone(MEMBER, Role::Member)),
        (OWNER, OWNER, Err(OwnerCannotBeRemoved)),
        (OWNER, STRANGER, Ok(vec![])),
        (ADMIN, OWNER, Err(OwnerCannotBeRemoved)),
        (ADMIN, OTHER_ADMIN, Err(NotAllowed)),
        (ADMIN, MEMBER, gone(MEMBER, Role::Member)),
        (ADMIN, ADMIN, gone(ADMIN, Role::Admin)),
        (ADMIN, STRANGER, Ok(vec![])),
        (MEMBER, OWNER, Err(NotAllowed)),
        (MEMBER, ADMIN, Err(NotAllowed)),
        (MEMBER, OTHER_MEMBER, Err(NotAllowed)),
        (MEMBER, MEMBER, gone(MEMBER, Role::Member)),
        (MEMBER, STRANGER, Err(NotAllowed)),
    ] {
        let mut group = group();
        assert_eq!(apply(&mut group, actor, Action::Remove(user)), comes_to, "{actor} removes {user}");
        let removed = comes_to.is_ok_and(|steps| !steps.is_empty());
        assert_eq!(group.participant(user).is_some(), user != STRANGER && !removed, "{actor} removes {user}");
    }
}

#[test]
fn the_owner_alone_gives_roles() {
    let has = |user, role| Ok(vec![RoleChanged(user, role)]);
    for (actor, user, role, comes_to) in [
        (OWNER, MEMBER, Role::Admin, has(MEMBER, Role::Admin)),
        (OWNER, ADMIN, Role::Member, has(ADMIN, Role::Member)),
        (OWNER, MEMBER, Role::Member, Ok(vec![])),
        (OWNER, OWNER, Role::Owner, Ok(vec![])),
        (OWNER, OWNER, Role::Admin, Err(OwnerMustHandOver)),
        (OWNER, OWNER, Role::Member, Err(OwnerMustHandOver)),
        (OWNER, STRANGER, Role::Admin, Err(ParticipantNotFound)),
        (ADMIN, STRANGER, Role::Admin, Err(ParticipantNotFound)),
        (ADMIN, MEMBER, Role::Admin, Err(NotAllowed)),
        (ADMIN, MEMBER, Role::Member, Err(NotAllowed)),
        (ADMIN, ADMIN, Role::Owner, Err(NotAllowed)),
        (ADMIN, ADMIN, Role::Member, Err(NotAllowed)),
        (ADMIN, OWNER, Role::Member, Err(NotAllowed)),
        (MEMBER, MEMBER, Role::Admin, Err(NotAllowed)),
    ] {
        let mut group = group();
        let set = apply(&mut group, actor, Action::SetRole(user, role));
        assert_eq!(set, comes_to, "{actor} makes {user} {role:?}");
        if comes_to.is_ok() {
            assert_eq!(group.participant(user).map(|p| p.role), Some(role), "{actor} makes {user} {role:?}");
        }
    }
}

#[test]
fn handing_over_ownership_makes_the_giver_an_admin_one_place_later() {
    for heir in [ADMIN, MEMBER] {
        let mut group = group();
        let command = Command { actor: OWNER, at: NOW, action: Action::SetRole(heir, Role::Owner), capacity: CAPACITY };
        let steps = group.apply(&command);
        let given = Step { seq: 8, kind: RoleChanged(heir, Role::Owner) };
        let kept = Step { seq: 9, kind: RoleChanged(OWNER, Role::Admin) };
        assert_eq!(steps, Ok(vec![given, kept]));
        assert_eq!((group.owner(), group.seq), (Some(heir), 9));
        assert_eq!(group.participant(OWNER).map(|p| p.role), Some(Role::Admin));
    }
}

#[test]
fn who_is_no_owner_just_leaves() {
    for (actor, role) in [(ADMIN, Role::Admin), (MEMBER, Role::Member)] {
        let mut group = group();
        assert_eq!(apply(&mut group, actor, Action::Leave), Ok(vec![Removed(actor, role)]));
        assert_eq!((group.participant(actor), group.owner()), (None, Some(OWNER)));
        assert_eq!(apply(&mut group, actor, Action::Leave), Err(NotParticipant));
    }
}

#[test]
fn an_owner_who_leaves_is_followed_by_the_oldest_admin_else_by_the_oldest_member() {
    use Role::{Admin, Member, Owner};
    for (others, heir) in [
        (vec![(MEMBER, Member, 2), (OTHER_ADMIN, Admin, 4), (ADMIN, Admin, 3)], ADMIN),
        (vec![(OTHER_ADMIN, Admin, 3), (ADMIN, Admin, 3)], ADMIN),
        (vec![(OTHER_MEMBER, Member, 2), (MEMBER, Member, 3)], OTHER_MEMBER),
        (vec![(OTHER_MEMBER, Member, 2), (MEMBER, Member, 2)], MEMBER),
    ] {
        let mut group = group_of(&[&[(OWNER, Owner, 1)], &others[..]].concat());
        let left = apply(&mut group, OWNER, Action::Leave);
        assert_eq!(left, Ok(vec![RoleChanged(heir, Owner), Removed(OWNER, Owner)]), "{others:?}");
        assert_eq!((group.owner(), group.participants.len()), (Some(heir), others.len()), "{others:?}");
        assert_eq!(group.participant(OWNER), None, "{others:?}");
    }
}

#[test]
fn the_last_one_out_deletes_the_group() {
    let mut group = group_of(&[(OWNER, Role::Owner, 1)]);
    assert_eq!(apply(&mut group, OWNER, Action::Leave), Ok(vec![Deleted]));
    assert_eq!(group.participants, []);
}

#[test]
fn the_owner_and_admins_edit() {
    let renamed = || edit(Some(Some(name("Crew"))), None, None);
    assert_eq!(apply(&mut group(), OWNER, renamed()), Ok(vec![Edited]));
    assert_eq!(apply(&mut group(), ADMIN, renamed()), Ok(vec![Edited]));
    assert_eq!(apply(&mut group(), MEMBER, renamed()), Err(NotAllowed));
    assert_eq!(apply(&mut group(), MEMBER, edit(None, None, None)), Err(NotAllowed));
}

#[test]
fn an_edit_changes_what_it_names_and_leaves_the_rest() {
    let (team, picture) = (Some(name("Team")), Some(avatar("https://example.org/team.png")));
    let (crew, other_picture) = (Some(name("Crew")), Some(avatar("https://example.org/crew.png")));
    let (everyone, admins) = (AddPolicy::Everyone, AddPolicy::Admins);
    for (action, name, avatar, add_policy) in [
        (edit(Some(crew.clone()), None, None), crew.clone(), picture.clone(), everyone),
        (edit(Some(None), None, None), None, picture.clone(), everyone),
        (edit(None, Some(other_picture.clone()), None), team.clone(), other_picture.clone(), everyone),
        (edit(None, Some(None), None), team.clone(), None, everyone),
        (edit(None, None, Some(admins)), team.clone(), picture.clone(), admins),
        (edit(Some(crew.clone()), Some(None), Some(admins)), crew, None, admins),
    ] {
        let mut group = group();
        assert_eq!(apply(&mut group, ADMIN, action.clone()), Ok(vec![Edited]), "{action:?}");
        assert_eq!(group.kind, Kind::Group(Group { name, avatar, add_policy }), "{action:?}");
    }
}

#[test]
fn an_edit_to_what_is_there_takes_no_place() {
    let same_picture = Some(avatar("https://example.org/team.png"));
    for action in [
        edit(None, None, None),
        edit(Some(Some(name("Team"))), None, None),
        edit(Some(Some(name("Team"))), Some(same_picture), Some(AddPolicy::Everyone)),
    ] {
        assert_eq!(apply(&mut group(), OWNER, action.clone()), Ok(vec![]), "{action:?}");
    }
}

#[test]
fn the_owner_alone_deletes() {
    for (actor, comes_to) in [(OWNER, Ok(vec![Deleted])), (ADMIN, Err(NotAllowed)), (MEMBER, Err(NotAllowed))] {
        let mut group = group();
        assert_eq!(apply(&mut group, actor, Action::Delete), comes_to, "{actor}");
        assert_eq!(group.participants.is_empty(), actor == OWNER, "{actor}");
    }
}

#[test]
fn each_refusal_has_its_kind_and_its_code() {
    use ErrorKind::{Conflict, Forbidden, NotFound};
    for (refusal, kind, code) in [
        (Refusal::NotFound, NotFound, "CONVERSATION_NOT_FOUND"),
        (Refusal::UserNotFound, NotFound, "USER_NOT_FOUND"),
        (ParticipantNotFound, NotFound, "PARTICIPANT_NOT_FOUND"),
        (NotParticipant, Forbidden, "FORBIDDEN"),
        (NotAllowed, Forbidden, "FORBIDDEN"),
        (Direct, Conflict, "DIRECT_CONVERSATION"),
        (OwnerCannotBeRemoved, Conflict, "OWNER_CANNOT_BE_REMOVED"),
        (OwnerMustHandOver, Conflict, "OWNER_MUST_HAND_OVER"),
    ] {
        assert_eq!((refusal.kind(), refusal.code()), (kind, code), "{refusal:?}");
    }
}
