//! What clients may not do, at the limit and one beyond.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::{ENGINE, Note, SOCKET, Server};
use socketio::{Options, Origins};

fn listed() -> Options {
    Options { origins: Origins::List(vec!["https://good.example".to_owned()]), ..Options::default() }
}

#[tokio::test]
async fn origins_that_are_not_listed_are_refused() {
    let server = Server::limited(listed());
    for origin in [
        "https://evil.example",
        "null",
        "https://good.example.evil",
        "https://good.example:8443",
        "http://good.example",
        "https://good.example/",
        "",
        "https://good.example\u{fc}",
    ] {
        let header = format!("Origin: {origin}\r\n");
        let mut raw = server.raw().await;
        for method in ["GET", "POST", "OPTIONS"] {
            let path = format!("{ENGINE}?EIO=4&transport=polling");
            let answer = raw.ask(method, &path, &header, "").await;
            assert_eq!((answer.status, answer.code()), (403, 4), "{method} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        assert_eq!(raw.upgrade(ENGINE, "", &header).await.status, 403, "{origin}");
        let mut raw = server.raw().await;
        let sid = raw.open(ENGINE).await;
        assert_eq!(raw.upgrade(ENGINE, &format!("&sid={sid}"), &header).await.status, 403, "{origin}");
    }
    // A control character does not even pass as a header.
    let mut raw = server.raw().await;
    let path = format!("{ENGINE}?EIO=4&transport=polling");
    let answer = raw.ask("GET", &path, "Origin: https://good.example\u{1}\r\n", "").await;
    assert!(matches!(answer.status, 400 | 403));
}

#[tokio::test]
async fn pages_that_may_connect_may_read() {
    let server = Server::limited(listed());
    let good = "Origin: https://good.example\r\n";
    let mut raw = server.raw().await;
    let answer = raw.ask("GET", &format!("{ENGINE}?EIO=4&transport=polling"), good, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://good.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let refused = raw.ask("GET", &format!("{ENGINE}?EIO=4&transport=x"), good, "").await;
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://good.example"), "errors can be read, too");
    let without = raw.get(&format!("{ENGINE}?EIO=4&transport=polling")).await;
    assert_eq!((without.status, without.header("access-control-allow-origin")), (200, None));
    assert_eq!(raw.upgrade(ENGINE, "", good).await.status, 101);
    let server = Server::start();
    let mut raw = server.raw().await;
    let answer = raw.ask("GET", &format!("{ENGINE}?EIO=4&transport=polling"), "Origin: null\r\n", "").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")));
}

#[tokio::test]
async fn browsers_may_ask_before_they_send() {
    let server = Server::limited(listed());
    let mut raw = server.raw().await;
    let headers = "Origin: https://good.example\r\nAccess-Control-Request-Method: POST\r\n\
                   Access-Control-Request-Headers: authorization,content-type\r\n";
    let answer = raw.ask("OPTIONS", &format!("{ENGINE}?EIO=4&transport=polling&sid=x"), headers, "").await;
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "https://good.example"),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "authorization,content-type"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    let evil = headers.replace("good", "evil");
    assert_eq!(raw.ask("OPTIONS", ENGINE, &evil, "").await.status, 403);
}

#[tokio::test]
async fn a_session_is_bound_to_its_authorization() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let mine = "Authorization: Bearer mine\r\n";
    let sid = raw.open_with(ENGINE, mine).await;
    let path = format!("{ENGINE}?EIO=4&transport=polling&sid={sid}");
    for other in ["Authorization: Bearer other\r\n", "Authorization: bearer mine\r\n"] {
        assert_eq!(raw.ask("GET", &path, other, "").await.code(), 3, "{other}");
        assert_eq!(raw.ask("POST", &path, other, "1").await.code(), 3, "{other}");
    }
    let mut foreign = server.raw().await;
    let query = format!("&sid={sid}");
    assert_eq!(foreign.upgrade(ENGINE, &query, "Authorization: Bearer other\r\n").await.code(), 3);
    // It is not disturbed.
    assert_eq!(raw.ask("POST", &path, mine, "4still").await.status, 200);
    assert_eq!(raw.ask("GET", &path, mine, "").await.body, "4still");
    // A browser cannot send the header here.
    let mut websocket = server.raw().await;
    websocket.take_over(ENGINE, &sid).await;
    websocket.say("4mine").await;
    websocket.hears("4mine").await;
    // Without a header at first, later ones do not matter.
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    let path = format!("{ENGINE}?EIO=4&transport=polling&sid={sid}");
    assert_eq!(raw.ask("POST", &path, mine, "4free").await.status, 200);
}

#[tokio::test]
async fn a_post_may_be_so_long() {
    let server = Server::limited(Options { max_payload: 1000, ..Options::default() });
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    let at_limit = format!("4{}", "x".repeat(999));
    raw.give(ENGINE, &sid, &at_limit).await;
    assert_eq!(raw.poll(ENGINE, &sid).await.body, at_limit);
    let path = format!("{ENGINE}?EIO=4&transport=polling&sid={sid}");
    // What announces too much is refused before it is sent.
    for length in ["1001", "1000000000", "18446744073709551615"] {
        let mut raw = server.raw().await;
        raw.send(format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")).await;
        assert_eq!(raw.answer().await.status, 413, "{length}");
        raw.ended().await;
    }
    let chunked = |length: usize| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n4\r\n");
        format!("{head}{length:x}\r\n{}\r\n", "x".repeat(length))
    };
    let mut raw = server.raw().await;
    raw.send(chunked(999) + "0\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 200);
    let mut raw = server.raw().await;
    raw.send(chunked(1000)).await;
    assert_eq!(raw.answer().await.status, 413);
    // The session is not disturbed.
    assert_eq!(server.raw().await.poll(ENGINE, &sid).await.body, at_limit);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let server = Server::limited(Options { body_timeout: Duration::from_millis(50), ..Options::default() });
    let sid = server.raw().await.open(ENGINE).await;
    for encoding in ["Transfer-Encoding: chunked\r\n\r\n1\r\n4\r\n", "Content-Length: 9\r\n\r\n4"] {
        let mut raw = server.raw().await;
        raw.send(format!("POST {ENGINE}?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\n{encoding}")).await;
        assert_eq!(raw.answer().await.status, 408);
        raw.ended().await;
    }
}

#[tokio::test]
async fn a_post_may_bring_so_many_packets() {
    let server = Server::limited(Options { max_packets: 3, ..Options::default() });
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    raw.give(ENGINE, &sid, "4a\x1e4b\x1e4c").await;
    assert_eq!(raw.poll(ENGINE, &sid).await.body, "4a\x1e4b\x1e4c");
    assert_eq!(raw.post(ENGINE, &sid, "4a\x1e4b\x1e4c\x1e4d").await.code(), 3);
    assert_eq!(raw.poll(ENGINE, &sid).await.code(), 1);
    let server = Server::start();
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    assert_eq!(raw.post(ENGINE, &sid, &vec!["4"; 100_000].join("\x1e")).await.code(), 3);
}

#[tokio::test]
async fn who_asks_for_sessions_too_often_is_told_when_to_come_back() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let often = "X-Too-Often: yes\r\n";
    let refused = raw.ask("GET", &format!("{SOCKET}?EIO=4&transport=polling"), often, "").await;
    assert_eq!((refused.status, refused.code()), (429, 3));
    assert!(refused.head.lines().any(|line| line == "retry-after: 2"), "{}", refused.head);
    assert_eq!(server.raw().await.upgrade(SOCKET, "", often).await.status, 429);
    let sid = raw.open(SOCKET).await;
    let path = format!("{SOCKET}?EIO=4&transport=polling&sid={sid}");
    assert_eq!(raw.ask("POST", &path, often, "40").await.status, 200, "who has one is not asked");
}

#[tokio::test]
async fn a_websocket_message_may_be_so_long() {
    let server = Server::start();
    let mut raw = server.raw().await;
    raw.websocket(ENGINE).await;
    let at_limit = format!("4{}", "x".repeat(999_999));
    raw.say(&at_limit).await;
    assert!(raw.hear().await == at_limit, "it comes back");
    for length in [1_000_001_u64, 1 << 63] {
        let mut raw = server.raw().await;
        raw.websocket(ENGINE).await;
        // Only the header is sent.
        raw.send([&[0x81, 0xFF][..], &length.to_be_bytes(), &[0; 4]].concat()).await;
        assert_eq!(raw.hears_close().await, 1009);
    }
}

#[tokio::test]
async fn frames_that_are_none_are_refused() {
    let server = Server::start();
    for (first, payload, code) in [
        (0xC1, &b"4"[..], 1002),
        (0x83, b"4", 1002),
        (0x80, b"4", 1002),
        (0x09, b"", 1002),
        (0x88, &[3, 237], 1002),
        (0x81, b"4\xff", 1007),
        (0x01, b"4\xff", 1007),
    ] {
        let mut raw = server.raw().await;
        raw.websocket(ENGINE).await;
        raw.frame(first, payload).await;
        assert_eq!(raw.hears_close().await, code, "{first:x}");
    }
    let mut raw = server.raw().await;
    raw.websocket(ENGINE).await;
    raw.send(b"\x81\x014").await;
    assert_eq!(raw.hears_close().await, 1002, "not masked");
    let mut raw = server.raw().await;
    raw.websocket(ENGINE).await;
    for number in 0..65 {
        raw.frame(u8::from(number == 0), b"4").await;
    }
    assert_eq!(raw.hears_close().await, 1009, "too many fragments");
}

#[tokio::test]
async fn namespaces_are_bounded_and_so_are_refusals() {
    let mut server = Server::limited(Options { max_namespaces: 3, ..Options::default() });
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    for number in 0..3 {
        raw.enter(&format!("/room{number},")).await;
        server.opened().await;
    }
    raw.say("40/room3").await;
    raw.hears("44/room3,{\"message\":\"Too many namespaces\"}").await;
    raw.say("40/room1,").await;
    raw.say("42/room1,[\"still\"]").await;
    raw.hears("42/room1,[\"still\"]").await;
    raw.say("41/room0").await;
    raw.enter("/room3,").await;
    raw.say("40/random").await;
    raw.hears("44/random,{\"message\":\"Too many namespaces\"}").await;
    raw.say("40/random").await;
    raw.hears("44/random,{\"message\":\"Too many namespaces\"}").await;
    assert_eq!(raw.hears_close().await, 1008);
    // A thousand at once are no more than that.
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    for _ in 0..1000 {
        if raw.say_if_open("40/random").await.is_err() {
            break;
        }
    }
    for _ in 0..4 {
        raw.hears("44/random,{\"message\":\"Invalid namespace\"}").await;
    }
    assert_eq!(raw.hears_close().await, 1008);
}

#[tokio::test]
async fn attachments_are_bounded() {
    let mut server = Server::limited(Options { max_attachments: 2, max_payload: 100, ..Options::default() });
    let (mut raw, _) = server.member().await;
    raw.say("452-[\"a\"]").await;
    raw.frame(0x82, &[1; 50]).await;
    raw.frame(0x82, &[2; 50]).await;
    raw.hears("452-[\"a\"]").await;
    raw.hears_bytes(&[1; 50]).await;
    raw.hears_bytes(&[2; 50]).await;
    raw.say("452-[\"a\"]").await;
    raw.frame(0x82, &[1; 50]).await;
    raw.frame(0x82, &[2; 51]).await;
    assert_eq!(raw.hears_close().await, 1002);
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    let (mut raw, _) = server.member().await;
    raw.say("453-[\"a\"]").await;
    assert_eq!(raw.hears_close().await, 1002);
}

#[tokio::test]
async fn hostile_json_ends_the_session_and_nothing_else() {
    let mut server = Server::start();
    let (mut other, _) = server.member().await;
    for text in [
        format!("42[\"a\",{}{}]", "[".repeat(10_000), "]".repeat(10_000)),
        format!("42[\"a\",{}", "{\"a\":".repeat(100_000)),
        format!("40{}", "{\"a\":".repeat(100_000)),
        "42[\"a\u{0}\"]".to_owned(),
        "42[\"\\ud800\"]".to_owned(),
        "42[\"a\",1e]".to_owned(),
    ] {
        let (mut raw, _) = server.member().await;
        raw.say(&text).await;
        assert_eq!(raw.hears_close().await, 1002, "{}", &text[..8]);
        assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    }
    // A long key, and many items, are only long.
    for text in [format!("42[\"a\",{{\"{}\":1}}]", "k".repeat(900_000)), format!("42[\"a\"{}]", ",1".repeat(400_000))] {
        other.say(&text).await;
        assert!(other.hear().await == text);
    }
}

#[tokio::test]
async fn a_websocket_is_not_read_while_too_much_waits() {
    let mut server = Server::limited(Options { max_backlog: 4, ..Options::default() });
    let (mut raw, _) = server.member().await;
    raw.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    let event = format!("42[\"a\",\"{}\"]", "x".repeat(60_000));
    let mut sent = 0;
    // The kernel takes some, too.
    while tokio::time::timeout(common::QUIET, raw.say(&event)).await.is_ok() {
        sent += 1;
        assert!(sent < 2000, "it is read for ever");
    }
    assert!(sent >= 4, "{sent}");
}

#[tokio::test]
async fn events_behind_a_full_backlog_are_not_lost() {
    let mut server = Server::limited(Options { max_backlog: 4, ..Options::default() });
    let (mut raw, _) = server.member().await;
    raw.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    for number in 0..50 {
        raw.say(&format!("42[\"{number}\"]")).await;
    }
    server.gate.add_permits(1);
    raw.hears("42[\"slow\"]").await;
    for number in 0..50 {
        raw.hears(&format!("42[\"{number}\"]")).await;
    }
}

#[tokio::test]
async fn a_post_waits_while_too_much_waits() {
    let mut server = Server::limited(Options { max_backlog: 2, ..Options::default() });
    let (mut raw, sid, _) = server.poller().await;
    raw.give(SOCKET, &sid, "42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    raw.request("POST", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "42[\"1\"]\x1e42[\"2\"]").await;
    assert!(raw.is_quiet().await);
    server.gate.add_permits(1);
    assert_eq!(raw.answer().await.body, "ok");
    let mut polled = String::new();
    while polled.matches('[').count() < 3 {
        polled += &raw.poll(SOCKET, &sid).await.body;
        polled.push(' ');
    }
    assert_eq!(polled.replace('\x1e', " "), "42[\"slow\"] 42[\"1\"] 42[\"2\"] ");
    // Who does not wait for the answer is no client.
    raw.give(SOCKET, &sid, "42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    raw.request("POST", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "42[\"1\"]\x1e42[\"2\"]").await;
    assert!(raw.is_quiet().await);
    assert_eq!(server.raw().await.post(SOCKET, &sid, "42[\"3\"]").await.code(), 3);
    assert_eq!(raw.answer().await.status, 200);
    assert_eq!(server.note().await, Note::Dropped("slow"));
}

#[tokio::test]
async fn a_queue_takes_a_message_at_the_limit_and_no_flood() {
    let mut server = Server::limited(Options { queue_frames: 100, ..Options::default() });
    let (mut raw, sid, _) = server.poller().await;
    raw.give(SOCKET, &sid, "42[\"flood\",100]").await;
    let mut found = 0;
    while found < 100 {
        found += raw.poll(SOCKET, &sid).await.body.split('\x1e').count();
    }
    raw.give(SOCKET, &sid, "42[\"flood\",101]").await;
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    assert_eq!(raw.poll(SOCKET, &sid).await.code(), 1);
}
