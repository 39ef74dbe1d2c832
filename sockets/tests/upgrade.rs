//! From HTTP to the socket.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use common::client::masked;
use common::{Event, Raw, Server, Socket};
use sockets::{Options, ServerOptions};

#[tokio::test]
async fn a_request_pipelined_before_the_upgrade_is_answered_first() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(format!("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n{}", Raw::handshake("/echo"))).await;
    let plain = raw.answer().await;
    assert_eq!((plain.status, plain.body.as_str()), (200, "1"));
    let switch = raw.answer().await;
    assert_eq!(switch.status, 101);
    assert!(switch.head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{}", switch.head);
    assert!(matches!(server.event().await, Event::Opened(_)));
    raw.send(masked(0x81, b"hi")).await;
    assert_eq!(raw.text().await, "hi");
}

#[tokio::test]
async fn a_slow_request_pipelined_before_the_upgrade_is_waited_for() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(format!("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n{}", Raw::handshake("/echo"))).await;
    assert_eq!(server.event().await, Event::Started("request".to_owned()));
    server.gate.add_permits(1);
    assert_eq!(raw.answer().await.body, "slow");
    assert_eq!(raw.answer().await.status, 101);
    raw.send(masked(0x81, b"hi")).await;
    assert_eq!(raw.text().await, "hi");
}

#[tokio::test]
async fn frames_sent_with_the_handshake_are_not_lost() {
    let server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    let early = [Raw::handshake("/echo").into_bytes(), masked(0x81, b"one"), masked(0x81, b"two")].concat();
    // The last byte comes later.
    let (begin, end) = early.split_at(early.len() - 1);
    raw.send(begin).await;
    assert_eq!(raw.answer().await.status, 101);
    assert_eq!(raw.text().await, "one");
    raw.send(end).await;
    assert_eq!(raw.text().await, "two");
}

#[tokio::test]
async fn faults_sent_with_the_handshake_are_refused() {
    let server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send([Raw::handshake("/echo").as_bytes(), b"\x81\x02hi"].concat()).await;
    assert_eq!(raw.answer().await.status, 101);
    assert_eq!(raw.close_code().await, 1002);
}

#[tokio::test]
async fn a_switch_that_nobody_takes_is_an_error() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(Raw::handshake("/replaced")).await;
    let answer = raw.answer().await;
    assert_eq!(answer.status, 500);
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    assert!(raw.ended().await.is_empty());
    assert_eq!(server.happened(), None);
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn a_refusal_closes_the_connection() {
    let mut server = Server::start();
    let good = Raw::handshake("/echo");
    let without = |line: &str| {
        good.lines().filter(|other| !other.starts_with(line)).fold(String::new(), |head, line| head + line + "\r\n")
    };
    for (request, status) in [
        (Raw::handshake("/refused"), 401),
        (Raw::handshake("/nowhere"), 404),
        (good.replace("GET", "POST"), 404),
        (good.replace("Version: 13", "Version: 12"), 426),
        (without("Sec-WebSocket-Version"), 400),
        (without("Sec-WebSocket-Key"), 400),
    ] {
        let mut raw = Raw::connect(server.address).await;
        // What follows is not an answered request.
        raw.send(format!("{request}GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, status, "{request}");
        assert!(answer.head.contains("connection: close"), "{}", answer.head);
        assert!(raw.ended().await.is_empty(), "{request}");
    }
    assert_eq!(server.happened(), None);
}

#[tokio::test]
async fn an_old_http_has_no_sockets() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(Raw::handshake("/echo").replace("HTTP/1.1", "HTTP/1.0")).await;
    assert_eq!(raw.answer().await.status, 400);
    assert!(raw.ended().await.is_empty());
    assert_eq!(server.happened(), None);
}

#[tokio::test]
async fn a_refusal_comes_after_pipelined_answers() {
    let server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(format!("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n{}", Raw::handshake("/refused"))).await;
    assert_eq!(raw.answer().await.status, 200);
    assert_eq!(raw.answer().await.status, 401);
    assert!(raw.ended().await.is_empty());
}

#[tokio::test]
async fn odd_requests_for_an_upgrade_do_not_hang() {
    let server = Server::start();
    let good = Raw::handshake("/echo");
    for request in [
        good.replace("Connection: Upgrade", "Connection: keep-alive"),
        good.replace("Connection: Upgrade\r\n", ""),
        "GET /plain HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n".to_owned(),
        "POST /plain HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n".to_owned(),
    ] {
        let mut raw = Raw::connect(server.address).await;
        raw.send(&request).await;
        let answer = raw.answer().await;
        assert_ne!(answer.status, 500, "{request}");
        if answer.status == 101 {
            raw.send(masked(0x88, &1000u16.to_be_bytes())).await;
            assert_eq!(raw.close_code().await, 1000);
        }
        assert!(raw.ended().await.is_empty(), "{request}");
    }
}

#[tokio::test]
async fn one_app_serves_a_workers_requests_and_upgrades() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    assert_eq!(raw.get("/plain").await.body, "1");
    assert_eq!(raw.get("/plain").await.body, "2");
    let (mut socket, _) = server.open("/echo").await;
    assert_eq!(raw.get("/plain").await.body, "4");
    raw.upgrade("/echo").await;
    raw.send(masked(0x81, b"hi")).await;
    assert_eq!(raw.text().await, "hi");
    socket.say("hi").await;
    assert_eq!(socket.hear().await, "hi");
}

#[tokio::test]
async fn the_servers_limit_counts_sockets() {
    let limits = ServerOptions { max_connections: 2, ..ServerOptions::default() };
    let mut server = Server::with(1, Options::default(), &limits);
    let (mut first, gone) = server.open("/echo").await;
    let (mut second, _) = server.open("/echo").await;
    let mut third = Raw::connect(server.address).await;
    third.send(Raw::handshake("/echo")).await;
    assert!(third.is_quiet().await);
    second.say("still here").await;
    assert_eq!(second.hear().await, "still here");
    first.say("close:4001").await;
    assert_eq!(first.hear_close().await, 4001);
    assert_eq!(server.event().await, Event::Closed(gone));
    assert_eq!(third.answer().await.status, 101);
    assert!(matches!(server.event().await, Event::Opened(_)));
}

#[tokio::test]
async fn a_subprotocol_is_chosen() {
    let server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(Raw::handshake("/echo").replace("Host: x", "Host: x\r\nSec-WebSocket-Protocol: other, probe.v1")).await;
    let answer = raw.answer().await;
    assert!(answer.head.contains("sec-websocket-protocol: probe.v1"), "{}", answer.head);
}

#[tokio::test]
async fn connections_are_counted_until_the_last_is_gone() {
    let mut server = Server::with(2, Options::default(), &ServerOptions::default());
    let mut sockets: Vec<Socket> = Vec::new();
    for _ in 0..8 {
        sockets.push(server.open("/echo").await.0);
    }
    assert_eq!(server.workers.connections(), 8);
    drop(sockets);
    for _ in 0..8 {
        assert!(matches!(server.event().await, Event::Closed(_)));
    }
    assert_eq!(server.workers.connections(), 0);
}
