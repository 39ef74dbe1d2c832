//! Sessions and transports, below the packets of Socket.IO.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::{Duration, Instant};

use common::{ENGINE, Raw, SOCKET, Server, within};
use socketio::{Options, Transports};

fn beating() -> Options {
    let (ping_interval, ping_timeout) = (Duration::from_millis(100), Duration::from_millis(100));
    Options { ping_interval, ping_timeout, ..Options::default() }
}

#[tokio::test]
async fn a_handshake_tells_the_limits() {
    let server = Server::start();
    let mut raw = server.raw().await;
    for path in [ENGINE, "/engine.io", SOCKET, "/socket.io"] {
        let answer = raw.get(&format!("{path}?EIO=4&transport=polling&t=abc")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let json: serde_json::Value = serde_json::from_str(answer.body.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(json.as_object().unwrap().len(), 5, "{json}");
        assert_eq!(json["upgrades"], serde_json::json!(["websocket"]));
        assert_eq!(
            (&json["pingInterval"], &json["pingTimeout"], &json["maxPayload"]),
            (&25_000.into(), &20_000.into(), &1_000_000.into())
        );
        assert_eq!(json["sid"].as_str().unwrap().len(), 24);
    }
    server.raw().await.websocket(ENGINE).await;
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_refused() {
    let server = Server::start();
    let sid = server.raw().await.open(ENGINE).await;
    let unknown = "AAAAAAAAAAAAAAAAAAAAAAAA";
    for (method, query, code) in [
        ("GET", "transport=polling".to_owned(), 5),
        ("GET", "EIO=3&transport=polling".to_owned(), 5),
        ("GET", "EIO=abc&transport=polling".to_owned(), 5),
        ("GET", "EIO=4".to_owned(), 0),
        ("GET", "EIO=4&transport=abc".to_owned(), 0),
        ("GET", "EIO=4&transport=constructor".to_owned(), 0),
        ("GET", "EIO=4&transport=__proto__".to_owned(), 0),
        ("POST", "EIO=4&transport=polling".to_owned(), 2),
        ("PUT", "EIO=4&transport=polling".to_owned(), 2),
        ("OPTIONS", "EIO=4&transport=polling".to_owned(), 2),
        ("GET", "EIO=4&transport=websocket".to_owned(), 3),
        ("PUT", format!("EIO=4&transport=polling&sid={sid}"), 2),
        ("GET", format!("EIO=4&transport=websocket&sid={sid}"), 3),
        ("GET", format!("EIO=4&transport=polling&sid={unknown}"), 1),
        ("POST", format!("EIO=4&transport=polling&sid={unknown}"), 1),
        ("GET", "EIO=4&transport=polling&sid=abc".to_owned(), 1),
        ("GET", "EIO=4&transport=polling&sid=".to_owned(), 1),
        ("GET", "EIO=4&transport=polling&sid=_____________________w".to_owned(), 1),
    ] {
        let mut raw = server.raw().await;
        let answer = raw.ask(method, &format!("{ENGINE}?{query}"), "", "").await;
        assert_eq!((answer.status, answer.code()), (400, code), "{method} {query}");
    }
    // None of it has disturbed the session.
    let mut raw = server.raw().await;
    raw.give(ENGINE, &sid, "4still").await;
    assert_eq!(raw.poll(ENGINE, &sid).await.body, "4still");
}

#[tokio::test]
async fn a_websocket_that_is_no_handshake_is_refused() {
    let server = Server::start();
    let other = server.raw().await.open(SOCKET).await;
    for query in ["&sid=abc".to_owned(), "&sid=AAAAAAAAAAAAAAAAAAAAAAAA".to_owned(), format!("&sid={other}")] {
        let mut raw = server.raw().await;
        assert_eq!(raw.upgrade(ENGINE, &query, "").await.code(), 1, "{query}");
        raw.ended().await;
    }
    for (path, code) in
        [("?EIO=3&transport=websocket", 5), ("?transport=websocket", 5), ("?EIO=4&transport=polling", 3)]
    {
        let mut raw = server.raw().await;
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        assert_eq!(raw.ask("GET", &format!("{ENGINE}{path}"), upgrade, "").await.code(), code, "{path}");
    }
    let mut raw = server.raw().await;
    let keyless = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    assert_eq!(raw.ask("GET", &format!("{ENGINE}?EIO=4&transport=websocket"), keyless, "").await.status, 400);
}

#[tokio::test]
async fn transports_can_be_left_out() {
    let transports = Transports { polling: false, ..Transports::default() };
    let server = Server::limited(Options { transports, ..Options::default() });
    assert_eq!(server.raw().await.get("/engine.io/?EIO=4&transport=polling").await.code(), 0);
    server.raw().await.websocket(ENGINE).await;
    let transports = Transports { websocket: false, ..Transports::default() };
    let server = Server::limited(Options { transports, ..Options::default() });
    assert_eq!(server.raw().await.upgrade(ENGINE, "", "").await.code(), 0);
    let answer = server.raw().await.get("/engine.io/?EIO=4&transport=polling").await;
    assert!(answer.body.contains("\"upgrades\":[]"), "{}", answer.body);
}

#[tokio::test]
async fn polled_messages_come_back_in_order() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    for (posted, polled) in [
        ("4hello", "4hello"),
        ("4", "4"),
        ("4one\x1e4zw\u{f6}\u{1f600}\x1e4three", "4one\x1e4zw\u{f6}\u{1f600}\x1e4three"),
        ("4text\x1ebAQIDBA==\x1eb", "4text\x1ebAQIDBA==\x1eb"),
    ] {
        raw.give(ENGINE, &sid, posted).await;
        assert_eq!(raw.poll(ENGINE, &sid).await.body, polled);
    }
}

#[tokio::test]
async fn a_poll_waits_for_what_comes() {
    let server = Server::start();
    let (mut polling, mut posting) = (server.raw().await, server.raw().await);
    let sid = polling.open(ENGINE).await;
    polling.request("GET", &format!("{ENGINE}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    posting.give(ENGINE, &sid, "4late").await;
    assert_eq!(polling.answer().await.body, "4late");
}

#[tokio::test]
async fn a_poll_brings_sixteen_packets_at_most() {
    let server = Server::start();
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    let packets: Vec<_> = (0..33).map(|number| format!("4{number}")).collect();
    raw.give(ENGINE, &sid, &packets.join("\x1e")).await;
    for expected in [&packets[..16], &packets[16..32], &packets[32..]] {
        assert_eq!(raw.poll(ENGINE, &sid).await.body, expected.join("\x1e"));
    }
}

#[tokio::test]
async fn a_poll_brings_no_more_bytes_than_are_allowed() {
    let server = Server::limited(Options { max_payload: 10, ..Options::default() });
    let mut raw = server.raw().await;
    let sid = raw.open(ENGINE).await;
    for _ in 0..3 {
        raw.give(ENGINE, &sid, "4abc\x1e4def").await;
    }
    assert_eq!(raw.poll(ENGINE, &sid).await.body, "4abc\x1e4def");
    raw.give(ENGINE, &sid, "4123456789").await;
    for expected in ["4abc\x1e4def", "4abc\x1e4def", "4123456789"] {
        assert_eq!(raw.poll(ENGINE, &sid).await.body, expected);
    }
}

#[tokio::test]
async fn what_is_no_packet_ends_a_polled_session() {
    let server = Server::start();
    for body in ["abc", "0", "2", "2probe", "5", "7", "b!", "4a\x1eabc", "4a\x1e", "3x"] {
        let (mut raw, mut polling) = (server.raw().await, server.raw().await);
        let sid = raw.open(ENGINE).await;
        polling.request("GET", &format!("{ENGINE}?EIO=4&transport=polling&sid={sid}"), "", "").await;
        assert!(polling.is_quiet().await || body.starts_with("4a"));
        assert_eq!(raw.post(ENGINE, &sid, body).await.code(), 3, "{body:?}");
        let waiting = polling.answer().await;
        assert!(matches!(&*waiting.body, "1" | "4a"), "{waiting:?}");
        assert_eq!(raw.poll(ENGINE, &sid).await.code(), 1);
    }
}

#[tokio::test]
async fn two_polls_end_the_session() {
    let server = Server::start();
    let mut first = server.raw().await;
    let sid = first.open(ENGINE).await;
    first.request("GET", &format!("{ENGINE}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(first.is_quiet().await);
    let mut second = server.raw().await;
    assert_eq!(second.poll(ENGINE, &sid).await.code(), 3);
    let answer = first.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "1"));
    assert_eq!(second.poll(ENGINE, &sid).await.code(), 1);
}

#[tokio::test]
async fn a_poll_that_is_given_up_ends_the_session() {
    let mut server = Server::start();
    let (mut raw, sid, _) = server.poller().await;
    raw.request("GET", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(raw.is_quiet().await);
    drop(raw);
    assert_eq!(server.note().await, common::Note::Closed("/".to_owned(), false));
    assert_eq!(server.raw().await.poll(SOCKET, &sid).await.code(), 1);
}

#[tokio::test]
async fn websocket_messages_come_back() {
    let server = Server::start();
    let mut raw = server.raw().await;
    raw.websocket(ENGINE).await;
    raw.say("4hello").await;
    raw.hears("4hello").await;
    raw.frame(0x82, &[1, 2, 3, 4]).await;
    raw.hears_bytes(&[1, 2, 3, 4]).await;
    raw.say("6").await;
    raw.say("4").await;
    raw.hears("4").await;
}

#[tokio::test]
async fn what_is_no_packet_ends_a_websocket() {
    let server = Server::start();
    for text in ["abc", "", "0", "2", "2probe", "5", "7", "11", "bAQID"] {
        let mut raw = server.raw().await;
        raw.websocket(ENGINE).await;
        raw.say(text).await;
        assert_eq!(raw.hears_close().await, 1002, "{text:?}");
    }
}

#[tokio::test]
async fn heartbeats_keep_a_session() {
    let server = Server::limited(beating());
    let (mut polling, mut websocket) = (server.raw().await, server.raw().await);
    let sid = polling.open(ENGINE).await;
    for _ in 0..4 {
        assert_eq!(polling.poll(ENGINE, &sid).await.body, "2");
        polling.give(ENGINE, &sid, "3").await;
    }
    websocket.websocket(ENGINE).await;
    for _ in 0..4 {
        websocket.hears("2").await;
        websocket.say("3").await;
    }
    websocket.say("4still").await;
    websocket.hears("4still").await;
}

#[tokio::test]
async fn a_session_without_heartbeats_ends_when_its_time_is_up() {
    let server = Server::limited(beating());
    let (mut polling, mut websocket) = (server.raw().await, server.raw().await);
    let sid = polling.open(ENGINE).await;
    websocket.websocket(ENGINE).await;
    let opened = Instant::now();
    websocket.hears("2").await;
    assert_eq!(websocket.hears_close().await, 1008);
    assert!(opened.elapsed() >= Duration::from_millis(150), "{:?}", opened.elapsed());
    tokio::time::sleep_until((opened + Duration::from_millis(200)).into()).await;
    assert_eq!(polling.poll(ENGINE, &sid).await.code(), 1);
}

#[tokio::test]
async fn a_message_is_a_sign_of_life_too() {
    let server = Server::limited(beating());
    let mut raw = server.raw().await;
    raw.websocket(ENGINE).await;
    for _ in 0..4 {
        raw.hears("2").await;
        raw.say("4busy").await;
        raw.hears("4busy").await;
    }
}

#[tokio::test]
async fn a_client_may_close() {
    let server = Server::start();
    let (mut polling, mut posting) = (server.raw().await, server.raw().await);
    let sid = polling.open(ENGINE).await;
    polling.request("GET", &format!("{ENGINE}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    posting.give(ENGINE, &sid, "1").await;
    assert_eq!(polling.answer().await.body, "6");
    assert_eq!(polling.poll(ENGINE, &sid).await.code(), 1);
    assert_eq!(posting.post(ENGINE, &sid, "4late").await.code(), 1);
    let mut websocket = server.raw().await;
    websocket.websocket(ENGINE).await;
    websocket.say("1").await;
    assert_eq!(websocket.hears_close().await, 1000);
}

#[tokio::test]
async fn an_upgrade_takes_everything_along() {
    let server = Server::start();
    let (mut polling, mut posting, mut websocket) = (server.raw().await, server.raw().await, server.raw().await);
    let sid = polling.open(ENGINE).await;
    polling.request("GET", &format!("{ENGINE}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    assert_eq!(websocket.upgrade(ENGINE, &format!("&sid={sid}"), "").await.status, 101);
    assert!(polling.is_quiet().await, "nothing is stopped before the probe");
    websocket.say("2probe").await;
    websocket.hears("3probe").await;
    assert_eq!(polling.answer().await.body, "6");
    assert_eq!(polling.poll(ENGINE, &sid).await.body, "6");
    // What is posted meanwhile is not lost.
    posting.give(ENGINE, &sid, "4one\x1ebAQID\x1e4two").await;
    websocket.say("5").await;
    websocket.hears("4one").await;
    websocket.hears_bytes(&[1, 2, 3]).await;
    websocket.hears("4two").await;
    assert_eq!(polling.poll(ENGINE, &sid).await.code(), 3);
    assert_eq!(posting.post(ENGINE, &sid, "4late").await.code(), 3);
    let mut second = server.raw().await;
    assert_eq!(second.upgrade(ENGINE, &format!("&sid={sid}"), "").await.status, 101);
    assert_eq!(second.hears_close().await, 1008);
    websocket.say("4hello").await;
    websocket.hears("4hello").await;
}

async fn probe(server: &Server, sid: &str) -> Raw {
    let mut websocket = server.raw().await;
    assert_eq!(websocket.upgrade(ENGINE, &format!("&sid={sid}"), "").await.status, 101);
    websocket.say("2probe").await;
    websocket.hears("3probe").await;
    websocket
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_the_session() {
    let server = Server::start();
    let mut polling = server.raw().await;
    let sid = polling.open(ENGINE).await;
    for first in ["4hello", "5", "3probe", ""] {
        let mut websocket = server.raw().await;
        assert_eq!(websocket.upgrade(ENGINE, &format!("&sid={sid}"), "").await.status, 101);
        websocket.say(first).await;
        assert_eq!(websocket.hears_close().await, 1002, "{first}");
    }
    for second in ["4hello", "2probe", "3"] {
        let mut websocket = probe(&server, &sid).await;
        websocket.say(second).await;
        assert_eq!(websocket.hears_close().await, 1002, "{second}");
    }
    polling.give(ENGINE, &sid, "4still").await;
    assert_eq!(polling.poll(ENGINE, &sid).await.body, "4still");
    let mut websocket = server.raw().await;
    websocket.take_over(ENGINE, &sid).await;
    websocket.say("4hello").await;
    websocket.hears("4hello").await;
}

#[tokio::test]
async fn an_upgrade_that_is_given_up_leaves_the_session() {
    let server = Server::start();
    let sid = server.raw().await.open(ENGINE).await;
    drop(probe(&server, &sid).await);
    // As long as that is not noticed, there is none but that.
    let opcode = within(async {
        loop {
            let mut websocket = server.raw().await;
            assert_eq!(websocket.upgrade(ENGINE, &format!("&sid={sid}"), "").await.status, 101);
            websocket.say("2probe").await;
            match websocket.next().await {
                (0x88, _) => {}
                (opcode, _) => break opcode,
            }
        }
    });
    assert_eq!(opcode.await, 0x81);
}

#[tokio::test]
async fn an_upgrade_that_takes_too_long_leaves_the_session() {
    let server = Server::limited(Options { upgrade_timeout: Duration::from_millis(30), ..Options::default() });
    let mut polling = server.raw().await;
    let sid = polling.open(ENGINE).await;
    let mut websocket = probe(&server, &sid).await;
    assert_eq!(websocket.hears_close().await, 1008);
    polling.give(ENGINE, &sid, "4still").await;
    assert_eq!(polling.poll(ENGINE, &sid).await.body, "4still");
}
