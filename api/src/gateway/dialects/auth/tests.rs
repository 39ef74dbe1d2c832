//! Golden transcripts: every example of the document that clients of this dialect were written against.

use domain::conversation::{Refusal, Role};
use domain::event::ParticipantEvent;
use domain::message::{Addressed, Message, MessageView, Recipient};
use domain::user::Profile;
use domain::{ConversationId, ErrorKind, MessageId, Timestamp, UserId};
use uuid::Uuid;

use domain::Limit;
use domain::conversation::Action;
use domain::value::ConversationName;
use serde_json::json;

use super::*;
use crate::gateway::command::{Back, ClientCommand, Talk};

const GROUP: &str = "4be49da0-df09-49d5-9de1-9a84553b2ef9";
const MESSAGE: &str = "2d44a4a3-1a75-4e64-9dd6-99876d750de3";
const IAN: &str = "8f2cf7a5-688c-47d8-a8b7-2c14d63a665b";
const BOB: &str = "c6674a8e-7619-4198-9897-d2ed90572568";

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn profile(id: &str, name: &str) -> Profile {
    Profile { id: UserId(uuid(id)), username: Some(name.to_lowercase()), name: name.into(), avatar: None }
}

/// Said by Ian at 15:24:16.941, and edited if so.
fn view(edited_at: Option<i64>) -> MessageView {
    let message = Message {
        id: MessageId(uuid(MESSAGE)),
        conversation_id: ConversationId(uuid(GROUP)),
        seq: 7,
        changed_seq: 8,
        sender_id: UserId(uuid(IAN)),
        content: Some("Thanks for the \"quick\" response.".into()),
        reply_to: None,
        created_at: Timestamp::from_millis(1_751_383_456_941),
        edited_at: edited_at.map(Timestamp::from_millis),
        deleted_at: None,
    };
    MessageView { message, sender: profile(IAN, "Ian") }
}

fn to_group() -> Addressed {
    Addressed { view: view(Some(1_751_384_608_339)), to: Recipient::Group(Some("Design Hub".into())) }
}

fn to_bob() -> Addressed {
    Addressed { view: view(None), to: Recipient::Person(profile(BOB, "Bob")) }
}

fn shown(frame: &Frame) -> Value {
    serde_json::from_slice(&frame.payload()).unwrap()
}

fn auth() -> Auth {
    Auth::new("Response")
}

/// What comes of a request that must be understood.
fn command(frame: &Value) -> ClientCommand {
    auth().decode(&frame.to_string(), None).command.unwrap_or_else(|problem| panic!("{frame}: {problem:?}"))
}

fn answer(dialect: &Auth, frame: &Value, reply: &Reply) -> Value {
    let request = dialect.decode(&frame.to_string(), None);
    let frames = dialect.encode_reply(&request, reply);
    assert_eq!(frames.len(), 1);
    shown(&frames[0])
}

fn refusal(text: &str) -> Value {
    let request = auth().decode(text, None);
    let problem = request.command.clone().unwrap_err();
    shown(&auth().encode_error(&request, &problem))
}

/// The paths of the issues in a refusal.
fn issues(frame: &Value) -> Vec<String> {
    let refused = refusal(&frame.to_string());
    assert_eq!((&refused["error"], &refused["type"]), (&json!(true), &frame["type"]));
    let issues: Vec<Value> = serde_json::from_str(refused["message"].as_str().unwrap()).unwrap();
    assert!(issues.iter().all(|issue| issue["message"].is_string()), "{issues:?}");
    issues.iter().map(|issue| issue["path"].as_str().unwrap().to_owned()).collect()
}

fn pushed(kind: ConversationEventKind) -> Option<Value> {
    let event = ConversationEvent { conversation_id: ConversationId(uuid(GROUP)), seq: 9, kind };
    let event = Event::Conversation(event);
    assert!(auth().spares_origin(&event));
    let [one, other, third] =
        Standing::ALL.map(|standing| auth().encode_event(&News::new(&event, None), standing).map(|f| shown(&f)));
    assert!(one == other && other == third, "looking at a conversation changes nothing");
    one
}

#[test]
fn every_request_of_the_document_is_understood() {
    let five = Back { before: None, limit: Limit::new(5) };
    let (group, ian) = (ConversationId(uuid(GROUP)), UserId(uuid(IAN)));
    let back = |kind: &str, key: &str, id: &str| json!({"type": kind, "params": {key: id, "limit": 5, "cursorCreatedAt": null}});
    for (frame, understood) in [
        (back("listLastMessage", "no", ""), ClientCommand::ReadBack(Talk::Each, five)),
        (back("getlatestMessageDialog", "receiverId", IAN), ClientCommand::ReadBack(Talk::Person(ian), five)),
        (back("getlatestMessageGroup", "groupId", GROUP), ClientCommand::ReadBack(Talk::Group(group), five)),
        (
            json!({"type": "addUserInGroup", "params": {"groupId": GROUP, "userId": IAN}}),
            ClientCommand::Change(group, Action::Add(vec![ian])),
        ),
        (
            json!({"type": "leaveGroup", "params": {"groupId": GROUP.to_uppercase()}}),
            ClientCommand::Change(group, Action::Leave),
        ),
    ] {
        assert_eq!(command(&frame), understood);
    }
    let frame = json!({"type": "newGroup", "params": {"groupId": GROUP, "groupName": "new name"}});
    let ClientCommand::Create(new) = command(&frame) else { panic!("not a founding") };
    assert_eq!((new.id, new.name.as_ref().map(ConversationName::as_str)), (Some(group), Some("new name")));
    let said = json!({"messageId": MESSAGE, "groupName": "ignored", "groupId": GROUP, "content": "Hi"});
    let ClientCommand::Send(new) = command(&json!({"type": "messageInGroup", "params": said})) else { panic!("no") };
    assert_eq!((new.conversation_id, new.id, new.body.as_str()), (group, Some(MessageId(uuid(MESSAGE))), "Hi"));
    let said = json!({"messageId": MESSAGE, "receiverId": IAN, "content": "Hi"});
    let ClientCommand::SendDirect(new) = command(&json!({"type": "privateMessage", "params": said})) else { panic!() };
    assert_eq!((new.to, new.id, new.body.as_str()), (ian, Some(MessageId(uuid(MESSAGE))), "Hi"));
}

#[test]
fn pages_are_of_twenty_rows_unless_said_and_go_on_before_a_moment() {
    let back = |params: Value| match command(&json!({"type": "listLastMessage", "params": params})) {
        ClientCommand::ReadBack(Talk::Each, back) => (back.before.map(Timestamp::as_millis), back.limit),
        other => panic!("{other:?}"),
    };
    for params in [json!(null), json!({}), json!({"limit": null, "cursorCreatedAt": null, "more": [1]})] {
        assert_eq!(back(params), (None, Limit::new(20)));
    }
    assert_eq!(back(json!({"limit": 0})).1, None);
    assert_eq!(back(json!({"limit": 100})).1, Limit::new(100));
    let before = |text: &str| back(json!({"cursorCreatedAt": text})).0;
    assert_eq!(before("2025-07-01T15:24:16.941Z"), Some(1_751_383_456_941));
    assert_eq!(before("2025-07-01T17:24:16.941+02:00"), Some(1_751_383_456_941));
    assert_eq!(before("2025-07-01T15:24:16.941001Z"), Some(1_751_383_456_942), "that of .941 is older");
}

#[test]
fn what_breaks_a_rule_is_told_as_a_list_of_issues() {
    let list = |params: Value| issues(&json!({"type": "listLastMessage", "params": params}));
    for limit in [json!(-1), json!(101), json!("5"), json!(1.5), json!([])] {
        assert_eq!(list(json!({"limit": limit})), ["limit"]);
    }
    for cursor in [json!("yesterday"), json!("' OR 1=1 --"), json!(5), json!("")] {
        assert_eq!(list(json!({"cursorCreatedAt": cursor})), ["cursorCreatedAt"]);
    }
    assert_eq!(list(json!([])), ["params"]);
    for (kind, paths) in [
        ("getlatestMessageDialog", &["receiverId"][..]),
        ("getlatestMessageGroup", &["groupId"]),
        ("newGroup", &["groupId", "groupName"]),
        ("addUserInGroup", &["groupId", "userId"]),
        ("leaveGroup", &["groupId"]),
        ("messageInGroup", &["content", "groupId", "messageId"]),
        ("privateMessage", &["content", "messageId", "receiverId"]),
    ] {
        assert_eq!(issues(&json!({"type": kind})), paths, "{kind}");
        let wrong =
            json!({"groupId": "x", "groupName": "", "userId": 5, "receiverId": {}, "messageId": "", "content": ""});
        assert_eq!(issues(&json!({"type": kind, "params": wrong})), paths, "{kind}");
    }
}

#[test]
fn what_is_no_request_is_answered_by_the_processor() {
    let unknown = json!({"error": true, "type": "processor", "message": "There is no such type"});
    for text in [r#"{"type":"shout"}"#, r#"{"type":5}"#, "{}", "[]", r#"["leaveGroup",{}]"#, "null", "7"] {
        assert_eq!(refusal(text), unknown, "{text}");
    }
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in ["", "x", "{", r#"{"type":"leaveGroup"} x"#, &deep] {
        let refused = refusal(text);
        assert_eq!((&refused["error"], &refused["type"]), (&json!(true), &json!("processor")));
        assert_eq!(refused["message"], "The frame is not JSON.");
    }
}

#[test]
fn rows_have_the_keys_of_the_document() {
    let said = || Reply::Said(vec![to_group(), to_bob()]);
    let list = answer(&auth(), &json!({"type": "listLastMessage"}), &said());
    assert_eq!(
        list,
        json!({
            "type": "listLastMessageResponse",
            "success": true,
            "params": {
                "data": [
                    {
                        "messageId": MESSAGE, "senderId": IAN, "senderName": "Ian", "receiverId": null,
                        "receiverName": null, "groupId": GROUP, "groupName": "Design Hub",
                        "content": "Thanks for the \"quick\" response.", "createdAt": "2025-07-01T15:24:16.941Z",
                        "updatedAt": "2025-07-01T15:43:28.339Z", "deletedAt": null,
                    },
                    {
                        "messageId": MESSAGE, "senderId": IAN, "senderName": "Ian", "receiverId": BOB,
                        "receiverName": "Bob", "groupId": null, "groupName": null,
                        "content": "Thanks for the \"quick\" response.", "createdAt": "2025-07-01T15:24:16.941Z",
                        "updatedAt": "2025-07-01T15:24:16.941Z", "deletedAt": null,
                    },
                ],
                "isBroadcast": false,
                "item": null,
            },
        })
    );
    let dialog = json!({"type": "getlatestMessageDialog", "params": {"receiverId": IAN}});
    let group = json!({"type": "getlatestMessageGroup", "params": {"groupId": GROUP}});
    for (frame, message, keys) in [
        (dialog, to_bob(), "content createdAt messageId receiverId receiverName senderId senderName"),
        (group, to_group(), "content createdAt groupId groupName messageId senderId senderName"),
    ] {
        let told = answer(&auth(), &frame, &Reply::Said(vec![message]));
        assert_eq!(told["type"], format!("{}Response", frame["type"].as_str().unwrap()));
        let row = told["params"]["data"][0].as_object().unwrap();
        let mut present: Vec<_> = row.keys().map(String::as_str).collect();
        present.sort_unstable();
        assert_eq!(present.join(" "), keys);
    }
}

#[test]
fn what_is_done_is_told_with_nothing_in_it_under_the_type_and_its_suffix() {
    let done = |kind: &str, suffix: &str| {
        let nothing = json!({"data": null, "isBroadcast": false, "item": null});
        json!({"type": format!("{kind}{suffix}"), "success": true, "params": nothing})
    };
    let params = json!({
        "groupId": GROUP, "groupName": "x", "userId": IAN, "receiverId": IAN, "messageId": MESSAGE, "content": "x"
    });
    for kind in ["newGroup", "addUserInGroup", "leaveGroup", "messageInGroup", "privateMessage"] {
        let frame = json!({"type": kind, "params": params});
        let suffix = if kind == "privateMessage" { "" } else { "Response" };
        for reply in [Reply::Done, Reply::Message(Box::new(view(None)))] {
            assert_eq!(answer(&auth(), &frame, &reply), done(kind, suffix));
            assert_eq!(answer(&Auth::new(""), &frame, &reply), done(kind, ""));
        }
    }
    let nobody = answer(&auth(), &json!({"type": "listLastMessage"}), &Reply::Said(vec![]));
    assert_eq!(nobody["params"]["data"], json!([]));
}

#[test]
fn posted_messages_are_pushed_to_groups_and_to_persons() {
    let item = |more: Value| {
        let mut item = json!({
            "messageId": MESSAGE, "message": "Thanks for the \"quick\" response.", "senderName": "Ian",
            "senderId": IAN, "createdAt": "2025-07-01T15:24:16.941Z",
        });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"item": item, "data": null, "isBroadcast": true})
    };
    let posted = |venue| pushed(ConversationEventKind::MessagePosted(Box::new(view(None)), venue)).unwrap();
    for name in [Some("Language Learners"), None] {
        let params = item(json!({"groupId": GROUP, "groupName": name}));
        let told = posted(Venue::Group(name.map(str::to_owned)));
        assert_eq!(told, json!({"type": "messageInGroup", "success": true, "params": params}));
    }
    let private = json!({"type": "privateMessage", "success": true, "params": item(json!({}))});
    assert_eq!(posted(Venue::Direct), private);
}

#[test]
fn who_comes_and_goes_is_pushed_with_the_names_they_have() {
    let bob = ParticipantEvent { user: profile(BOB, "Bob"), role: Role::Member, by: profile(IAN, "Ian") };
    let told = |kind: &str, message: &str, sender: &str| {
        let item = json!({"message": message, "senderName": sender});
        Some(json!({"type": kind, "success": true, "params": {"item": item, "data": null, "isBroadcast": false}}))
    };
    let added = ConversationEventKind::ParticipantAdded(Box::new(bob.clone()));
    assert_eq!(pushed(added), told("addUserInGroup", "User #Ian added in group.", "Ian"));
    let gone = ConversationEventKind::ParticipantRemoved(Box::new(bob.clone()));
    assert_eq!(pushed(gone), told("leaveGroup", "User Bob has leave the group.", "Bob"));
    assert_eq!(pushed(ConversationEventKind::ParticipantUpdated(Box::new(bob))), None);
}

#[test]
fn what_the_dialect_has_no_frame_for_is_not_pushed() {
    for kind in [
        ConversationEventKind::MessageEdited(Box::new(view(None))),
        ConversationEventKind::MessageDeleted(Box::new(view(None))),
        ConversationEventKind::Deleted,
    ] {
        assert_eq!(pushed(kind), None);
    }
    let typing = domain::event::TypingEvent {
        conversation_id: ConversationId(uuid(GROUP)),
        user_id: UserId(uuid(IAN)),
        is_typing: true,
    };
    assert!(auth().encode_event(&News::new(&Event::Typing(typing), None), Standing::Joined).is_none());
}

#[test]
fn errors_have_the_texts_that_clients_know() {
    let told = |kind: &str, problem: &Problem| {
        let request = Request { mark: None, event: Some(kind.to_owned()), command: Err(problem.clone()) };
        let frame = shown(&auth().encode_error(&request, problem));
        assert_eq!((&frame["error"], &frame["type"]), (&json!(true), &json!(kind)));
        frame["message"].as_str().unwrap().to_owned()
    };
    let refused = |refusal: Refusal| Problem::from(application::conversations::ConversationError::from(refusal));
    let member = "User is not a member of this group";
    for kind in ["addUserInGroup", "leaveGroup", "messageInGroup", "getlatestMessageGroup"] {
        assert_eq!(told(kind, &refused(Refusal::NotParticipant)), member);
        assert_eq!(told(kind, &refused(Refusal::NotFound)), member, "unknown groups are told alike");
    }
    assert_eq!(told("addUserInGroup", &refused(Refusal::UserNotFound)), "There is no such user.");
    let role = "Your role in this conversation does not allow that.";
    assert_eq!(told("addUserInGroup", &refused(Refusal::NotAllowed)), role);
    assert_eq!(told("newGroup", &refused(Refusal::IdTaken)), "That conversation id is in use.");
    let oneself = Problem::invalid(vec![FieldError::new("userId", "must be somebody else")]);
    assert_eq!(told("privateMessage", &oneself), r#"[{"message":"must be somebody else","path":"receiverId"}]"#);
    let down = Problem::new(ErrorKind::Unavailable, code::UNAVAILABLE, "Try again in a moment.");
    assert_eq!(told("leaveGroup", &down), "Try again in a moment.");
}
