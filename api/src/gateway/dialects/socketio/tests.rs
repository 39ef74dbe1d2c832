//! Golden transcripts: the packets of the common vocabulary.

use domain::event::{Event, TypingEvent};
use domain::{ConversationId, UserId};
use uuid::Uuid;

use super::*;
use crate::gateway::command::ClientCommand;

const ROOM: &str = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f";
const MAIN: Vocabulary = Vocabulary { namespace: "/" };
const CHAT: Vocabulary = Vocabulary { namespace: "/chat" };

fn shown(frame: &Frame) -> String {
    String::from_utf8(frame.payload().to_vec()).unwrap()
}

fn join(mark: Option<u64>) -> Request {
    CHAT.decode(&format!(r#"["conversation:join",{{"conversationId":"{ROOM}"}}]"#), mark)
}

fn refused(dialect: Vocabulary, text: &str, mark: Option<u64>) -> String {
    let request = dialect.decode(text, mark);
    shown(&dialect.encode_error(&request, request.command.as_ref().unwrap_err()))
}

#[test]
fn a_success_is_acknowledged_when_asked_for() {
    let request = join(Some(12));
    assert_eq!(request.command.as_ref().unwrap(), &ClientCommand::Join(ConversationId(ROOM.parse().unwrap())));
    let replies = CHAT.encode_reply(&request, &Reply::Joined(7));
    assert_eq!(replies.iter().map(shown).collect::<Vec<_>>(), [r#"43/chat,12[{"success":true,"data":{"seq":7}}]"#]);
    assert_eq!(CHAT.encode_reply(&join(None), &Reply::Joined(7)), []);
    let main = MAIN.encode_reply(&join(Some(0)), &Reply::Done);
    assert_eq!(shown(&main[0]), r#"430[{"success":true,"data":{}}]"#);
}

#[test]
fn a_failure_is_acknowledged_or_told_as_an_event() {
    assert_eq!(
        refused(CHAT, r#"["nonsense",{}]"#, Some(3)),
        r#"43/chat,3[{"code":"UNKNOWN_EVENT","message":"There is no such event.","success":false}]"#
    );
    assert_eq!(
        refused(MAIN, r#"["nonsense"]"#, None),
        r#"42["error",{"code":"VALIDATION_FAILED","errors":[{"field":"data","message":"must be an object"}],"event":"nonsense","message":"The input is not valid."}]"#
    );
}

#[test]
fn arguments_are_a_name_and_one_payload() {
    for text in ["", "[", "{}", "[]", "[5]", r#"["a",{},{}]"#, r#"[["a"]]"#] {
        assert!(refused(MAIN, text, Some(1)).contains("MALFORMED_JSON"), "{text}");
    }
}

#[test]
fn events_name_the_place_to_go_on_from() {
    let event = TypingEvent {
        conversation_id: ConversationId(ROOM.parse().unwrap()),
        user_id: UserId(Uuid::nil()),
        is_typing: true,
    };
    let event = Event::Typing(event);
    let told = |position| CHAT.encode_event(&News::new(&event, position), Standing::Joined).map(|frame| shown(&frame));
    let data =
        format!(r#"{{"conversationId":"{ROOM}","userId":"00000000-0000-0000-0000-000000000000","isTyping":true}}"#);
    assert_eq!(told(None).unwrap(), format!(r#"42/chat,["typing:update",{data}]"#));
    assert_eq!(told(Some("e-7")).unwrap(), format!(r#"42/chat,["typing:update",{data},"e-7"]"#));
    assert!(CHAT.encode_event(&News::new(&event, None), Standing::Elsewhere).is_none());
}
