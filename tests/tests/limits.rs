//! How often, and how many at once, against the running app: what is allowed passes, one more is refused, and has no
//! effect. The figures by default are tried in the app's own tests.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use api::config::{Env, LimitSettings};
use reqwest::Method;
use serde_json::{Value, json};
use tests::app::{App, Kind, run};
use tests::client::{Answer, Http, PASSWORD, Person, Socket};
use tests::frames::Frames;
use tests::polling::Polling;

/// Runs a test against an app with these limits and no others.
fn limited(set: &[(&str, &str)], test: impl AsyncFnOnce(&App)) {
    run(Kind::Sqlite, async |app, _| {
        let set = [("RATE_LIMITS", "off"), ("RATE_LIMIT_EXEMPT", "none")].into_iter().chain(set.iter().copied());
        let limits = LimitSettings::from_env(&Env::of(set)).unwrap();
        let app = app.another(|settings| settings.limits = limits).await;
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

async fn sign_in(http: &Http, username: &str, password: &str) -> Answer {
    http.post("/auth/login", json!({"username": username, "password": password})).await
}

#[test]
fn wrong_passwords_close_an_account_to_one_address_alone() {
    let set = [("SIGN_IN_FAILURES_PER_ADDRESS", "5:1/m"), ("TRUSTED_PROXIES", "loopback")];
    limited(&set, async |app| {
        app.http.person("ada").await;
        app.http.person("bob").await;
        let (here, there) = (app.http.coming_from("192.0.2.1"), app.http.coming_from("198.51.100.7"));
        for _ in 0..5 {
            sign_in(&here, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
            sign_in(&here, "nobody", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        assert!(wait(sign_in(&here, "ada", PASSWORD).await) <= 60, "also with the right one");
        wait(sign_in(&here, "nobody", PASSWORD).await);
        wait(sign_in(&here.coming_from("203.0.113.9, 192.0.2.1"), "ADA", PASSWORD).await);
        sign_in(&here, "bob", PASSWORD).await.ok(200);
        sign_in(&there, "ada", PASSWORD).await.ok(200);
        for _ in 0..10 {
            sign_in(&there, "ada", PASSWORD).await.ok(200);
        }
    });
}

#[test]
fn who_names_another_address_is_not_believed() {
    limited(&[("SIGN_IN_FAILURES_PER_ADDRESS", "2:1/h")], async |app| {
        for n in 0..2 {
            let elsewhere = app.http.coming_from(&format!("192.0.2.{n}"));
            sign_in(&elsewhere, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        wait(sign_in(&app.http.coming_from("192.0.2.3"), "ada", "not this one").await);
    });
}

#[test]
fn wrong_passwords_from_everywhere_close_an_account() {
    let set = [("SIGN_IN_FAILURES", "3:1/h"), ("TRUSTED_PROXIES", "loopback")];
    limited(&set, async |app| {
        let ada = app.http.person("ada").await;
        for n in 0..3 {
            let at = app.http.coming_from(&format!("192.0.2.{n}"));
            sign_in(&at, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        assert!(wait(sign_in(&app.http.coming_from("192.0.2.9"), "ada", PASSWORD).await) > 3500);
        ada.http.get("/users/me").await.ok(200);
    });
}

#[test]
fn a_password_that_confirms_something_cannot_be_guessed_either() {
    limited(&[("SIGN_IN_FAILURES", "4:1/h")], async |app| {
        let ada = app.http.person("ada").await;
        let change = |old: &str| {
            ada.http.put("/users/me/password", json!({"currentPassword": old, "newPassword": "quite another"}))
        };
        let delete = |given: &str| ada.http.call(Method::DELETE, "/users/me", Some(json!({"password": given})));
        for _ in 0..2 {
            change("not this one").await.refused(403, "WRONG_PASSWORD");
            delete("not this one").await.refused(403, "WRONG_PASSWORD");
        }
        wait(change(PASSWORD).await);
        wait(delete(PASSWORD).await);
        sign_in(&app.http, "ada", PASSWORD).await.ok(200);
    });
}

#[test]
fn an_address_signs_in_signs_up_and_refreshes_so_often() {
    let set = [
        ("SIGN_IN_RATE_PER_ADDRESS", "3:1/h"),
        ("REGISTRATION_RATE_PER_ADDRESS", "2:1/h"),
        ("REFRESH_RATE_PER_ADDRESS", "2:1/h"),
        ("TRUSTED_PROXIES", "loopback"),
    ];
    limited(&set, async |app| {
        let (here, there) = (app.http.coming_from("192.0.2.1"), app.http.coming_from("192.0.2.2"));
        let (ada, _) = (here.person("ada").await, here.person("bob").await);
        let register = json!({"username": "eve", "password": PASSWORD});
        wait(here.post("/auth/register", register.clone()).await);
        there.post("/auth/register", register).await.ok(201);

        sign_in(&here, "ada", PASSWORD).await.ok(200);
        wait(sign_in(&here, "eve", PASSWORD).await);
        sign_in(&there, "eve", PASSWORD).await.ok(200);

        let mut token = ada.refresh.clone();
        for _ in 0..2 {
            let next = here.post("/auth/refresh", json!({"refreshToken": token})).await.ok(200);
            token = next["refreshToken"].as_str().unwrap().to_owned();
        }
        wait(here.post("/auth/refresh", json!({"refreshToken": token})).await);
        there.post("/auth/refresh", json!({"refreshToken": token})).await.ok(200);
    });
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
fn a_frame_and_a_payload_are_so_long() {
    run(Kind::Sqlite, async |app, _| {
        let app = app.another(|settings| {
            (settings.sockets.max_frame_bytes, settings.sockets.max_payload_bytes) = (2048, 4096);
        });
        let app = app.await;
        let ada = app.http.person("ada").await;
        let padded = |text: &str, length: usize| format!("{text}{}", " ".repeat(length - text.len()));

        let mut plain = ada.dial().await;
        let asked = r#"{"event":"conversation:join","id":"long","data":{}}"#;
        plain.send_text(&padded(asked, 2048)).await;
        assert_eq!(plain.next().await["data"]["code"], "VALIDATION_FAILED");
        plain.send_text(&padded(asked, 2049)).await;
        assert_eq!(plain.closed().await.0, 1009);

        let chat = polling(&ada, "/chat").await.unwrap();
        let event = r#"42/chat,["typing:stop",{}]"#;
        assert_eq!(chat.post_status(padded(event, 4096)).await, 200);
        assert_eq!(chat.post_status(padded(event, 4097)).await, 413);
        app.stop().await;
    });
}

const TOO_MANY: (u16, &str) = (1008, "Too many connections");

async fn is_refused(mut socket: Socket) {
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.as_str()), TOO_MANY);
}

/// Connects as soon as there is room again: the place of who has left is free once the server knows.
async fn connect_again(who: &Person) -> Socket {
    loop {
        let mut socket = who.dial().await;
        socket.send_text(r#"{"event":"conversation:join","id":"here","data":{}}"#).await;
        if socket.is_answered().await {
            return socket;
        }
    }
}

#[test]
fn a_person_has_so_many_connections_at_all_doors_together() {
    limited(&[("CONNECTIONS_PER_USER", "3")], async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let mut plain = ada.dial().await;
        let _frames = Frames::connect(&ada).await;
        let mut chat = polling(&ada, "/chat").await.unwrap();
        chat.ask("conversation:join", json!({})).await;
        plain.refused("conversation:join", json!({})).await;

        is_refused(ada.dial().await).await;
        let list = [("sec-websocket-protocol", format!("auth, {}", ada.token()))];
        assert_eq!(Frames::open(&app.base, "/", &list).await.closed().await, (TOO_MANY.0, TOO_MANY.1.into()));
        let refused = polling(&ada, "/").await.err().unwrap();
        assert_eq!((&refused["message"], &refused["data"]["code"]), (&json!(TOO_MANY.1), &json!("RATE_LIMITED")));
        assert_eq!(bob.dial().await.refused("conversation:join", json!({})).await, "VALIDATION_FAILED");

        plain.leave().await;
        let _again = connect_again(&ada).await;
        is_refused(ada.dial().await).await;
    });
}

#[test]
fn an_address_has_so_many_connections() {
    let set = [("CONNECTIONS_PER_ADDRESS", "2")];
    limited(&set, async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let eve = app.http.person("eve").await;
        let plain = ada.dial().await;
        let _chat = polling(&bob, "/chat").await.unwrap();
        is_refused(eve.dial().await).await;
        let refused = polling(&eve, "/").await.err().unwrap();
        assert_eq!((&refused["message"], &refused["data"]["code"]), (&json!(TOO_MANY.1), &json!("RATE_LIMITED")));
        plain.leave().await;
        connect_again(&eve).await;
    });
}

#[test]
fn an_address_connects_so_often() {
    limited(&[("CONNECTION_RATE_PER_ADDRESS", "3:1/h"), ("TRUSTED_PROXIES", "loopback")], async |app| {
        let opening = |address: &str| {
            let request = app.http.raw(Method::GET, "/socket.io/?EIO=4&transport=polling");
            app.http.send(request.header("x-forwarded-for", address.to_owned()))
        };
        for _ in 0..3 {
            assert_eq!(opening("192.0.2.1").await.status, 200);
        }
        let refused = opening("192.0.2.1").await;
        assert_eq!((refused.status, &refused.body["message"]), (429, &json!("Too many requests")));
        assert!(refused.headers.contains_key("retry-after"));
        assert_eq!(opening("192.0.2.2").await.status, 200);

        let ada = app.http.person("ada").await;
        for _ in 0..3 {
            ada.dial().await.refused("conversation:join", json!({})).await;
        }
        is_refused(ada.dial().await).await;
        is_refused(Socket::open(&app.base, Some("nonsense")).await).await;
        assert_eq!(opening("192.0.2.2").await.status, 200);
    });
}

#[test]
fn a_group_has_so_many_members() {
    limited(&[("MEMBERS_PER_GROUP", "3")], async |app| {
        let [ada, bob, cid, eve] = [
            app.http.person("ada").await,
            app.http.person("bob").await,
            app.http.person("cid").await,
            app.http.person("eve").await,
        ];
        let ids = [&bob, &cid, &eve].map(|person| person.id.clone());
        let found = |others: &[String]| json!({"name": "Team", "participantIds": others});
        ada.http.post("/conversations", found(&ids)).await.refused(409, "GROUP_FULL");
        assert!(ada.http.get("/conversations").await.ok(200).as_array().unwrap().is_empty());
        let full = ada.http.post("/conversations", found(&ids[..2])).await.ok(201)["id"].as_str().unwrap().to_owned();
        let team = ada.http.post("/conversations", found(&ids[..1])).await.ok(201)["id"].as_str().unwrap().to_owned();
        let people = |id: &str| format!("/conversations/{id}/participants");
        ada.http.post(&people(&full), json!({"userId": ids[2]})).await.refused(409, "GROUP_FULL");
        ada.http.post(&people(&team), json!({"userIds": ids[1..]})).await.refused(409, "GROUP_FULL");
        assert_eq!(ada.http.get(&people(&team)).await.ok(200).as_array().unwrap().len(), 2, "all of them or nobody");
        ada.http.post(&people(&team), json!({"userId": ids[2]})).await.ok(201);
        let mut frames = Frames::connect(&ada).await;
        let refused = frames.refused("addUserInGroup", json!({"groupId": team, "userId": ids[1]})).await;
        assert_eq!(refused, "The group would have more members than it may.");
        ada.http.post("/conversations", json!({"participantIds": [ids[0]]})).await.ok(201);
    });
}

#[test]
fn a_connection_joins_so_many_conversations() {
    limited(&[("JOINED_PER_CONNECTION", "2")], async |app| {
        let ada = app.http.person("ada").await;
        let mut groups = Vec::new();
        for name in ["one", "two", "three"] {
            groups.push(ada.group(name, &[]).await);
        }
        let at = |group: usize| json!({"conversationId": groups[group]});
        let mut socket = ada.connect().await;
        socket.done("conversation:join", at(0)).await;
        socket.done("conversation:join", at(1)).await;
        socket.done("conversation:join", at(1)).await;
        assert_eq!(socket.refused("conversation:join", at(2)).await, "TOO_MANY_JOINED");
        assert_eq!(socket.refused("typing:start", at(2)).await, "NOT_JOINED");
        ada.connect().await.done("conversation:join", at(2)).await;
        socket.done("conversation:leave", at(0)).await;
        socket.done("conversation:join", at(2)).await;

        let mut chats = polling(&ada, "/chats").await.unwrap();
        for group in [0, 1] {
            chats.emit("join", json!({"roomId": groups[group]})).await;
        }
        chats.emit("join", json!({"roomId": groups[2]})).await;
        assert_eq!(chats.event("error").await.data["code"], "TOO_MANY_JOINED");
        // Who speaks is heard all the same.
        let said = json!({"type": "private", "roomId": groups[2], "content": {"type": "text", "message": "hello"}});
        chats.emit("message", said).await;
        chats.event("notification").await;
        assert_eq!(
            ada.http.get(&format!("/conversations/{}/messages", groups[2])).await.ok(200)[0]["content"],
            "hello"
        );
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
