//! HTTP connections on which nobody is served any more.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::client::masked;
use common::{Event, Raw, Server};
use sockets::{Options, ServerOptions};
use tokio::io::AsyncReadExt as _;

const PLAIN: &str = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";

fn impatient() -> Server {
    // actix-http looks at its clock twice a second: shorter times might be over at once.
    let options = ServerOptions {
        keep_alive: Duration::from_secs(1),
        request_head: Duration::from_secs(1),
        tcp_user_timeout: Duration::from_millis(1),
        ..ServerOptions::default()
    };
    Server::with(1, Options::default(), &options)
}

/// A connection on which a request was answered, and the head of another is begun.
async fn begun(server: &Server) -> Raw {
    let mut raw = Raw::connect(server.address).await;
    raw.send(PLAIN).await;
    assert_eq!(raw.answer().await.status, 200);
    raw.send("GET /pl").await;
    raw
}

async fn ends(mut raw: Raw) {
    let read = tokio::time::timeout(Duration::from_secs(20), raw.stream.read(&mut [0; 64])).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))), "{read:?}");
}

#[tokio::test]
async fn the_head_of_a_later_request_is_not_waited_for_for_ever() {
    let server = impatient();
    ends(begun(&server).await).await;
}

#[tokio::test]
async fn a_request_that_is_served_may_take_its_time() {
    let mut server = impatient();
    let mut long = Raw::connect(server.address).await;
    long.send(PLAIN).await;
    assert_eq!(long.answer().await.status, 200);
    long.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(server.event().await, Event::Started("request".to_owned()));
    // Whoever came later has been given up by then, twice.
    ends(begun(&server).await).await;
    ends(begun(&server).await).await;
    server.gate.add_permits(1);
    assert_eq!(long.answer().await.body, "slow");
    long.send("GET /pl").await;
    ends(long).await;
}

#[tokio::test]
async fn a_connection_that_became_a_socket_stays() {
    let server = impatient();
    let mut socket = Raw::connect(server.address).await;
    socket.send(format!("{PLAIN}{}", Raw::handshake("/echo"))).await;
    assert_eq!(socket.answer().await.status, 200);
    assert_eq!(socket.answer().await.status, 101);
    ends(begun(&server).await).await;
    ends(begun(&server).await).await;
    socket.send(masked(0x81, b"hi")).await;
    assert_eq!(socket.text().await, "hi");
}
