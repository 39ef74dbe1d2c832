//! The judge of what goes over sockets finds what is wrong, also for clients in other languages.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::app::{Kind, run};
use tests::live::{Direction, Live};

const ROOM: &str = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f";

#[test]
fn what_is_not_as_documented_is_found() {
    run(Kind::Sqlite, async |app, _| {
        let live = Live::of(&app.base).await;
        let typing = json!({"conversationId": ROOM, "userId": ROOM, "isTyping": true});
        let (mut odd, mut short) = (typing.clone(), typing.clone());
        odd["userId"] = json!("somebody");
        short.as_object_mut().unwrap().remove("isTyping");
        let frame = |data: &Value| json!({"event": "typing:update", "data": data});
        let item = json!({"message": "User Ada has leave the group.", "senderName": "Ada"});
        let params = json!({"item": item, "data": null, "isBroadcast": false});
        let push = json!({"type": "leaveGroup", "success": true, "params": params});
        let (mut loud, mut nameless, mut more) = (push.clone(), push.clone(), push.clone());
        loud["params"]["isBroadcast"] = json!(true);
        nameless["params"]["item"].as_object_mut().unwrap().remove("senderName");
        more["params"]["seq"] = json!(3);
        let refused = json!({"error": true, "type": "leaveGroup", "message": "User is not a member of this group"});
        for (wanted, channel, direction, event, data) in [
            (true, "/chat", Direction::Told, "typing:update", &typing),
            (true, "main", Direction::Told, "typing:update", &typing),
            (false, "/", Direction::Told, "typing:update", &typing),
            (true, "/ws", Direction::Told, "typing:update", &frame(&typing)),
            (false, "/ws", Direction::Told, "typing:update", &typing),
            (false, "/ws", Direction::Told, "typing:update", &frame(&odd)),
            (false, "/chat", Direction::Told, "typing:update", &odd),
            (false, "/chat", Direction::Told, "typing:update", &short),
            (false, "/chat", Direction::Said, "typing:update", &typing),
            (false, "/chats", Direction::Told, "typing:update", &typing),
            (true, "frames", Direction::Told, "leaveGroup", &push),
            (false, "/", Direction::Told, "leaveGroup", &push),
            (false, "frames", Direction::Answered, "leaveGroup", &push),
            (false, "frames", Direction::Told, "addUserInGroup", &push),
            (false, "frames", Direction::Told, "leaveGroup", &loud),
            (false, "frames", Direction::Told, "leaveGroup", &nameless),
            (false, "frames", Direction::Told, "leaveGroup", &more),
            (true, "frames", Direction::Answered, "leaveGroup", &refused),
            (false, "frames", Direction::Told, "processor", &refused),
            (false, "/nowhere", Direction::Told, "typing:update", &typing),
            (true, "/chats", Direction::Said, "join", &json!({"roomId": ROOM})),
            (true, "/chat", Direction::Answered, "conversation:join", &json!({"success": true, "data": {"seq": 3}})),
            (
                true,
                "/chat",
                Direction::Answered,
                "conversation:join",
                &json!({"success": false, "code": "X", "message": ""}),
            ),
            (false, "/chat", Direction::Answered, "conversation:join", &json!({"success": true, "data": {}})),
            (
                false,
                "/chat",
                Direction::Answered,
                "conversation:join",
                &json!({"success": true, "code": "X", "message": ""}),
            ),
        ] {
            let faults = live.faults(channel, direction, event, data);
            assert_eq!(faults.is_empty(), wanted, "{channel} {direction:?} {event} {data}: {faults:?}");
        }
    });
}

#[test]
fn lines_of_other_clients_are_judged() {
    run(Kind::Sqlite, async |app, _| {
        let right = json!({"channel": "/chats", "event": "join", "direction": "said", "data": {"roomId": ROOM}});
        let wrong = json!({"channel": "/chats", "event": "reply", "data": {"roomId": ROOM}});
        for (lines, success) in
            [(right.to_string(), true), (format!("{right}\n{wrong}\n"), false), (String::new(), false)]
        {
            let base = app.base.clone();
            let judged = tokio::task::spawn_blocking(move || check(&base, &lines)).await.unwrap();
            assert_eq!(judged, success);
        }
    });
}

fn check(base: &str, lines: &str) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_check-events"));
    command.env("BASE_URL", base).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut checking = command.spawn().unwrap();
    checking.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    checking.wait().unwrap().success()
}
