//! Sessions on one worker, requests on another, and broadcasts to all.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::sync::Arc;

use common::{ENGINE, Note, Raw, SOCKET, Server, news, worker_of};
use socketio::{Options, packet};
use sockets::{Broadcast, ConnectionId, SLOW_CONSUMER, Topic};

const TOPIC: Topic = Topic(0, 1);

#[tokio::test]
async fn polls_are_brought_to_the_session() {
    let server = Server::with(2, Options::default());
    for (home, away) in [(0, 1), (1, 0)] {
        let mut raws = server.both().await;
        let sid = raws[home].open(ENGINE).await;
        assert_eq!(worker_of(&sid), home);
        let path = format!("{ENGINE}?EIO=4&transport=polling&sid={sid}");
        raws[away].request("GET", &path, "", "").await;
        assert!(raws[away].is_quiet().await);
        raws[home].give(ENGINE, &sid, "4here").await;
        assert_eq!(raws[away].answer().await.body, "4here");
        raws[away].give(ENGINE, &sid, "4there").await;
        assert_eq!(raws[home].poll(ENGINE, &sid).await.body, "4there");
        raws[away].give(ENGINE, &sid, "1").await;
        assert_eq!(raws[away].poll(ENGINE, &sid).await.code(), 1);
    }
}

#[tokio::test]
async fn a_poll_that_is_given_up_elsewhere_ends_the_session() {
    let mut server = Server::with(2, Options::default());
    let [mut home, mut away] = server.both().await;
    let sid = home.open(SOCKET).await;
    home.give(SOCKET, &sid, "40").await;
    away.poll(SOCKET, &sid).await;
    server.opened().await;
    away.request("GET", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(away.is_quiet().await);
    drop(away);
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    assert_eq!(home.poll(SOCKET, &sid).await.code(), 1);
}

#[tokio::test]
async fn a_websocket_moves_to_the_session() {
    let mut server = Server::with(2, Options::default());
    for (home, away) in [(0, 1), (1, 0), (0, 0)] {
        let mut raws = server.both().await;
        let sid = raws[home].open(SOCKET).await;
        raws[home].give(SOCKET, &sid, "40\x1e42[\"join\"]\x1e42[\"before\"]").await;
        let id = server.opened().await;
        assert_eq!(id.worker(), home);
        let connections = server.workers.connections();
        raws[away].take_over(SOCKET, &sid).await;
        assert!(raws[away].hear().await.starts_with("40{\"sid\":"));
        for expected in ["42[\"joined\"]", "42[\"before\"]"] {
            raws[away].hears(expected).await;
        }
        assert_eq!(server.workers.connections(), connections + 1);
        server.workers.publish(home, TOPIC, news("told"));
        raws[away].hears("42[\"told\"]").await;
        let mut moved = raws.into_iter().nth(away).unwrap();
        moved.say("42[\"slow\"]").await;
        assert_eq!(server.note().await, Note::Started("slow"));
        drop(moved);
        assert_eq!(server.note().await, Note::Dropped("slow"));
        assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    }
}

#[tokio::test]
async fn what_comes_with_the_upgrade_moves_too() {
    let server = Server::with(2, Options::default());
    let [mut home, mut away] = server.both().await;
    let sid = home.open(ENGINE).await;
    let request = format!(
        "GET {ENGINE}?EIO=4&transport=websocket&sid={sid} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    // Masked with zeros: the probe is in clear.
    away.send([request.as_bytes(), b"\x81\x86\0\0\0\x002probe\x81"].concat()).await;
    assert_eq!(away.answer().await.status, 101);
    away.hears("3probe").await;
    away.send(b"\x81\0\0\0\x005").await;
    away.say("4hello").await;
    away.hears("4hello").await;
}

#[tokio::test]
async fn a_stop_waits_for_websockets_that_have_moved() {
    let mut server = Server::with(2, Options::default());
    let [mut home, mut away] = server.both().await;
    let sid = home.open(SOCKET).await;
    home.give(SOCKET, &sid, "40").await;
    server.opened().await;
    away.take_over(SOCKET, &sid).await;
    away.hear().await;
    drop(home);
    let stopped = tokio::spawn(server.handle.stop(true));
    assert_eq!(away.hears_close().await, 1001);
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    common::within(stopped).await.unwrap();
    assert_eq!(server.workers.connections(), 0);
}

/// A member by polling and one by WebSocket, both in the topic, and both on the first worker.
async fn members(server: &mut Server) -> ((Raw, String, ConnectionId), (Raw, ConnectionId)) {
    let (mut polling, mut websocket) = (server.poller().await, server.member().await);
    polling.0.give(SOCKET, &polling.1, "42[\"join\"]").await;
    assert_eq!(polling.0.poll(SOCKET, &polling.1).await.body, "42[\"joined\"]");
    websocket.0.say("42[\"join\"]").await;
    websocket.0.hears("42[\"joined\"]").await;
    (polling, websocket)
}

#[tokio::test]
async fn broadcasts_reach_both_transports() {
    let mut server = Server::start();
    let ((mut polling, sid, polled), (mut websocket, id)) = members(&mut server).await;
    polling.request("GET", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    server.workers.publish(0, TOPIC, news("one"));
    assert_eq!(polling.answer().await.body, "42[\"one\"]");
    websocket.hears("42[\"one\"]").await;
    for number in ["two", "three"] {
        server.workers.tell(0, vec![(polled, 0), (id, 0)], news(number));
        websocket.hears(&format!("42[\"{number}\"]")).await;
    }
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"two\"]\x1e42[\"three\"]");
    server.workers.send(id, packet::event("/", "[\"alone\"]"));
    websocket.hears("42[\"alone\"]").await;
    server.workers.leave(id, TOPIC);
    server.workers.publish(0, TOPIC, news("unheard"));
    server.workers.send(id, packet::event("/", "[\"end\"]"));
    websocket.hears("42[\"end\"]").await;
}

#[tokio::test]
async fn lanes_and_the_origin_are_as_for_plain_sockets() {
    let mut server = Server::start();
    let ((mut polling, sid, polled), (mut websocket, id)) = members(&mut server).await;
    let frame = |text: &str| Some(packet::event("/", &format!("[\"{text}\"]")));
    server.workers.join(polled, TOPIC, 1);
    let frames = Arc::new([frame("lane 0"), frame("lane 1")]);
    server.workers.publish(0, TOPIC, Broadcast { frames, ..news("") });
    websocket.hears("42[\"lane 0\"]").await;
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"lane 1\"]");
    server.workers.join(polled, TOPIC, 0);
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), spares_origin: 1, ..news("for others") });
    server.workers.publish(0, TOPIC, news("for all"));
    websocket.hears("42[\"for all\"]").await;
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"for others\"]\x1e42[\"for all\"]");
}

#[tokio::test]
async fn the_origin_reads_its_answer_before_the_news() {
    let mut server = Server::start();
    let ((mut polling, sid, polled), (mut websocket, id)) = members(&mut server).await;
    websocket.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    server.workers.publish(0, TOPIC, news("before"));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("caused") });
    server.workers.publish(0, TOPIC, news("behind"));
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"before\"]\x1e42[\"caused\"]\x1e42[\"behind\"]");
    assert!(websocket.is_quiet().await, "all of it goes out with the answer");
    server.gate.add_permits(1);
    for expected in ["before", "slow", "caused", "behind"] {
        websocket.hears(&format!("42[\"{expected}\"]")).await;
    }
    // The same by polling, and the upgrade comes in between.
    polling.give(SOCKET, &sid, "42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(polled), ..news("caused") });
    let mut moved = server.raw().await;
    moved.take_over(SOCKET, &sid).await;
    assert!(moved.is_quiet().await);
    server.workers.publish(0, TOPIC, news("behind"));
    server.gate.add_permits(1);
    for expected in ["slow", "caused", "behind"] {
        moved.hears(&format!("42[\"{expected}\"]")).await;
    }
    // Nothing is held for a command that is done.
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(polled), ..news("later") });
    moved.hears("42[\"later\"]").await;
}

#[tokio::test]
async fn a_poll_is_answered_by_the_command_before_the_news() {
    let mut server = Server::start();
    let ((mut polling, sid, polled), (mut websocket, _)) = members(&mut server).await;
    polling.give(SOCKET, &sid, "42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(polled), ..news("caused") });
    websocket.hears("42[\"caused\"]").await;
    polling.request("GET", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    server.gate.add_permits(1);
    assert_eq!(polling.answer().await.body, "42[\"slow\"]");
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"caused\"]");
}

#[tokio::test]
async fn a_handler_holds_back_what_it_wants_to_precede() {
    let mut server = Server::start();
    let ((mut polling, sid, _), (mut websocket, _)) = members(&mut server).await;
    websocket.say("42[\"hold\"]").await;
    polling.give(SOCKET, &sid, "42[\"hold\"]").await;
    for _ in 0..2 {
        assert_eq!(server.note().await, Note::Started("hold"));
    }
    let (mut other, id) = server.member().await;
    server.workers.publish(0, TOPIC, news("1234"));
    server.workers.send(id, packet::event("/", "[\"published\"]"));
    other.hears("42[\"published\"]").await;
    assert!(websocket.is_quiet().await);
    server.gate.add_permits(2);
    // The frame with its header has waited.
    websocket.hears("42[12]").await;
    websocket.hears("42[\"1234\"]").await;
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[12]\x1e42[\"1234\"]");
}

#[tokio::test]
async fn who_does_not_poll_is_cut_and_the_others_miss_nothing() {
    let mut server = Server::limited(Options { queue_frames: 4, ..Options::default() });
    let ((mut polling, sid, _), (mut websocket, _)) = members(&mut server).await;
    for number in ["1", "2", "3", "4"] {
        server.workers.publish(0, TOPIC, news(number));
        websocket.hears(&format!("42[\"{number}\"]")).await;
    }
    assert_eq!(server.noted(), None);
    server.workers.publish(0, TOPIC, news("5"));
    websocket.hears("42[\"5\"]").await;
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    assert_eq!(polling.poll(SOCKET, &sid).await.code(), 1);
}

#[tokio::test]
async fn what_may_be_dropped_is_for_who_does_not_poll() {
    let mut server = Server::limited(Options { queue_frames: 4, ..Options::default() });
    let ((mut polling, sid, _), (mut websocket, _)) = members(&mut server).await;
    for number in ["1", "2", "3"] {
        server.workers.publish(0, TOPIC, Broadcast { droppable: true, ..news(number) });
        websocket.hears(&format!("42[\"{number}\"]")).await;
    }
    server.workers.publish(0, TOPIC, news("4"));
    websocket.hears("42[\"4\"]").await;
    assert_eq!(polling.poll(SOCKET, &sid).await.body, "42[\"1\"]\x1e42[\"2\"]\x1e42[\"4\"]");
}

#[tokio::test]
async fn who_does_not_read_is_cut() {
    let mut server = Server::limited(Options { queue_bytes: 64 * 1024, ..Options::default() });
    let mut narrow = Raw::narrow(server.address).await;
    narrow.websocket(SOCKET).await;
    narrow.enter("").await;
    let deaf = server.opened().await;
    let (mut reader, id) = server.member().await;
    let padding = "x".repeat(16 * 1024);
    let mut cut = None;
    for number in 0..2000 {
        let text = format!("{number}:{padding}");
        server.workers.tell(0, vec![(deaf, 0), (id, 0)], news(&text));
        assert!(reader.hear().await == format!("42[\"{text}\"]"), "number {number} is what comes next");
        cut = server.noted();
        if cut.is_some() {
            break;
        }
    }
    assert_eq!(cut, Some(Note::Closed("/".to_owned(), false)));
    // One that is at a boundary is told.
    let mut server = Server::limited(Options { queue_frames: 4, ..Options::default() });
    let (mut held, id) = server.member().await;
    held.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    for _ in 0..5 {
        server.workers.tell(0, vec![(id, 0)], Broadcast { origin: Some(id), ..news("held") });
    }
    assert_eq!(held.hears_close().await, SLOW_CONSUMER);
    assert_eq!(server.note().await, Note::Dropped("slow"));
}

#[tokio::test]
async fn closing_a_socket_ends_its_namespace() {
    let mut server = Server::start();
    let (mut raw, main) = server.member().await;
    raw.enter("/custom,").await;
    let custom = server.opened().await;
    assert_ne!(main, custom);
    server.workers.close(main, 4001, "enough");
    raw.hears("41").await;
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    // What the client sent before it knew is no fault, and it may come back.
    raw.say("42[\"late\"]").await;
    raw.say("430[]").await;
    raw.say("42/custom,[\"still\"]").await;
    raw.hears("42/custom,[\"still\"]").await;
    raw.enter("").await;
    let again = server.opened().await;
    server.workers.close(main, 4002, "stale");
    server.workers.close(again, 4003, "again");
    raw.hears("41").await;
    server.workers.close(custom, 4004, "all");
    raw.hears("41/custom,").await;
    assert_eq!(raw.hears_close().await, 4004);
    for namespace in ["/", "/custom"] {
        assert_eq!(server.note().await, Note::Closed(namespace.to_owned(), false));
    }
}

#[tokio::test]
async fn closing_a_polled_socket_lets_it_read_why() {
    let mut server = Server::start();
    let (mut raw, sid, id) = server.poller().await;
    server.workers.send(id, packet::event("/", "[\"last\"]"));
    server.workers.close(id, 4001, "enough");
    assert_eq!(server.note().await, Note::Closed("/".to_owned(), false));
    assert_eq!(raw.post(SOCKET, &sid, "42[\"late\"]").await.code(), 3);
    assert_eq!(raw.poll(SOCKET, &sid).await.body, "42[\"last\"]\x1e41\x1e1");
    assert_eq!(raw.poll(SOCKET, &sid).await.code(), 1);
}
