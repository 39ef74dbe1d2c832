//! How often, and how many at once, against the running app: what is allowed passes, one more is refused, and has no
//! effect. The figures by default are tried in the app's own tests.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "limits/connections.rs"]
mod connections;
#[path = "limits/conversations.rs"]
mod conversations;
#[path = "limits/passwords.rs"]
mod passwords;
#[path = "limits/sizes.rs"]
mod sizes;
#[path = "limits/times.rs"]
mod times;

use serde_json::{Value, json};
use tests::app::{App, Kind, run};
use tests::client::{Answer, Person};
use tests::frames::Frames;
use tests::polling::Polling;

/// Runs a test against an app with these variables set, and no limits beside them.
fn limited(set: &[(&str, &str)], test: impl AsyncFnOnce(&App)) {
    run(Kind::Sqlite, async |app, _| {
        let app = app.another_with(&[&[("RATE_LIMIT_EXEMPT", "none")], set].concat()).await;
        test(&app).await;
        app.stop().await;
    });
}

/// Checks that the answer is 429, and gives the seconds to wait.
#[track_caller]
fn wait(answer: Answer) -> u32 {
    let wait: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let body = answer.refused(429, "RATE_LIMITED");
    assert!(body["message"].as_str().unwrap().contains(&wait.to_string()), "{body}");
    assert!(wait > 0);
    wait
}

#[test]
fn a_person_makes_so_many_calls() {
    limited(&[("CALL_RATE", "3:1/h")], async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        for _ in 0..3 {
            ada.http.get("/users/me").await.ok(200);
        }
        assert!(wait(ada.http.get("/users/me").await) > 3500);
        wait(ada.http.post("/conversations", json!({"nonsense": true})).await);
        wait(app.http.sign_in("ada", &ada.id).await.http.get("/users/me").await);
        bob.http.get("/users/me").await.ok(200);
        assert_eq!(ada.dial().await.refused("conversation:join", json!({})).await, "VALIDATION_FAILED");
    });
}

async fn polling(who: &Person, namespace: &'static str) -> Result<Polling, Value> {
    Polling::open(&who.http.base, namespace, &json!({"token": who.token()})).await
}

#[test]
fn a_person_sends_so_many_messages_whatever_the_door() {
    limited(&[("MESSAGE_RATE", "5:1/h")], async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let (path, message) = (format!("/conversations/{room}/messages"), json!({"content": "hello"}));
        let at = json!({"conversationId": room, "content": "hello"});
        let frame = || json!({"groupId": room, "messageId": tests::client::new_id(), "content": "hello"});
        let (mut plain, mut frames) = (ada.dial().await, Frames::connect(&ada).await);
        let (mut chat, mut chats) = (polling(&ada, "/chat").await.unwrap(), polling(&ada, "/chats").await.unwrap());
        let send = json!({"type": "private", "roomId": room, "content": {"type": "text", "message": "hello"}});

        ada.say(&room, "hello").await;
        plain.done("message:send", at.clone()).await;
        chat.done("message:send", at.clone()).await;
        frames.done("messageInGroup", frame()).await;
        ada.say(&room, "hello").await;

        wait(ada.http.post(&path, message).await);
        assert_eq!(plain.refused("message:send", at.clone()).await, "RATE_LIMITED");
        assert_eq!(chat.ask("message:send", at).await["code"], "RATE_LIMITED");
        let told = frames.refused("messageInGroup", frame()).await;
        assert!(told.starts_with("That was too often. Try again in "), "{told}");
        let told = frames
            .refused(
                "privateMessage",
                json!({"receiverId": bob.id, "messageId": tests::client::new_id(), "content": "hello"}),
            )
            .await;
        assert!(told.starts_with("That was too often. Try again in "), "{told}");
        assert_eq!(chats.ask("message", send).await["code"], "RATE_LIMITED");

        let history = bob.http.get(&path).await.ok(200);
        assert_eq!(history.as_array().unwrap().len(), 5, "what is refused has no effect");
        bob.say(&room, "I may").await;
    });
}

#[test]
fn a_person_sends_so_many_messages_to_one_conversation() {
    limited(&[("MESSAGE_RATE_PER_CONVERSATION", "2:1/h")], async |app| {
        let ada = app.http.person("ada").await;
        let (room, other) = (ada.group("Room", &[]).await, ada.group("Other", &[]).await);
        ada.say(&room, "1").await;
        ada.say(&room, "2").await;
        wait(ada.http.post(&format!("/conversations/{room}/messages"), json!({"content": "3"})).await);
        ada.say(&other, "1").await;
    });
}

#[test]
fn a_flood_of_commands_is_answered_by_errors_and_then_closed() {
    limited(&[("COMMAND_RATE", "2:1/h")], async |app| {
        let ada = app.http.person("ada").await;
        let (mut plain, mut calm) = (ada.dial().await, ada.connect().await);
        for n in 0..20 {
            let code = plain.refused("conversation:join", json!({})).await;
            assert_eq!(code, if n < 2 { "VALIDATION_FAILED" } else { "RATE_LIMITED" });
        }
        plain.cast("conversation:join", json!({})).await;
        assert_eq!(plain.closed().await, (1008, "Rate limited".into()));
        assert_eq!(calm.refused("conversation:join", json!({})).await, "VALIDATION_FAILED", "each has its own");

        let list = [("sec-websocket-protocol", format!("auth, {}", ada.token()))];
        let mut frames = Frames::open(&app.base, "/", &list).await;
        for n in 0..20 {
            let told = frames.refused("newGroup", json!({})).await;
            assert_eq!(told.starts_with("That was too often."), n >= 2, "{told}");
        }
        frames.send_text("nonsense").await;
        assert_eq!(frames.closed().await, (1008, "Rate limited".into()));

        let mut chat = polling(&ada, "/chat").await.unwrap();
        for n in 0..20 {
            let code = chat.ask("conversation:join", json!({})).await["code"].clone();
            assert_eq!(code, if n < 2 { "VALIDATION_FAILED" } else { "RATE_LIMITED" });
        }
        chat.emit("conversation:join", json!({})).await;
        chat.sent_away().await;
        chat.ended().await;
    });
}

#[test]
fn typing_and_statuses_are_limited_by_themselves() {
    limited(&[("TYPING_RATE", "2:1/h"), ("STATUS_RATE", "1:1/h")], async |app| {
        let ada = app.http.person("ada").await;
        let room = json!({"conversationId": ada.group("Room", &[]).await});
        let mut socket = ada.dial().await;
        socket.done("conversation:join", room.clone()).await;
        for _ in 0..2 {
            socket.done("typing:start", room.clone()).await;
            socket.done("typing:stop", room.clone()).await;
        }
        assert_eq!(socket.refused("typing:start", room.clone()).await, "RATE_LIMITED");
        socket.done("typing:stop", room).await;
        socket.done("presence:update", json!({"status": "busy"})).await;
        assert_eq!(socket.refused("presence:update", json!({"status": "away"})).await, "RATE_LIMITED");
    });
}

#[test]
fn the_machine_itself_is_exempt_from_limits_per_address() {
    let set = [("REGISTRATION_RATE_PER_ADDRESS", "1:1/h"), ("CONNECTIONS_PER_ADDRESS", "1"), ("CALL_RATE", "1:1/h")];
    limited(&[&set[..], &[("RATE_LIMIT_EXEMPT", "loopback")]].concat(), async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (mut at_ada, mut at_bob) = (ada.dial().await, bob.connect().await);
        at_ada.refused("conversation:join", json!({})).await;
        at_bob.refused("conversation:join", json!({})).await;
        ada.http.get("/users/me").await.ok(200);
        wait(ada.http.get("/users/me").await);
    });
}
