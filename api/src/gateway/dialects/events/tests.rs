//! Golden transcripts: what a client writes, and what it reads.

use domain::conversation::{ReadState, Role, Venue};
use domain::event::{
    Audience, ConversationEvent, ConversationEventKind, Event, ParticipantEvent, PresenceEvent, Receipt, TypingEvent,
};
use domain::message::{Message, MessageView};
use domain::presence::{Presence, Status};
use domain::user::Profile;
use domain::{ConversationId, MessageId, SessionId, Timestamp, UserId};
use serde_json::{Map, json};
use uuid::Uuid;

use super::*;
use crate::gateway::command::ClientCommand;

const ROOM: &str = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f";
const MESSAGE: &str = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f";
const ADA: &str = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11";

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn view() -> MessageView {
    let id = UserId(uuid(ADA));
    MessageView {
        message: Message {
            id: MessageId(uuid(MESSAGE)),
            conversation_id: ConversationId(uuid(ROOM)),
            seq: 7,
            changed_seq: 7,
            sender_id: id,
            content: Some("hi \"there\"".into()),
            reply_to: None,
            created_at: Timestamp::from_millis(1_763_000_000_123),
            edited_at: None,
            deleted_at: None,
        },
        sender: Profile { id, username: Some("ada".into()), name: "Ada".into(), avatar: None },
    }
}

fn shown(frame: &Frame) -> Value {
    serde_json::from_slice(&frame.payload()).unwrap()
}

fn news(event: &Event) -> Option<Frame> {
    Events.encode_event(&News::new(event, None), Standing::Aside)
}

fn refusal(text: &str) -> Value {
    let request = Events.decode(text, None);
    let problem = request.command.as_ref().unwrap_err();
    shown(&Events.encode_error(&request, problem))
}

#[test]
fn commands_are_read_with_their_mark() {
    let request = Events.decode(
        &format!(
            r#"{{"event":"message:send","id":7,"data":{{"conversationId":"{}","content":"hi\n","id":"{MESSAGE}"}}}}"#,
            ROOM.to_uppercase()
        ),
        None,
    );
    assert_eq!(request.mark, Some(json!(7)));
    let ClientCommand::Send(new) = request.command.unwrap() else { panic!("not a send") };
    assert_eq!(new.conversation_id.to_string(), ROOM);
    assert_eq!(new.body.as_str(), "hi");
    assert_eq!(new.id.map(|id| id.to_string()), Some(MESSAGE.into()));
}

#[test]
fn every_client_event_is_known() {
    let both = json!({"conversationId": ROOM, "messageId": MESSAGE});
    for (event, data) in [
        ("conversation:join", json!({"conversationId": ROOM})),
        ("conversation:leave", json!({"conversationId": ROOM})),
        ("message:send", json!({"conversationId": ROOM, "content": "x"})),
        ("message:edit", json!({"conversationId": ROOM, "messageId": MESSAGE, "content": "x"})),
        ("message:delete", both.clone()),
        ("message:read", both),
        ("message:read", json!({"conversationId": ROOM, "seq": 3})),
        ("conversation:sync", json!({"conversations": {ROOM: 0}})),
    ] {
        let request = Events.decode(&json!({"event": event, "data": data}).to_string(), None);
        assert!(request.command.is_ok(), "{event}: {:?}", request.command);
    }
}

#[test]
fn what_cannot_be_read_is_told_by_field() {
    let reply = refusal(r#"{"event":"message:send","id":"a","data":{"conversationId":"x","content":"","more":1}}"#);
    assert_eq!(reply["event"], "error");
    assert_eq!(reply["id"], "a");
    assert_eq!(reply["data"]["code"], "VALIDATION_FAILED");
    let fields: Vec<&str> =
        reply["data"]["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["conversationId", "content", "more"]);
}

#[test]
fn without_a_mark_an_error_names_the_event_and_a_success_is_silent() {
    let reply = refusal(r#"{"event":"message:shout","data":{}}"#);
    assert_eq!(
        reply,
        json!({"event": "error", "data": {"code": "UNKNOWN_EVENT", "message": "There is no such event.", "event": "message:shout"}})
    );
    let request =
        Events.decode(&json!({"event": "conversation:leave", "data": {"conversationId": ROOM}}).to_string(), None);
    assert!(Events.encode_reply(&request, &Reply::Done).is_empty());
}

#[test]
fn what_is_no_frame_is_malformed() {
    let deep = format!("{{\"event\":\"x\",\"data\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
    for text in ["", "x", "[]", "{}", r#"{"event":5}"#, r#"{"event":"a","else":1}"#, "null", &deep] {
        assert_eq!(refusal(text)["data"]["code"], "MALFORMED_JSON", "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn a_mark_is_short_and_plain() {
    let asked = |mark: &str| json!({"event": "conversation:join", "id": mark, "data": {"conversationId": ROOM}});
    assert!(Events.decode(&asked(&"x".repeat(128)).to_string(), None).command.is_ok());
    let long = "x".repeat(129);
    for mark in [json!({}), json!([1]), json!(true), json!(long)] {
        let reply =
            refusal(&json!({"event": "conversation:join", "id": mark, "data": {"conversationId": ROOM}}).to_string());
        assert_eq!(reply["data"]["errors"][0]["field"], "id");
        assert!(reply.get("id").is_none());
    }
}

#[test]
fn syncs_are_bounded_and_well_formed() {
    let places = |count: u128| -> Map<String, Value> {
        (0..count).map(|n| (Uuid::from_u128(n).to_string(), json!(0))).collect()
    };
    let most = json!({"event": "conversation:sync", "id": 1, "data": {"conversations": places(128)}});
    assert!(Events.decode(&most.to_string(), None).command.is_ok());
    let many = places(129);
    for conversations in [json!(many), json!([]), json!({ROOM: -1}), json!({ROOM: "1"}), json!({"x": 1}), Value::Null] {
        let reply = refusal(
            &json!({"event": "conversation:sync", "id": 1, "data": {"conversations": conversations}}).to_string(),
        );
        assert_eq!(reply["data"]["errors"][0]["field"], "conversations");
    }
}

#[test]
fn replies_are_acknowledgements() {
    let request = Events
        .decode(&json!({"event": "conversation:join", "id": "j", "data": {"conversationId": ROOM}}).to_string(), None);
    let shown = |reply: &Reply| shown(&Events.encode_reply(&request, reply)[0]);
    assert_eq!(shown(&Reply::Joined(7)), json!({"event": "ack", "id": "j", "data": {"seq": 7}}));
    let read = ReadState { last_read_seq: 7, unread_count: 0, moved: true, participant_count: 2 };
    assert_eq!(shown(&Reply::Read(read))["data"], json!({"lastReadSeq": 7, "unreadCount": 0}));
    let gone =
        Problem::from(application::conversations::ConversationError::from(domain::conversation::Refusal::NotFound));
    let synced = shown(&Reply::Synced(vec![(ConversationId(uuid(ROOM)), Err(gone))]));
    assert_eq!(synced["data"]["conversations"][ROOM]["code"], "CONVERSATION_NOT_FOUND");
}

#[test]
fn events_carry_the_wire_types() {
    let told = |kind| {
        let event = ConversationEvent { conversation_id: ConversationId(uuid(ROOM)), seq: 7, kind };
        shown(&news(&Event::Conversation(event)).unwrap())
    };
    let message = json!({
        "id": MESSAGE, "conversationId": ROOM, "seq": 7, "changedSeq": 7,
        "sender": {"id": ADA, "username": "ada", "name": "Ada", "avatar": null},
        "content": "hi \"there\"", "replyTo": null, "attachments": [], "reactions": [],
        "createdAt": "2025-11-13T02:13:20.123Z", "editedAt": null, "deletedAt": null,
    });
    for (kind, name) in [
        (ConversationEventKind::MessagePosted(Box::new(view()), Venue::Direct), "message:received"),
        (ConversationEventKind::MessageEdited(Box::new(view())), "message:updated"),
        (ConversationEventKind::MessageDeleted(Box::new(view())), "message:deleted"),
    ] {
        assert_eq!(told(kind), json!({"event": name, "data": message}));
    }
    assert_eq!(
        told(ConversationEventKind::Deleted),
        json!({"event": "conversation:deleted", "data": {"conversationId": ROOM, "seq": 7}})
    );
    let who = ParticipantEvent {
        user: Profile::deleted(UserId(uuid(ADA))),
        role: Role::Admin,
        by: Profile::deleted(UserId(uuid(ADA))),
    };
    let removed = told(ConversationEventKind::ParticipantRemoved(Box::new(who)));
    let user = json!({"id": ADA, "username": null, "name": "Deleted user", "avatar": null});
    assert_eq!(
        removed,
        json!({"event": "participant:removed", "data": {"conversationId": ROOM, "seq": 7, "user": user, "role": "admin", "by": ADA}})
    );
}

#[test]
fn receipts_are_told_and_ended_sessions_are_not() {
    let receipt = Receipt {
        conversation_id: ConversationId(uuid(ROOM)),
        user_id: UserId(uuid(ADA)),
        last_read_seq: 3,
        audience: Audience::Participants,
    };
    let told = shown(&news(&Event::Receipt(receipt)).unwrap());
    assert_eq!(
        told,
        json!({"event": "receipt:updated", "data": {"conversationId": ROOM, "userId": ADA, "lastReadSeq": 3}})
    );
    let ended = Event::SessionsRevoked { user_id: UserId(uuid(ADA)), sessions: vec![SessionId(uuid(ADA))] };
    assert!(news(&ended).is_none());
}

#[test]
fn typing_is_told_to_those_who_look() {
    let event =
        TypingEvent { conversation_id: ConversationId(uuid(ROOM)), user_id: UserId(uuid(ADA)), is_typing: true };
    let event = Event::Typing(event);
    let told = |standing| Events.encode_event(&News::new(&event, None), standing);
    assert_eq!(
        shown(&told(Standing::Joined).unwrap()),
        json!({"event": "typing:update", "data": {"conversationId": ROOM, "userId": ADA, "isTyping": true}})
    );
    assert_eq!((told(Standing::Aside), told(Standing::Elsewhere)), (None, None));
}

#[test]
fn presence_is_told_as_coming_and_going() {
    let told = |presence| {
        let (user_id, name) = (UserId(uuid(ADA)), "Ada".to_owned());
        shown(&news(&Event::Presence(PresenceEvent { user_id, name, presence, conversations: vec![] })).unwrap())
    };
    assert_eq!(
        told(Presence::Online(Status::Away)),
        json!({"event": "user:online", "data": {"userId": ADA, "name": "Ada", "status": "away"}})
    );
    let at = "2025-11-13T02:13:20.123Z";
    assert_eq!(
        told(Presence::Offline(Some(Timestamp::from_millis(1_763_000_000_123)))),
        json!({"event": "user:offline", "data": {"userId": ADA, "lastSeenAt": at}})
    );
}
