use uuid::Uuid;

use super::Refusal::{Deleted, IdTaken, MessageNotFound, NotAllowed, NotParticipant};
use super::*;
use crate::testing::{at, body, person};

const SENDER: UserId = person(1);
const OTHER: UserId = person(2);
const TEAM: ConversationId = ConversationId(Uuid::from_u128(0x7ea3));
const ELSEWHERE: ConversationId = ConversationId(Uuid::from_u128(0xe15e));

fn draft() -> Draft {
    Draft {
        id: MessageId(Uuid::from_u128(0x1d)),
        conversation_id: TEAM,
        sender_id: SENDER,
        body: body("Hello"),
        reply_to: Some(MessageId(Uuid::from_u128(0x1c))),
        at: at(500),
        origin: None,
    }
}

/// A message posted at place 3, at 500.
fn posted() -> Message {
    draft().post(3, None)
}

fn tombstone() -> Message {
    Message { content: None, changed_seq: 5, deleted_at: Some(at(600)), ..posted() }
}

fn participant(user_id: UserId, role: Role) -> Participant {
    Participant { user_id, role, joined_at: at(1) }
}

/// What it comes to at 900 and place 8, and the message then.
fn revise(message: Message, actor: Participant, action: RevisionAction) -> (Message, Result<bool, Refusal>) {
    revise_at(at(900), message, actor, action)
}

fn revise_at(
    at: Timestamp,
    mut message: Message,
    actor: Participant,
    action: RevisionAction,
) -> (Message, Result<bool, Refusal>) {
    let (message_id, conversation_id) = (message.id, message.conversation_id);
    let revision = Revision { message_id, conversation_id, actor: actor.user_id, at, action };
    let answer = message.revise(&revision, &actor, 8);
    (message, answer)
}

fn edit(text: &str) -> RevisionAction {
    RevisionAction::Edit(body(text))
}

#[test]
fn a_draft_is_posted_once_by_who_takes_part() {
    let own = Holder { sender_id: SENDER, conversation_id: TEAM };
    let somebody_elses = Holder { sender_id: OTHER, ..own };
    let own_elsewhere = Holder { conversation_id: ELSEWHERE, ..own };
    for (takes_part, holder, reply_is_there, comes_to) in [
        (true, None, true, Ok(Admission::Post)),
        (true, None, false, Err(MessageNotFound)),
        (true, Some(own), true, Ok(Admission::Repeat)),
        (true, Some(own), false, Ok(Admission::Repeat)),
        (true, Some(somebody_elses), true, Err(IdTaken)),
        (true, Some(own_elsewhere), true, Err(IdTaken)),
        (true, Some(own_elsewhere), false, Err(IdTaken)),
        (false, None, true, Err(NotParticipant)),
        (false, None, false, Err(NotParticipant)),
        (false, Some(own), true, Err(NotParticipant)),
        (false, Some(somebody_elses), true, Err(NotParticipant)),
    ] {
        let admitted = draft().admit(takes_part, holder, reply_is_there);
        assert_eq!(admitted, comes_to, "{takes_part} {holder:?} {reply_is_there}");
    }
}

#[test]
fn a_posted_message_says_what_its_draft_said() {
    assert_eq!(
        draft().post(3, Some(at(400))),
        Message {
            id: draft().id,
            conversation_id: TEAM,
            seq: 3,
            changed_seq: 3,
            sender_id: SENDER,
            content: Some("Hello".into()),
            reply_to: draft().reply_to,
            created_at: at(500),
            edited_at: None,
            deleted_at: None,
        }
    );
}

#[test]
fn a_message_is_later_than_the_one_before_whatever_the_clock_says() {
    for (last, created_at) in [(None, 500), (Some(at(499)), 500), (Some(at(500)), 501), (Some(at(800)), 801)] {
        assert_eq!(draft().post(3, last).created_at, at(created_at), "{last:?}");
    }
}

#[test]
fn the_sender_alone_edits() {
    for (actor, role, comes_to) in [
        (SENDER, Role::Member, Ok(true)),
        (SENDER, Role::Owner, Ok(true)),
        (OTHER, Role::Member, Err(NotAllowed)),
        (OTHER, Role::Admin, Err(NotAllowed)),
        (OTHER, Role::Owner, Err(NotAllowed)),
    ] {
        let (message, answer) = revise(posted(), participant(actor, role), edit("Good day"));
        let edited = Message { content: Some("Good day".into()), edited_at: Some(at(900)), changed_seq: 8, ..posted() };
        assert_eq!(answer, comes_to, "{actor} {role:?}");
        assert_eq!(message, if comes_to.is_ok() { edited } else { posted() }, "{actor} {role:?}");
    }
}

#[test]
fn the_sender_an_admin_and_the_owner_delete() {
    for (actor, role, comes_to) in [
        (SENDER, Role::Member, Ok(true)),
        (OTHER, Role::Admin, Ok(true)),
        (OTHER, Role::Owner, Ok(true)),
        (OTHER, Role::Member, Err(NotAllowed)),
    ] {
        let (message, answer) = revise(posted(), participant(actor, role), RevisionAction::Delete);
        let deleted = Message { content: None, deleted_at: Some(at(900)), changed_seq: 8, ..posted() };
        assert_eq!(answer, comes_to, "{actor} {role:?}");
        assert_eq!(message, if comes_to.is_ok() { deleted } else { posted() }, "{actor} {role:?}");
    }
}

#[test]
fn a_tombstone_stays_as_it_is() {
    for (actor, role, action, comes_to) in [
        (SENDER, Role::Member, edit("Hello"), Err(Deleted)),
        (OTHER, Role::Owner, edit("Hello"), Err(NotAllowed)),
        (SENDER, Role::Member, RevisionAction::Delete, Ok(false)),
        (OTHER, Role::Admin, RevisionAction::Delete, Ok(false)),
        (OTHER, Role::Member, RevisionAction::Delete, Err(NotAllowed)),
    ] {
        let answer = revise(tombstone(), participant(actor, role), action.clone());
        assert_eq!(answer, (tombstone(), comes_to), "{actor} {role:?} {action:?}");
    }
}

#[test]
fn the_same_words_again_are_no_edit() {
    let (message, answer) = revise(posted(), participant(SENDER, Role::Member), edit("\nHello\r\n"));
    assert_eq!((message, answer), (posted(), Ok(false)));
}

#[test]
fn nothing_happens_to_a_message_before_it_was_posted() {
    let sender = participant(SENDER, Role::Member);
    let (edited, _) = revise_at(at(499), posted(), sender, edit("Good day"));
    assert_eq!(edited.edited_at, Some(posted().created_at));
    let (deleted, _) = revise_at(at(499), posted(), sender, RevisionAction::Delete);
    assert_eq!(deleted.deleted_at, Some(posted().created_at));
}

#[test]
fn an_edited_message_that_is_deleted_still_tells_when_it_was_edited() {
    let sender = participant(SENDER, Role::Member);
    let (edited, _) = revise_at(at(700), posted(), sender, edit("Good day"));
    let (deleted, _) = revise(edited, sender, RevisionAction::Delete);
    assert_eq!((deleted.edited_at, deleted.deleted_at), (Some(at(700)), Some(at(900))));
}

#[test]
fn each_refusal_has_its_kind_and_its_code() {
    use ErrorKind::{Conflict, Forbidden, NotFound};
    for (refusal, kind, code) in [
        (Refusal::ConversationNotFound, NotFound, "CONVERSATION_NOT_FOUND"),
        (MessageNotFound, NotFound, "MESSAGE_NOT_FOUND"),
        (NotParticipant, Forbidden, "FORBIDDEN"),
        (NotAllowed, Forbidden, "FORBIDDEN"),
        (IdTaken, Conflict, "MESSAGE_ID_TAKEN"),
        (Deleted, Conflict, "MESSAGE_DELETED"),
    ] {
        assert_eq!((refusal.kind(), refusal.code()), (kind, code), "{refusal:?}");
    }
}
