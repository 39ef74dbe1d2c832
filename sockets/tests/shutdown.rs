//! The end of the server.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::{Event, Raw, Server, Socket, assert_all, within};
use sockets::{Options, ServerOptions};

#[tokio::test]
async fn a_graceful_stop_says_goodbye_and_lets_requests_end() {
    let mut server = Server::with(2, Options::default(), &ServerOptions::default());
    let (mut sockets, mut opened): (Vec<Socket>, Vec<_>) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let (socket, id) = server.open("/echo").await;
        sockets.push(socket);
        opened.push(Event::Closed(id));
    }
    let mut busy = Raw::connect(server.address).await;
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(server.event().await, Event::Started("request".to_owned()));
    let stopped = tokio::spawn(server.handle.stop(true));
    for socket in &mut sockets {
        assert_eq!(socket.hear_close().await, 1001);
    }
    let mut closed = Vec::new();
    for _ in 0..20 {
        closed.push(server.event().await);
    }
    assert_all(&closed, &opened);
    assert_eq!(server.workers.connections(), 0);
    server.gate.add_permits(1);
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "slow"));
    within(stopped).await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_answer_does_not_hold_up_the_stop() {
    let options = Options { close_timeout: Duration::from_millis(50), ..Options::default() };
    let mut server = Server::sweeping(options);
    let (mut raw, id) = server.raw().await;
    let stopped = tokio::spawn(server.handle.stop(true));
    assert_eq!(raw.close_code().await, 1001);
    assert!(raw.ended().await.is_empty());
    assert_eq!(server.event().await, Event::Closed(id));
    within(stopped).await.unwrap();
}

#[tokio::test]
async fn a_socket_that_opens_while_the_server_stops_is_closed_too() {
    let mut server = Server::start();
    let mut late = Raw::connect(server.address).await;
    late.send(Raw::handshake("/echo?wait=yes")).await;
    assert_eq!(server.event().await, Event::Started("handshake".to_owned()));
    let (mut other, _) = server.raw().await;
    let stopped = tokio::spawn(server.handle.stop(true));
    // The stop has reached the worker.
    assert_eq!(other.close_code().await, 1001);
    server.gate.add_permits(1);
    assert_eq!(late.answer().await.status, 101);
    assert_eq!(late.close_code().await, 1001);
    drop((late, other));
    within(stopped).await.unwrap();
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_an_upgrade_that_is_still_pipelined() {
    let mut server = Server::start();
    let mut raw = Raw::connect(server.address).await;
    raw.send(format!("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n{}", Raw::handshake("/echo"))).await;
    assert_eq!(server.event().await, Event::Started("request".to_owned()));
    let (mut other, _) = server.raw().await;
    let stopped = tokio::spawn(server.handle.stop(true));
    assert_eq!(other.close_code().await, 1001);
    server.gate.add_permits(1);
    assert_eq!(raw.answer().await.body, "slow");
    assert!(raw.ended().await.is_empty());
    drop(other);
    within(stopped).await.unwrap();
}

#[tokio::test]
async fn an_ungraceful_stop_drops_commands_and_closes() {
    let mut server = Server::start();
    let (mut socket, id) = server.open("/echo").await;
    socket.say("slow:1").await;
    assert_eq!(server.event().await, Event::Started("slow:1".to_owned()));
    within(server.handle.stop(false)).await;
    assert_eq!(server.event().await, Event::Dropped("slow:1".to_owned()));
    assert_eq!(server.event().await, Event::Closed(id));
    socket.ended().await;
    assert_eq!(server.workers.connections(), 0);
}
