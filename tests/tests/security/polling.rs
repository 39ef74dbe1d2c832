//! Engine.IO and Socket.IO, by the byte, at the running app. The limits of the crate are tried in `socketio`.

use serde_json::{Value, json};
use tests::client::Person;
use tests::control::Control;
use tests::on_each_database;
use tests::raw::{Raw, RawAnswer, UPGRADE, masked};

const DOOR: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

async fn ask(base: &str, method: &str, path: &str, headers: &str, body: &str) -> RawAnswer {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    Raw::ask(base, head + body).await.unwrap()
}

/// A session's id.
async fn session(base: &str, headers: &str) -> String {
    let answer = ask(base, "GET", DOOR, headers, "").await;
    let open: Value = serde_json::from_str(answer.body.strip_prefix('0').unwrap()).unwrap();
    open["sid"].as_str().unwrap().to_owned()
}

/// A session of somebody who is in `/chat`; with its place.
async fn entered(who: &Person) -> String {
    let path = format!("{DOOR}&sid={}", session(&who.http.base, "").await);
    let connect = format!("40/chat,{}", json!({"token": who.token()}));
    assert_eq!(ask(&who.http.base, "POST", &path, "", &connect).await.body, "ok");
    let welcome = ask(&who.http.base, "GET", &path, "", "").await;
    assert!(welcome.body.starts_with("40/chat,{\"sid\""), "{welcome:?}");
    path
}

async fn is_over(base: &str, path: &str) {
    let answer = ask(base, "GET", path, "", "").await;
    // At first it may still say what it had to say, and that it ends.
    let answer = if answer.status == 200 { ask(base, "GET", path, "", "").await } else { answer };
    assert_eq!(answer.status, 400, "{answer:?}");
}

/// What is no packet, as the body of a POST.
fn malformed() -> Vec<String> {
    let mut packets: Vec<String> = [
        "999",
        "45",
        "451",
        "45a-",
        "451.23-",
        "40[]",
        "40/chat,5",
        "42{}",
        "42[null]",
        "42[true]",
        "42[]",
        "42[5]",
        "42[\"connect\"]",
        "42[\"disconnect\"]",
        "42[\"connect_error\"]",
        "42[\"newListener\"]",
        "42[{\"toString\":\"x\"}]",
        "41/admin,{}",
        "42/chat,[\"message:send\"",
        "42/chat,[\"message:send\",{\"a\":]",
        "42/chat,18446744073709551616[\"a\"]",
        "42/chat,99999999999999999999[\"a\"]",
        "43/chat,[]",
        "43/chat,x[]",
        "45999999999-[\"x\"]",
        "4511-/chat,[\"x\"]",
        "45-/chat,[\"x\"]",
        "451-/chat,[\"x\"]\u{1e}42/chat,[\"y\"]",
        "4",
        "47",
        "49[\"x\"]",
        "",
        "x",
        "5",
        "0{}",
        "\u{1e}",
        "42/chat,[\"x\\ud800\"]",
        "42/chat,[\"a\u{0}\"]",
        "42/chat,[\"a\"]x",
        "b",
        "b!!!",
        "bAAAA",
        "42/chat,[\"a\",1e]",
        "42/chat,[\"a\",NaN]",
        "42/chat,['a']",
    ]
    .map(str::to_owned)
    .to_vec();
    packets.push(format!("42/chat,[\"a\",{}{}]", "[".repeat(10_000), "]".repeat(10_000)));
    packets.push(format!("42/chat,[\"a\",{}", "{\"a\":".repeat(10_000)));
    packets.push(format!("42/{},[\"a\"]", "x".repeat(300)));
    packets.push(vec!["2"; 257].join("\u{1e}"));
    packets.push(vec!["4"; 50_000].join("\u{1e}"));
    packets
}

on_each_database! {
    /// S51: requests that are no handshake are 400, and what they name is not disturbed.
    async fn what_is_no_handshake_is_refused(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let path = entered(&ada).await;
        let sid = path.rsplit('=').next().unwrap();
        for (method, query) in [
            ("GET", String::new()), ("GET", "EIO=4".into()), ("GET", "EIO=4&transport=constructor".into()),
            ("GET", "EIO=4&transport=__proto__".into()), ("GET", "EIO=4&transport=foo".into()), ("GET", "EIO=3&transport=polling".into()),
            ("GET", "EIO=5&transport=polling".into()), ("GET", "EIO=4&transport=websocket".into()),
            ("POST", "EIO=4&transport=polling".into()), ("OPTIONS", "EIO=4&transport=polling".into()),
            ("GET", "EIO=4&transport=polling&sid=unknown".into()), ("POST", "EIO=4&transport=polling&sid=unknown".into()),
            ("GET", "EIO=4&transport=polling&sid=__proto__".into()), ("GET", format!("EIO=4&transport=polling&sid={}", sid.to_lowercase() + "x")),
            ("GET", format!("EIO=4&transport=polling&sid={sid}%00")), ("DELETE", format!("EIO=4&transport=polling&sid={sid}")),
            ("PUT", format!("EIO=4&transport=polling&sid={sid}")),
        ] {
            let answer = ask(&app.base, method, &format!("/socket.io/?{query}"), "", "").await;
            assert_eq!(answer.status, 400, "{method} {query} {answer:?}");
        }
        for (path, sid) in [(WEBSOCKET, "unknown"), (WEBSOCKET, "AAAAAAAAAAAAAAAAAAAAAAAA"), (DOOR, sid)] {
            let upgrade = format!("GET {path}&sid={sid} HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n");
            assert_eq!(Raw::ask(&app.base, upgrade).await.unwrap().status, 400, "{path} {sid}");
        }
        assert_eq!(ask(&app.base, "POST", &path, "", "42/chat,7[\"conversation:sync\",{\"conversations\":{}}]").await.body, "ok");
        let told = ask(&app.base, "GET", &path, "", "").await.body;
        let ack = "43/chat,7[{\"success\":true,\"data\":{\"conversations\":{}}}]";
        assert!(told.split('\u{1e}').any(|packet| packet == ack), "it was not disturbed: {told}");

        // A session that was taken over by a WebSocket is not taken over again, nor polled.
        let mut websocket = Raw::websocket(&app.base, &format!("{WEBSOCKET}&sid={sid}"), "").await;
        websocket.send(masked(0x81, b"2probe")).await;
        websocket.send(masked(0x81, b"5")).await;
        websocket.send(masked(0x81, b"42/chat,[\"message:shout\",{}]")).await;
        websocket.hears("error").await;
        let mut again = Raw::websocket(&app.base, &format!("{WEBSOCKET}&sid={sid}"), "").await;
        assert_eq!(again.close_code().await, Some(1008));
        websocket.send(masked(0x81, b"42/chat,[\"message:shout\",{}]")).await;
        websocket.hears("error").await;
        control.works().await;
    }

    /// S51: two polls at once end the session; so does a poll beside which it is closed.
    async fn two_polls_end_a_session(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let path = format!("{DOOR}&sid={}", session(&app.base, "").await);
        let (one, other) = tokio::join!(ask(&app.base, "GET", &path, "", ""), ask(&app.base, "GET", &path, "", ""));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses[1], 400, "{one:?} {other:?}");
        is_over(&app.base, &path).await;
        let path = entered(&ada).await;
        assert_eq!(ask(&app.base, "POST", &path, "", "1").await.body, "ok");
        assert_eq!(ask(&app.base, "POST", &path, "", "42/chat,[\"x\"]").await.status, 400);
        is_over(&app.base, &path).await;
        control.works().await;
    }

    /// S52 to S55: what is no packet ends its own session at once, on both transports, and no other.
    async fn what_is_no_packet_ends_its_session(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        for packet in malformed() {
            let path = entered(&ada).await;
            let answer = ask(&app.base, "POST", &path, "", &packet).await;
            assert!(matches!(answer.status, 200 | 400), "{packet:.60} {answer:?}");
            is_over(&app.base, &path).await;
            control.works().await;
        }
        let stays = entered(&ada).await;
        for packet in malformed().iter().filter(|packet| !packet.contains('\u{1e}') && !packet.starts_with('b')) {
            let mut raw = Raw::websocket(&app.base, WEBSOCKET, "").await;
            raw.send(masked(0x81, format!("40/chat,{}", json!({"token": ada.token()})).as_bytes())).await;
            raw.hears("40/chat,").await;
            raw.send(masked(0x81, packet.as_bytes())).await;
            assert!(matches!(raw.close_code().await, Some(1002 | 1008) | None), "{packet:.60}");
            control.works().await;
        }
        assert_eq!(ask(&app.base, "POST", &stays, "", "42/chat,[\"message:shout\"]").await.body, "ok");
        assert!(ask(&app.base, "GET", &stays, "", "").await.body.contains("\"error\""));
        control.works().await;
    }

    /// S42, S43: before it is in a namespace nobody is listened to; unknown namespaces are refused, so often and no more.
    async fn who_is_in_no_namespace_is_nobody(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let say = format!("42[\"message:send\",{}]", json!({"conversationId": room, "content": "let me in"}));
        for early in [say.clone(), say.replacen("42", "42/chat,", 1), "41".to_owned(), "431[]".to_owned()] {
            let path = format!("{DOOR}&sid={}", session(&app.base, "").await);
            ask(&app.base, "POST", &path, "", &early).await;
            is_over(&app.base, &path).await;
        }
        // In one namespace is not in another.
        let path = entered(&ada).await;
        ask(&app.base, "POST", &path, "", &say).await;
        is_over(&app.base, &path).await;
        assert_eq!(ada.http.get(&format!("/conversations/{room}/messages")).await.ok(200), json!([]));

        let mut raw = Raw::websocket(&app.base, WEBSOCKET, "").await;
        raw.send((0..1000).flat_map(|n| masked(0x81, format!("40/room{n},").as_bytes())).collect::<Vec<u8>>()).await;
        raw.hears("44/room0,{\"message\":\"Invalid namespace\"}").await;
        assert!(matches!(raw.close_code().await, Some(1008) | None));
        raw.ended().await;
        // The second CONNECT of somebody who is in is passed over.
        let path = entered(&ada).await;
        ask(&app.base, "POST", &path, "", &format!("40/chat,{}", json!({"token": ada.token()}))).await;
        ask(&app.base, "POST", &path, "", "42/chat,[\"message:shout\"]").await;
        let told = ask(&app.base, "GET", &path, "", "").await.body;
        assert!(told.contains("42/chat,[\"error\"") && !told.contains("40/chat"), "{told}");
        control.works().await;
    }

    /// S52, S54: what is odd but allowed is answered, or passed over, and the session goes on.
    async fn what_is_odd_but_allowed_does_no_harm(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let path = entered(&ada).await;
        for packet in [
            "43/chat,5[\"an answer to nothing\"]".to_owned(),
            "42/chat,[\"__proto__\",{\"__proto__\":1,\"constructor\":2}]".to_owned(),
            "42/chat,[\"message:send\",{\"content\":\"a\",\"content\":\"b\"}]".to_owned(),
            format!("42/chat,[\"message:send\",{{\"{}\":1}}]", "k".repeat(90_000)),
            format!("42/chat,[\"message:send\"{}]", ",1".repeat(40_000)),
            "42/chat,[\"message:send\",{\"conversationId\":{\"$ne\":null},\"content\":[]}]".to_owned(),
            "42/chat,[\"message:send\"]".to_owned(),
            "451-/chat,[\"message:send\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAAAA".to_owned(),
            "451-/chat,[\"message:send\",{\"_placeholder\":true,\"num\":7}]\u{1e}bAAAA".to_owned(),
        ] {
            assert_eq!(ask(&app.base, "POST", &path, "", &packet).await.body, "ok", "{packet:.60}");
            if packet.starts_with("43") {
                continue;
            }
            let told = ask(&app.base, "GET", &path, "", "").await.body;
            tests::client::discreet(&told);
            assert!(told.contains("42/chat,[\"error\",{"), "{packet:.60}: {told}");
        }
        control.works().await;
    }

    /// S55: a body may be so long, whether its length is announced or not.
    async fn a_body_may_be_so_long(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let path = entered(&ada).await;
        let request = |headers: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n");
        for length in ["100001", "1000001", "1000000000000", "18446744073709551615"] {
            let answer = Raw::ask(&app.base, request(&format!("Content-Length: {length}"))).await.unwrap();
            assert_eq!(answer.status, 413, "{length}");
        }
        let chunks = format!("186a0\r\n{}\r\n186a0\r\n{}\r\n", "4".repeat(100_000), "4".repeat(100_000));
        let answer = Raw::ask(&app.base, request("Transfer-Encoding: chunked") + &chunks).await.unwrap();
        assert_eq!(answer.status, 413);
        ask(&app.base, "POST", &path, "", "42/chat,[\"message:shout\"]").await;
        assert!(ask(&app.base, "GET", &path, "", "").await.body.contains("\"error\""), "the session goes on");
        control.works().await;
    }

    /// S56: an id is long, like no other, and of no use beside another token.
    async fn a_session_is_of_who_opened_it(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, eve) = (app.http.person("ada").await, app.http.person("eve").await);
        let [mine, theirs] = [&ada, &eve].map(|who| format!("Authorization: Bearer {}\r\n", who.token()));
        let mut sids = Vec::new();
        for _ in 0..64 {
            sids.push(session(&app.base, &mine).await);
        }
        // 22 characters of 6 bits are 132.
        assert!(sids.iter().all(|sid| sid.len() >= 22));
        let distinct: std::collections::HashSet<&str> = sids.iter().map(|sid| &sid[2..]).collect();
        assert_eq!(distinct.len(), sids.len());
        let path = format!("{DOOR}&sid={}", sids[0]);
        assert_eq!(ask(&app.base, "POST", &path, &mine, "40").await.body, "ok");
        for (method, body) in [("GET", ""), ("POST", "42[\"message:shout\"]"), ("POST", "1")] {
            assert_eq!(ask(&app.base, method, &path, &theirs, body).await.status, 400);
        }
        let upgrade = format!("GET {WEBSOCKET}&sid={} HTTP/1.1\r\nHost: x\r\n{UPGRADE}{theirs}\r\n", sids[0]);
        assert_eq!(Raw::ask(&app.base, upgrade).await.unwrap().status, 400);
        assert!(ask(&app.base, "GET", &path, &mine, "").await.body.starts_with("40{\"sid\""), "it is not disturbed");
        control.works().await;
    }
}
