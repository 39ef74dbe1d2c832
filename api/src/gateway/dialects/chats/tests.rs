//! Golden transcripts of `/chats`.

use domain::conversation::Venue;
use domain::event::ConversationEvent;
use domain::message::{Message, MessageView};
use domain::user::Profile;
use domain::{MessageId, Timestamp, UserId};
use serde_json::json;

use super::*;

const ROOM: &str = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f";
const MESSAGE: &str = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f";
const ADA: &str = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11";

fn view() -> MessageView {
    let sender_id = UserId(ADA.parse().unwrap());
    let message = Message {
        id: MessageId(MESSAGE.parse().unwrap()),
        conversation_id: ConversationId(ROOM.parse().unwrap()),
        seq: 7,
        changed_seq: 7,
        sender_id,
        content: Some("hi \"there\"".into()),
        reply_to: None,
        created_at: Timestamp::from_millis(1_763_000_000_123),
        edited_at: None,
        deleted_at: None,
    };
    MessageView { message, sender: Profile::deleted(sender_id) }
}

fn shown(frame: &Frame) -> Value {
    let text = String::from_utf8(frame.payload().to_vec()).unwrap();
    let args = text.strip_prefix("42/chats,").unwrap_or_else(|| panic!("not an event of the namespace: {text}"));
    serde_json::from_str(args).unwrap()
}

fn decode(args: &Value) -> Request {
    Chats.decode(&args.to_string(), None)
}

fn message_of(content: &Value) -> Value {
    json!(["message", {"type": "private", "roomId": ROOM, "content": content}])
}

fn refused(args: &Value) -> Value {
    let request = decode(args);
    shown(&Chats.encode_error(&request, request.command.as_ref().unwrap_err()))
}

#[test]
fn what_clients_send_is_read() {
    let room = ConversationId(ROOM.parse().unwrap());
    assert_eq!(decode(&json!(["join", {"roomId": ROOM}])).command.unwrap(), ClientCommand::Join(room));
    assert_eq!(decode(&json!(["leave", {"roomId": ROOM, "more": 1}])).command.unwrap(), ClientCommand::Leave(room));
    let request = decode(&message_of(&json!({"type": "text", "message": "it's \"quoted\""})));
    let command = request.command.unwrap();
    let ClientCommand::Send(new) = &command else { panic!("not a send") };
    assert_eq!((new.conversation_id, new.body.as_str()), (room, "it's \"quoted\""));
    assert_eq!(Chats.look(&command), Some((room, true)), "who speaks in a room is in it");
}

#[test]
fn the_sender_is_told_sent_after_the_acknowledgement() {
    let text = message_of(&json!({"type": "text", "message": "hi"})).to_string();
    let reply = Reply::Message(Box::new(view()));
    let sent = json!(["notification", {"name": "sent", "content": {"roomId": ROOM, "messageId": MESSAGE, "message": "message sent"}}]);
    let replies = Chats.encode_reply(&Chats.decode(&text, None), &reply);
    assert_eq!(replies.iter().map(shown).collect::<Vec<_>>(), std::slice::from_ref(&sent));
    let replies = Chats.encode_reply(&Chats.decode(&text, Some(4)), &reply);
    assert!(replies[0].payload().starts_with(b"43/chats,4[{"));
    assert_eq!(shown(&replies[1]), sent);
}

#[test]
fn others_read_a_reply_in_the_room_and_a_notice_outside() {
    let event = ConversationEvent {
        conversation_id: ConversationId(ROOM.parse().unwrap()),
        seq: 7,
        kind: ConversationEventKind::MessagePosted(Box::new(view()), Venue::Direct),
    };
    let event = Event::Conversation(event);
    let told = |standing| Chats.encode_event(&News::new(&event, None), standing);
    assert_eq!(
        shown(&told(Standing::Joined).unwrap()),
        json!(["reply", {
            "type": "private", "roomId": ROOM, "content": {"type": "text", "message": "hi \"there\""}, "authorId": ADA,
            "messageId": MESSAGE, "createdAt": "2025-11-13T02:13:20.123Z",
        }])
    );
    assert_eq!(
        shown(&told(Standing::Aside).unwrap()),
        json!(["notification", {
            "name": "inbox",
            "content": {"messageId": MESSAGE, "roomId": ROOM, "authorId": ADA, "message": "new message received"},
        }])
    );
    assert_eq!(told(Standing::Elsewhere), None);
    assert!(Chats.spares_origin(&event));
}

#[test]
fn a_bad_payload_is_a_validation_error_that_names_the_fields() {
    let long = "x".repeat(65_537);
    for (args, fields) in [
        (json!(["join"]), vec!["roomId"]),
        (json!(["join", {"roomId": 5}]), vec!["roomId"]),
        (json!(["message", {}]), vec!["type", "content.type", "roomId", "content.message"]),
        (message_of(&json!({"type": "text", "message": ""})), vec!["content.message"]),
        (message_of(&json!({"type": "text", "message": 5})), vec!["content.message"]),
        (message_of(&json!({"type": "text", "message": long})), vec!["content.message"]),
        (message_of(&json!({"type": "image", "message": "x"})), vec!["content.type"]),
    ] {
        let error = refused(&args);
        assert_eq!((&error[0], &error[1]["name"]), (&json!("error"), &json!("validation")), "{args}");
        let named: Vec<&str> =
            error[1]["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{args}");
    }
}

#[test]
fn a_room_that_is_not_there_and_one_that_is_not_theirs_are_the_same() {
    let request = decode(&json!(["join", {"roomId": ROOM}]));
    for kind in [ErrorKind::NotFound, ErrorKind::Forbidden] {
        let error = shown(&Chats.encode_error(&request, &Problem::new(kind, "X", "No.")));
        assert_eq!((&error[1]["name"], &error[1]["roomId"]), (&json!("chat_404"), &json!(ROOM)));
    }
    assert_eq!(refused(&json!(["shout", {}]))[1]["name"], "unknown_event");
    let acknowledged = Chats.decode(&json!(["join", {"roomId": ROOM}]).to_string(), Some(1));
    let refusal = Chats.encode_error(&acknowledged, &Problem::new(ErrorKind::Forbidden, "FORBIDDEN", "No."));
    assert_eq!(refusal.payload(), r#"43/chats,1[{"code":"FORBIDDEN","message":"No.","success":false}]"#);
}
