//! What a connection does with what its client sends, or does not.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::client::masked;
use common::{Event, QUIET, Raw, Server, within};
use sockets::Options;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
const TEXT: u8 = 0x81;

fn started(name: &str) -> Event {
    Event::Started(name.to_owned())
}

#[tokio::test]
async fn messages_of_any_allowed_size_come_back() {
    let mut server = Server::start();
    let (mut socket, _) = server.open("/echo").await;
    for length in [0, 1, 125, 126, 65_535, 65_536] {
        let text = "ä".repeat(length / 2) + &"x".repeat(length % 2);
        socket.say(&text).await;
        assert!(socket.hear().await == text, "{length}");
        socket.send(Message::binary(vec![7; length])).await;
        assert!(socket.next().await == Message::binary(vec![7; length]), "{length}");
    }
}

#[tokio::test]
async fn what_clients_may_not_send_closes_the_connection() {
    let mut server = Server::start();
    let huge = [&[0x82, 0xFF][..], &(1u64 << 62).to_be_bytes()].concat();
    let fragments = [masked(0x01, b"a"), masked(TEXT, b"b")].concat();
    for (bytes, code) in [
        (huge, 1009),
        (masked(0x82, &vec![0; 65_537]), 1009),
        (b"\x81\x02hi".to_vec(), 1002),
        (masked(0xC1, b"hi"), 1002),
        (masked(0x83, b"hi"), 1002),
        (masked(0x80, b"hi"), 1002),
        (fragments, 1002),
        (masked(PING, &[0; 126]), 1002),
        (masked(CLOSE, &1005u16.to_be_bytes()), 1002),
        (masked(TEXT, b"\xC3\x28"), 1007),
        (masked(0x01, b"\xFF"), 1007),
    ] {
        let (mut raw, id) = server.raw().await;
        raw.send(&bytes).await;
        assert_eq!(raw.close_code().await, code, "{:?}", &bytes[..bytes.len().min(20)]);
        // It answers, or just goes.
        drop(raw);
        assert_eq!(server.event().await, Event::Closed(id));
    }
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn fragments_are_joined_with_control_frames_between_them() {
    let mut server = Server::start();
    let (mut raw, _) = server.raw().await;
    raw.send([masked(0x01, b"\xC3"), masked(PING, b"?"), masked(0x80, b"\xA4")].concat()).await;
    assert_eq!(raw.frame().await, (0xA, b"?".to_vec()));
    assert_eq!(raw.text().await, "ä");
}

#[tokio::test]
async fn bytes_may_come_one_at_a_time() {
    let mut server = Server::start();
    let (mut raw, _) = server.raw().await;
    raw.stream.set_nodelay(true).unwrap();
    for byte in masked(TEXT, b"hello") {
        raw.send([byte]).await;
    }
    assert_eq!(raw.text().await, "hello");
}

#[tokio::test]
async fn a_close_is_echoed_and_the_server_ends_the_connection() {
    let mut server = Server::start();
    for (payload, code) in [(&4321u16.to_be_bytes()[..], 4321), (&[], 1000)] {
        let (mut raw, id) = server.raw().await;
        raw.send(masked(CLOSE, payload)).await;
        assert_eq!(raw.close_code().await, code);
        assert!(raw.ended().await.is_empty());
        assert_eq!(server.event().await, Event::Closed(id));
    }
}

#[tokio::test]
async fn what_was_sent_before_a_close_is_done_first() {
    let mut server = Server::start();
    let (mut raw, id) = server.raw().await;
    raw.send([masked(TEXT, b"slow:1"), masked(TEXT, b"2"), masked(CLOSE, &1000u16.to_be_bytes())].concat()).await;
    assert_eq!(server.event().await, started("slow:1"));
    server.gate.add_permits(1);
    assert_eq!(raw.text().await, "slow:1");
    assert_eq!(raw.text().await, "2");
    assert_eq!(raw.close_code().await, 1000);
    assert!(raw.ended().await.is_empty());
    assert_eq!(server.event().await, Event::Closed(id));
}

#[tokio::test]
async fn a_goodbye_is_told_from_a_loss() {
    let mut server = Server::start();
    let (mut raw, polite) = server.raw().await;
    raw.send(masked(CLOSE, &1001u16.to_be_bytes())).await;
    assert_eq!(server.event().await, Event::Closed(polite));
    let (raw, lost) = server.raw().await;
    drop(raw);
    assert_eq!(server.event().await, Event::Closed(lost));
    assert_eq!(*server.parted.lock().unwrap(), [polite]);
}

#[tokio::test]
async fn too_many_control_frames_are_refused() {
    for control in [PING, PONG] {
        let mut server = Server::limited(Options { max_control_frames: 10, ..Options::default() });
        let (mut raw, _) = server.raw().await;
        // More than enough, since counting may begin anew in between.
        raw.send(masked(control, b"?").repeat(50)).await;
        let code = loop {
            match raw.frame().await {
                (0xA, pong) => assert_eq!(pong, b"?"),
                (0x8, payload) => break u16::from_be_bytes([payload[0], payload[1]]),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1008);
    }
}

#[tokio::test]
async fn pings_that_come_together_are_each_answered() {
    let mut server = Server::start();
    let (mut raw, _) = server.raw().await;
    raw.send((b'0'..=b'9').flat_map(|digit| masked(PING, &[digit])).collect::<Vec<_>>()).await;
    for digit in b'0'..=b'9' {
        assert_eq!(raw.frame().await, (0xA, vec![digit]));
    }
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_cut() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(20), Duration::from_millis(50));
    let mut server = Server::sweeping(Options { ping_interval, ping_timeout, ..Options::default() });
    let (mut raw, id) = server.raw().await;
    assert_eq!(raw.ended().await, [0x89, 0]);
    assert_eq!(server.event().await, Event::Closed(id));
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(20), Duration::from_secs(4));
    let mut server = Server::sweeping(Options { ping_interval, ping_timeout, ..Options::default() });
    let (mut raw, _) = server.raw().await;
    for _ in 0..10 {
        assert_eq!(raw.frame().await, (0x9, Vec::new()));
        raw.send(masked(PONG, b"")).await;
    }
    raw.send(masked(TEXT, b"here")).await;
    while raw.frame().await != (0x1, b"here".to_vec()) {}
    assert_eq!(server.happened(), None);
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_close_is_cut() {
    let mut server = Server::sweeping(Options { close_timeout: Duration::from_millis(50), ..Options::default() });
    let (mut raw, id) = server.raw().await;
    raw.send(masked(TEXT, b"close:4001")).await;
    assert_eq!(raw.close_code().await, 4001);
    assert!(raw.ended().await.is_empty());
    assert_eq!(server.event().await, Event::Closed(id));
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_in_the_end() {
    let mut server = Server::sweeping(Options {
        write_stall: Duration::from_millis(50),
        queue_bytes: 64 * 1024 * 1024,
        queue_frames: 1_000_000,
        ..Options::default()
    });
    let mut raw = Raw::narrow(server.address).await;
    raw.upgrade("/echo").await;
    let Event::Opened(id) = server.event().await else { panic!("it opens") };
    let frame = sockets::Frame::binary(&vec![0; 16 * 1024 * 1024]);
    server.workers.send(id, frame);
    assert_eq!(server.event().await, Event::Closed(id));
    drop(raw);
}

#[tokio::test]
async fn commands_run_one_after_another() {
    let mut server = Server::start();
    let (mut socket, _) = server.open("/echo?open=slow").await;
    assert_eq!(server.event().await, started("open"));
    for text in ["1", "slow:2", "3", "slow:4", "5"] {
        socket.say(text).await;
    }
    server.gate.add_permits(1);
    assert_eq!(socket.hear().await, "welcome");
    assert_eq!(socket.hear().await, "1");
    assert_eq!(server.event().await, started("slow:2"));
    assert_eq!(server.happened(), None);
    server.gate.add_permits(1);
    assert_eq!(server.event().await, started("slow:4"));
    server.gate.add_permits(1);
    for expected in ["slow:2", "3", "slow:4", "5"] {
        assert_eq!(socket.hear().await, expected);
    }
}

#[tokio::test]
async fn a_connection_with_too_much_to_do_is_not_read() {
    const COUNT: usize = 500;
    let mut server = Server::limited(Options { max_backlog: 2, ..Options::default() });
    let mut raw = Raw::narrow(server.address).await;
    raw.upgrade("/echo").await;
    raw.send(masked(TEXT, b"slow:1")).await;
    assert!(matches!(server.event().await, Event::Opened(_)));
    assert_eq!(server.event().await, started("slow:1"));
    let padding = "x".repeat(60_000);
    let bytes: Vec<u8> =
        (0..COUNT).flat_map(|number| masked(TEXT, format!("mark:{number}:{padding}").as_bytes())).collect();
    let mut rest = &bytes[..];
    // It takes a few megabytes, which the kernel holds, and then no more.
    while let Ok(written) = tokio::time::timeout(QUIET, raw.stream.write(rest)).await {
        rest = &rest[written.unwrap()..];
        assert!(!rest.is_empty(), "all is read though a command runs");
    }
    server.gate.add_permits(1);
    let rest = rest.to_vec();
    assert_eq!(raw.text().await, "slow:1");
    // Answers are short: they wait in the kernel meanwhile.
    within(raw.stream.write_all(&rest)).await.unwrap();
    for number in 0..COUNT {
        assert_eq!(raw.text().await, number.to_string());
    }
}

#[tokio::test]
async fn a_disconnect_drops_the_command() {
    let mut server = Server::start();
    let (mut socket, id) = server.open("/echo").await;
    socket.say("slow:1").await;
    socket.say("2").await;
    assert_eq!(server.event().await, started("slow:1"));
    drop(socket);
    assert_eq!(server.event().await, Event::Dropped("slow:1".to_owned()));
    assert_eq!(server.event().await, Event::Closed(id));
    assert_eq!(server.workers.connections(), 0);
    // Nothing else happens to it: the next is of another one.
    let _other = server.open("/echo").await;
    assert_eq!(server.happened(), None);
}

#[tokio::test]
async fn a_panic_ends_only_its_own_connection() {
    let mut server = Server::start();
    let (mut other, _) = server.open("/echo").await;
    for told in ["panic", "burst"] {
        let (mut socket, id) = server.open("/echo").await;
        socket.say(told).await;
        socket.ended().await;
        assert_eq!(server.event().await, Event::Closed(id));
        assert_eq!(server.workers.connections(), 1);
    }
    let (mut socket, id) = server.open("/echo?open=panic").await;
    socket.ended().await;
    assert_eq!(server.event().await, Event::Closed(id));
    assert_eq!(server.workers.connections(), 1);
    other.say("still here").await;
    assert_eq!(other.hear().await, "still here");
}
