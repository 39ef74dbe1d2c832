//! What can go wrong between HTTP and the socket, one test each, with real connections.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use sockets::{Broadcast, Frame, Options, ServerOptions, Topic};
use support::{Client, SOON, Server, Told, frame, handshake, text};

const TOPIC: Topic = Topic(7);

fn broadcast(content: &str) -> Broadcast {
    let frames: Arc<[Option<Frame>]> = [Some(Frame::text(content)), Some(Frame::text(&format!("{content}!")))].into();
    Broadcast { frames, origin: None, except_origin: false, droppable: false }
}

#[tokio::test]
async fn plain_requests_go_on_as_ever_also_pipelined_before_an_upgrade() {
    let mut server = Server::quick();
    let mut client = Client::open(server.address).await;
    let plain = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";
    client.write(plain).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
    assert_eq!(client.body(5).await, "plain");
    client.write(&[&plain[..], &handshake("/echo"), &text("early")].concat()).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
    assert_eq!(client.body(5).await, "plain");
    assert!(client.head().await.starts_with("HTTP/1.1 101"));
    assert!(matches!(server.next().await, Told::Opened(_)));
    assert_eq!(client.text().await, "early", "a frame that came with the handshake");
}

#[tokio::test]
async fn what_is_not_upgraded_is_answered_and_closed() {
    let server = Server::quick();
    let odd = |head: &str| format!("{head}\r\nHost: x\r\nUpgrade: websocket\r\n\r\n").into_bytes();
    let old = String::from_utf8(handshake("/echo")).unwrap().replace("Version: 13", "Version: 12").into_bytes();
    let keyless = String::from_utf8(handshake("/echo")).unwrap().replace("Sec-WebSocket-Key", "X-Key").into_bytes();
    for (name, request, status) in [
        ("refused by the handler", handshake("/refused"), "401"),
        ("no such route", handshake("/nowhere"), "404"),
        ("a switch that nobody takes", handshake("/replaced"), "500"),
        ("an old version", old, "426"),
        ("no key", keyless, "400"),
        ("a plain route", handshake("/plain"), "200"),
        ("no connection header", odd("GET /echo HTTP/1.1"), "400"),
        ("the wrong method", odd("POST /echo HTTP/1.1"), "404"),
        ("a tunnel", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), "404"),
    ] {
        let mut client = Client::open(server.address).await;
        client.write(&request).await;
        let head = client.head().await.to_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{name}: {head}");
        assert!(head.contains("connection: close"), "{name}: {head}");
        client.ended().await;
    }
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn upgraded_connections_count() {
    let mut server =
        Server::start(Options::default(), &ServerOptions { max_connections: 2, ..ServerOptions::default() });
    let (first, _) = server.connect().await;
    let (_second, _) = server.connect().await;
    let mut third = Client::open(server.address).await;
    third.write(&handshake("/echo")).await;
    drop(first);
    assert!(matches!(server.next().await, Told::Closed(_)), "the place is free before it is taken");
    assert!(third.head().await.starts_with("HTTP/1.1 101"));
}

#[tokio::test]
async fn a_graceful_stop_tells_sockets_and_finishes_requests() {
    let mut server = Server::quick();
    let (mut one, _) = server.connect().await;
    let (mut other, _) = server.connect().await;
    let mut slow = Client::open(server.address).await;
    slow.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut probe = Client::open(server.address).await;
    probe.write(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n").await;
    probe.head().await;
    let stopping = tokio::spawn(server.handle.stop(true));
    assert_eq!(one.closed().await, 1001);
    assert_eq!(other.closed().await, 1001);
    server.gate.notify_one();
    assert!(slow.head().await.starts_with("HTTP/1.1 200"));
    assert_eq!(slow.body(4).await, "slow");
    tokio::time::timeout(SOON, stopping).await.expect("it stops").unwrap();
    server.done.await.unwrap().unwrap();
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn what_breaks_the_protocol_is_closed_with_its_code() {
    let mut server = Server::quick();
    for (name, bytes, code) in [
        ("a giant by its header alone", vec![0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("unmasked", vec![0x81, 0x02, b'h', b'i'], 1002),
        ("not UTF-8", frame(0x81, &[0xFF]), 1007),
        ("a flood of pings", frame(0x89, b"").repeat(500), 1008),
        ("a close of the client", frame(0x88, &4321u16.to_be_bytes()), 4321),
    ] {
        let (mut client, id) = server.connect().await;
        client.write(&bytes).await;
        assert_eq!(client.closed().await, code, "{name}");
        client.ended().await;
        assert_eq!(server.next().await, Told::Closed(id), "{name}");
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let mut server = Server::quick();
    let (mut client, _) = server.connect().await;
    client.write(&frame(0x89, b"there?")).await;
    assert_eq!(client.frame().await, Some((0xA, b"there?".to_vec())));
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_and_holds_nobody_up() {
    let options = Options { queue_bytes: 64 * 1024, ..Options::default() };
    let mut server = Server::start(options, &ServerOptions::default());
    let (mut reader, reading) = server.connect().await;
    let (_stalled, stalling) = server.connect().await;
    server.workers.join(reading, TOPIC);
    server.workers.join(stalling, TOPIC);
    let large = "x".repeat(100);
    let mut sent = 0;
    // More than any kernel buffers for one connection.
    while server.told.is_empty() {
        assert!(sent < 2_000_000, "the one that does not read is never cut");
        for _ in 0..200 {
            server.workers.publish(0, TOPIC, broadcast(&large));
            sent += 1;
        }
        for _ in 0..200 {
            assert_eq!(reader.text().await, large);
        }
    }
    assert_eq!(server.next().await, Told::Closed(stalling));
    assert_eq!(server.workers.connections(), 1);
    server.workers.publish(0, TOPIC, broadcast("still here"));
    assert_eq!(reader.text().await, "still here");
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_cut_and_one_that_does_is_not() {
    let spans = Duration::from_millis(100);
    let options = Options { ping_interval: spans, ping_timeout: spans, ..Options::default() };
    let sweep = Duration::from_millis(10);
    let mut server = Server::start(options, &ServerOptions { sweep, ..ServerOptions::default() });
    let (_silent, gone) = server.connect().await;
    let (mut alive, _) = server.connect().await;
    let answering = async {
        while let Some((opcode, _)) = alive.frame().await {
            if opcode == 0x9 {
                alive.write(&frame(0x8A, b"")).await;
            }
        }
    };
    tokio::select! {
        told = server.next() => assert_eq!(told, Told::Closed(gone)),
        () = answering => panic!("the one that answers was cut"),
    }
    alive.write(&text("hello")).await;
    assert_eq!(alive.text().await, "hello");
}

#[tokio::test]
async fn commands_run_in_order_and_the_answer_comes_before_the_news() {
    let mut server = Server::quick();
    let (mut client, id) = server.connect().await;
    let (mut other, other_id) = server.connect().await;
    server.workers.join(id, TOPIC);
    server.workers.join(other_id, TOPIC);
    client.write(&[text("wait"), text("second")].concat()).await;
    assert_eq!(server.next().await, Told::Heard("wait".into()));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..broadcast("news") });
    server.workers.publish(0, TOPIC, broadcast("later"));
    assert_eq!(other.text().await, "news", "everybody else hears at once");
    assert_eq!(other.text().await, "later");
    server.gate.notify_one();
    assert_eq!(client.text().await, "waited");
    assert_eq!(client.text().await, "news");
    assert_eq!(client.text().await, "later");
    assert_eq!(server.next().await, Told::Heard("second".into()));
    assert_eq!(client.text().await, "second");
}

#[tokio::test]
async fn topics_flavours_and_the_origin_decide_who_hears() {
    let mut server = Server::quick();
    let (mut one, first) = server.connect().await;
    let (mut two, second) = server.connect_at("/echo?1").await;
    for id in [first, second] {
        server.workers.join(id, TOPIC);
        server.workers.join(id, TOPIC);
    }
    server.workers.publish(0, TOPIC, broadcast("to both"));
    server.workers.publish(
        0,
        TOPIC,
        Broadcast { origin: Some(first), except_origin: true, ..broadcast("to the other") },
    );
    server.workers.leave(first, TOPIC);
    server.workers.publish(0, TOPIC, broadcast("to who is left"));
    server.workers.send(first, Frame::text("to one"));
    assert_eq!((one.text().await, one.text().await), ("to both".into(), "to one".into()));
    assert_eq!(two.text().await, "to both!");
    assert_eq!(two.text().await, "to the other!");
    assert_eq!(two.text().await, "to who is left!");
}

#[tokio::test]
async fn an_id_of_the_past_names_nobody() {
    let mut server = Server::quick();
    let (gone, old) = server.connect().await;
    drop(gone);
    assert_eq!(server.next().await, Told::Closed(old));
    let (mut client, new) = server.connect().await;
    assert_ne!(old, new);
    server.workers.join(old, TOPIC);
    server.workers.publish(0, TOPIC, broadcast("nobody"));
    server.workers.send(old, Frame::text("nobody"));
    server.workers.close(old, 4000, "nobody");
    server.workers.send(new, Frame::text("somebody"));
    assert_eq!(client.text().await, "somebody");
}

#[tokio::test]
async fn a_command_that_panics_ends_its_own_connection_alone() {
    let mut server = Server::quick();
    let (mut broken, id) = server.connect().await;
    let (mut whole, _) = server.connect().await;
    broken.write(&text("panic")).await;
    assert_eq!(server.next().await, Told::Heard("panic".into()));
    assert_eq!(server.next().await, Told::Closed(id));
    broken.ended().await;
    whole.write(&text("still here")).await;
    assert_eq!(whole.text().await, "still here");
}

#[tokio::test]
async fn a_client_that_leaves_within_a_command_is_noticed_once() {
    let mut server = Server::quick();
    let (mut client, id) = server.connect().await;
    client.write(&text("wait")).await;
    assert_eq!(server.next().await, Told::Heard("wait".into()));
    drop(client);
    assert_eq!(server.next().await, Told::Closed(id));
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn messages_beyond_the_backlog_wait_in_the_network() {
    let options = Options { max_backlog: 4, ..Options::default() };
    let mut server = Server::start(options, &ServerOptions::default());
    let (mut client, _) = server.connect().await;
    client.write(&text("wait")).await;
    assert_eq!(server.next().await, Told::Heard("wait".into()));
    for n in 0..50 {
        client.write(&text(&n.to_string())).await;
    }
    server.gate.notify_one();
    assert_eq!(client.text().await, "waited");
    for n in 0..50 {
        assert_eq!(client.text().await, n.to_string(), "none is lost, and all are in order");
    }
}
