//! Text that means something elsewhere: here it is text, or refused.

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{PASSWORD, new_id};
use tests::control::Control;
use tests::on_each_database;
use tests::raw::Raw;

use crate::with;

/// What databases, browsers, terminals and loggers would make something of.
fn awkward() -> Vec<String> {
    let mut texts: Vec<String> = [
        "it's",
        "\"quoted\"",
        "'); DROP TABLE messages; --",
        "\\'; DELETE FROM users; --",
        "$1",
        "%s %n %d",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "\\",
        "\\\\",
        "\\u0000",
        "?1 :a @b",
        "/* x */",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[link](javascript:alert(1))",
        "\u{202e}evil\u{202c}",
        "\u{200b}\u{feff}x",
        "a\u{0}".trim_end_matches('\0'),
        "🦀👩‍👩‍👧‍👦",
        "ﷺ",
        "Ω≈ç√∫",
        "null",
        "undefined",
        "NaN",
        "true",
        "0",
        "-1",
        "1e309",
        "__proto__",
        "constructor",
        "=cmd|' /C calc'!A0",
        "\u{1b}[31mred",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(format!("z{}", "\u{301}".repeat(3900)));
    texts
}

on_each_database! {
    /// S66, S68: whatever is said is kept, searched and told again to the last character, as JSON.
    async fn text_is_kept_verbatim(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let mut at_bob = bob.connect().await;
        at_bob.done("conversation:join", json!({"conversationId": room})).await;
        let path = format!("/conversations/{room}/messages");
        for text in awkward() {
            let answer = ada.http.post(&path, json!({"content": text})).await;
            assert_eq!(answer.headers["content-type"], "application/json");
            let said = answer.ok(201);
            assert_eq!(said["content"], text);
            assert_eq!(at_bob.event("message:received").await, said);
            assert_eq!(bob.http.get(&format!("{path}?limit=1")).await.ok(200)[0], said);
            let one = format!("{path}/{}", said["id"].as_str().unwrap());
            assert_eq!(ada.http.patch(&one, json!({"content": format!("{text}!")})).await.ok(200)["content"], format!("{text}!"));
            at_bob.event("message:updated").await;
            let name: String = text.chars().take(200).collect();
            let renamed = ada.http.patch("/users/me", json!({"name": name})).await;
            if name.chars().any(char::is_control) {
                assert_eq!(renamed.fields(), ["name"]);
                continue;
            }
            assert_eq!(renamed.ok(200)["name"], name.trim());
            assert_eq!(ada.http.patch(&format!("/conversations/{room}"), json!({"name": name})).await.ok(200)["name"], name.trim());
            assert_eq!(at_bob.event("conversation:updated").await["name"], name.trim());
        }
        control.works().await;
    }

    /// S68: lengths count characters, at the limit and one beyond.
    async fn lengths_count_characters(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let path = format!("/conversations/{room}/messages");
        for character in ["x", "ß", "🦀", "\u{301}"] {
            ada.http.post(&path, json!({"content": character.repeat(4000)})).await.ok(201);
            assert_eq!(ada.http.post(&path, json!({"content": character.repeat(4001)})).await.fields(), ["content"]);
            ada.http.patch("/users/me", json!({"name": character.repeat(255)})).await.ok(200);
            assert_eq!(ada.http.patch("/users/me", json!({"name": character.repeat(256)})).await.fields(), ["name"]);
        }
        control.works().await;
    }

    /// S66: what is no cursor, id or number is refused, wherever one belongs.
    async fn cursors_and_ids_are_read_not_run(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        ada.say(&room, "here").await;
        for odd in ["' OR '1'='1", "1; DROP TABLE messages", "'; DELETE FROM users; --", "\"", "\\", "$1", "1e3", "-1", "0x10", "9223372036854775808", "\0", "../../etc/passwd", "dScgT1IgMT0x", "Yw", "cA", "bw", "dQ", "AAAA", "=", "null", "{}"] {
            let get = async |path: &str, key: &str| ada.http.get(&with(path, key, odd)).await;
            let (messages, participants) = (format!("/conversations/{room}/messages"), format!("/conversations/{room}/participants"));
            for (path, key) in [(messages.as_str(), "before"), (&messages, "after"), (&format!("/conversations/{room}/changes"), "after"), ("/users", "cursor"), ("/users/online", "cursor"), ("/conversations", "cursor"), (&participants, "cursor")] {
                assert_eq!(get(path, key).await.fields(), [key], "{path} {odd:?}");
            }
            for path in ["/users/", "/conversations/", "/auth/sessions/"] {
                let path = format!("{path}{}", odd.replace(['/', '.', '\\', '\0'], "%27"));
                let method = if path.starts_with("/auth") { Method::DELETE } else { Method::GET };
                let answer = ada.http.call(method, &path, None).await;
                assert!(matches!(answer.status, 400 | 404), "{path} {answer:?}");
            }
            for (path, body, key) in [
                (messages.as_str(), json!({"content": "x", "id": odd}), "id"), (&messages, json!({"content": "x", "replyTo": odd}), "replyTo"),
                (&participants, json!({"userId": odd}), "userId"), (&format!("/conversations/{room}/read"), json!({"messageId": odd}), "messageId"),
            ] {
                assert_eq!(ada.http.post(path, body).await.fields(), [key], "{path} {odd:?}");
            }
        }
        assert_eq!(ada.http.get(&format!("/conversations/{room}/messages")).await.ok(200).as_array().unwrap().len(), 1);
        control.works().await;
    }

    /// S67: where a text belongs, an operator, a list or a number is refused, and signs nobody in.
    async fn operators_are_no_strings(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        for odd in [json!({"$ne": null}), json!({"$gt": ""}), json!({"$regex": ".*"}), json!(["ada"]), json!([]), json!({}), json!(5), json!(0), json!(true), json!({"ada": {"ada": "ada"}}), json!({"toString": "ada"})] {
            for (path, good) in [
                ("/auth/login", json!({"username": "ada", "password": PASSWORD})),
                ("/auth/register", json!({"username": "new", "email": "new@example.org", "name": "New", "password": PASSWORD})),
                ("/auth/refresh", json!({"refreshToken": ada.refresh})),
                (&format!("/conversations/{room}/messages"), json!({"content": "x", "id": new_id(), "replyTo": new_id()})),
                (&format!("/conversations/{room}/participants"), json!({"userId": ada.id})),
            ] {
                for key in good.as_object().unwrap().keys() {
                    let mut body = good.clone();
                    body[key] = odd.clone();
                    assert_eq!(ada.http.post(path, body).await.fields(), [key.as_str()], "{path} {odd}");
                }
            }
            let body = json!({"currentPassword": odd, "newPassword": "another good one"});
            assert_eq!(ada.http.put("/users/me/password", body).await.fields(), ["currentPassword"]);
            let body = json!({"password": odd});
            assert_eq!(ada.http.call(Method::DELETE, "/users/me", Some(body)).await.fields(), ["password"]);
        }
        ada.http.get("/users/me").await.ok(200);
        control.works().await;
    }

    /// S69: a line break is no part of a name, nor does one come back in a header.
    async fn line_breaks_inject_nothing(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        for name in ["a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "a\u{7f}b", "a\u{1b}[2Jb"] {
            assert_eq!(ada.http.patch("/users/me", json!({"name": name})).await.fields(), ["name"], "{name:?}");
            assert_eq!(ada.http.patch(&format!("/conversations/{room}"), json!({"name": name})).await.fields(), ["name"]);
            assert_eq!(ada.http.post("/conversations", json!({"name": name})).await.fields(), ["name"]);
            let avatar = format!("https://example.org/{name}");
            assert_eq!(ada.http.patch("/users/me", json!({"avatar": avatar})).await.fields(), ["avatar"]);
            let register = json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD});
            assert_eq!(app.http.post("/auth/register", register).await.fields(), ["email", "username"]);
        }
        for path in ["/api/v1/nowhere%0d%0aSet-Cookie:%20x=1", "/api/v1/users/%0d%0aSet-Cookie:%20x=1", "/api%0d%0aX: y"] {
            let answer = Raw::ask(&app.base, format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: a%0d%0ab\r\n\r\n")).await;
            let Some(answer) = answer else { continue };
            assert!((400..500).contains(&answer.status), "{answer:?}");
            assert!(answer.header("set-cookie").is_none() && answer.header("x").is_none(), "{answer:?}");
            assert!(!answer.head.contains("%0d"), "{answer:?}");
        }
        control.works().await;
    }

    /// S70: no refusal says again what was sent, at any length.
    async fn refusals_do_not_echo(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let marker = "echoecho".repeat(40);
        let told = |answer: tests::client::Answer| {
            assert!(answer.status >= 400, "{answer:?}");
            let text = answer.body.to_string();
            assert!(!text.contains(&marker[..256]), "{text}");
            tests::client::discreet(&text);
        };
        for (path, body) in [
            ("/auth/login", json!({"username": marker, "password": marker})), ("/auth/register", json!({"username": marker, "email": marker, "password": "x"})),
            ("/conversations", json!({&marker: 1})), ("/conversations", json!({"participantIds": [marker]})), ("/auth/refresh", json!({"refreshToken": marker})),
        ] {
            told(ada.http.post(path, body).await);
        }
        told(ada.http.get(&format!("/users/{marker}")).await);
        told(ada.http.get(&format!("/{marker}")).await);
        told(ada.http.get(&format!("/users?cursor={marker}")).await);
        let mut socket = ada.connect().await;
        for text in [json!({"event": marker}).to_string(), json!({"event": "message:send", "data": {&marker: marker}}).to_string(), json!({"event": "x", "id": marker}).to_string(), marker.clone()] {
            socket.send_text(&text).await;
            let answer = socket.next().await.to_string();
            assert!(!answer.contains(&marker[..256]), "{answer}");
        }
        let mut frames = tests::frames::Frames::connect(&ada).await;
        for frame in [json!({"type": marker}), json!({"type": "newGroup", "params": {"groupId": marker, "groupName": "x"}}), json!({"type": "listLastMessage", "params": {"cursorCreatedAt": marker}}), Value::from(marker.clone())] {
            frames.send_text(&frame.to_string()).await;
            let answer = frames.read().await.to_string();
            assert!(!answer.contains(&marker[..256]), "{answer}");
        }
        control.works().await;
    }
}
