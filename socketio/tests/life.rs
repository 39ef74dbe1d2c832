//! How sessions end, and who is told what.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::time::Duration;

use common::{Note, Raw, SOCKET, Server, news, within};
use socketio::Options;
use sockets::{Broadcast, Topic};

fn closed(parted: bool) -> Note {
    Note::Closed("/".to_owned(), parted)
}

#[tokio::test]
async fn a_goodbye_is_told_from_a_loss() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.say("41").await;
    assert_eq!(server.note().await, closed(true));
    let (mut raw, _) = server.member().await;
    raw.say("1").await;
    assert_eq!(raw.hears_close().await, 1000);
    assert_eq!(server.note().await, closed(true));
    let (mut raw, _) = server.member().await;
    raw.frame(0x88, &1001u16.to_be_bytes()).await;
    assert_eq!(raw.hears_close().await, 1001);
    assert_eq!(server.note().await, closed(true));
    let (mut raw, sid, _) = server.poller().await;
    raw.give(SOCKET, &sid, "1").await;
    assert_eq!(server.note().await, closed(true));
    let (raw, _) = server.member().await;
    drop(raw);
    assert_eq!(server.note().await, closed(false));
    let (mut raw, _) = server.member().await;
    raw.say("4abc").await;
    raw.hears_close().await;
    assert_eq!(server.note().await, closed(false));
}

#[tokio::test]
async fn what_a_client_asked_for_before_its_goodbye_is_done() {
    let mut server = Server::start();
    for (text, opcode) in [("1", 0x81), ("", 0x88)] {
        let (mut raw, _) = server.member().await;
        raw.say("42[\"slow\"]").await;
        raw.say("42[\"slow\"]").await;
        assert_eq!(server.note().await, Note::Started("slow"));
        raw.frame(opcode, text.as_bytes()).await;
        assert_eq!(raw.hears_close().await, 1000);
        assert_eq!(server.noted(), None);
        server.gate.add_permits(2);
        assert_eq!(server.note().await, Note::Started("slow"));
        assert_eq!(server.note().await, closed(true));
    }
}

#[tokio::test]
async fn a_goodbye_does_not_wait_for_ever() {
    let mut server = Server::limited(Options { close_timeout: Duration::from_millis(50), ..Options::default() });
    let (mut raw, sid, _) = server.poller().await;
    raw.give(SOCKET, &sid, "42[\"slow\"]\x1e1").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    assert_eq!(server.note().await, Note::Dropped("slow"));
    assert_eq!(server.note().await, closed(true));
}

#[tokio::test]
async fn a_loss_drops_what_runs() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    drop(raw);
    assert_eq!(server.note().await, Note::Dropped("slow"));
    assert_eq!(server.note().await, closed(false));
    // Also while it is asked who may come in: then there is nobody to be told of.
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    raw.say("40/slow,").await;
    assert_eq!(server.note().await, Note::Started("connect"));
    drop(raw);
    assert_eq!(server.note().await, Note::Dropped("connect"));
}

#[tokio::test]
async fn who_left_while_it_was_asked_does_not_come_in() {
    let mut server = Server::start();
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    raw.enter("").await;
    server.opened().await;
    raw.say("40/slow,").await;
    assert_eq!(server.note().await, Note::Started("connect"));
    raw.say("1").await;
    raw.hears_close().await;
    server.gate.add_permits(1);
    assert_eq!(server.note().await, closed(true));
    assert_eq!(server.noted(), None);
}

#[tokio::test]
async fn a_panic_ends_its_session_only() {
    let mut server = Server::start();
    let (mut other, _) = server.member().await;
    for verb in ["panic", "burst"] {
        let (mut raw, _) = server.member().await;
        raw.enter("/custom,").await;
        server.opened().await;
        raw.say(&format!("42[\"{verb}\"]")).await;
        assert_eq!(raw.hears_close().await, 1011);
        let all = [closed(false), Note::Closed("/custom".to_owned(), false)];
        common::assert_all(&[server.note().await, server.note().await], &all);
        let (mut polling, sid, _) = server.poller().await;
        polling.give(SOCKET, &sid, &format!("42[\"{verb}\"]")).await;
        assert_eq!(server.note().await, closed(false));
        assert_eq!(polling.poll(SOCKET, &sid).await.code(), 1);
    }
    other.say("42[\"still\"]").await;
    other.hears("42[\"still\"]").await;
}

#[tokio::test]
async fn the_server_may_end_a_namespace_or_all() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.enter("/custom,").await;
    server.opened().await;
    raw.say("42[\"bye\"]").await;
    raw.hears("41").await;
    assert_eq!(server.note().await, closed(false));
    raw.say("42/custom,[\"goodbye\"]").await;
    raw.hears("42/custom,[\"last\"]").await;
    raw.hears("41/custom,").await;
    assert_eq!(raw.hears_close().await, 1000);
    assert_eq!(server.note().await, Note::Closed("/custom".to_owned(), false));
    let (mut raw, sid, _) = server.poller().await;
    raw.give(SOCKET, &sid, "42[\"goodbye\"]").await;
    assert_eq!(server.note().await, closed(false));
    assert_eq!(raw.poll(SOCKET, &sid).await.body, "42[\"last\"]\x1e41\x1e1");
}

#[tokio::test]
async fn a_stop_says_goodbye_to_everybody() {
    let mut server = Server::with(2, Options::default());
    let (mut websocket, _) = server.member().await;
    let (mut polling, sid, _) = server.poller().await;
    polling.request("GET", &format!("{SOCKET}?EIO=4&transport=polling&sid={sid}"), "", "").await;
    assert!(polling.is_quiet().await);
    let stopped = tokio::spawn(server.handle.stop(true));
    assert_eq!(websocket.hears_close().await, 1001);
    assert_eq!(polling.answer().await.body, "1");
    drop(polling);
    assert_eq!([server.note().await, server.note().await], [closed(false), closed(false)]);
    within(stopped).await.unwrap();
    assert_eq!(server.workers.connections(), 0);
}

#[tokio::test]
async fn a_stop_without_grace_drops_what_runs() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    raw.say("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("slow"));
    within(server.handle.stop(false)).await;
    assert_eq!(server.note().await, Note::Dropped("slow"));
    assert_eq!(server.note().await, closed(false));
    raw.ended().await;
}

async fn connect(server: &Server, how: &str) -> Raw {
    let mut raw = server.raw().await;
    raw.websocket(SOCKET).await;
    raw.say(&format!("40{{\"opening\":\"{how}\"}}")).await;
    raw
}

#[tokio::test]
async fn nothing_is_missed_from_when_the_client_is_told_that_it_is_connected() {
    let mut server = Server::start();
    let mut raw = connect(&server, "slow").await;
    raw.say("42[\"join\"]").await;
    assert_eq!(server.note().await, Note::Started("opening"));
    server.workers.publish(0, Topic(0, 1), news("early"));
    assert!(raw.is_quiet().await, "it is not connected yet");
    server.gate.add_permits(1);
    assert!(raw.hear().await.starts_with("40{\"sid\":"));
    for expected in ["[\"auth\",{\"opening\":\"slow\"}]", "[\"early\"]", "[\"joined\"]"] {
        raw.hears(&format!("42{expected}")).await;
    }
}

#[tokio::test]
async fn a_socket_that_may_not_open_after_all_is_refused_and_the_session_stays() {
    let mut server = Server::start();
    let mut raw = connect(&server, "refused").await;
    raw.hears("44{\"message\":\"Full\"}").await;
    assert_eq!(server.note().await, closed(true));
    raw.say("40").await;
    assert!(raw.hear().await.starts_with("40{\"sid\":"));
    server.opened().await;
}

#[tokio::test]
async fn a_socket_that_ends_while_it_opens_is_told_so_once_it_is_connected() {
    let mut server = Server::start();
    let mut raw = connect(&server, "ended").await;
    assert!(raw.hear().await.starts_with("40{\"sid\":"));
    raw.hears("41").await;
    server.opened().await;
    assert_eq!(server.note().await, closed(false));
}

#[tokio::test]
async fn what_has_begun_runs_beside_others_and_ends_in_its_turn() {
    let mut server = Server::start();
    let (mut raw, _) = server.member().await;
    for text in ["42[\"begun\",1]", "42[\"begun\",2]", "42[\"slow\"]", "42[\"begun\",4]", "41"] {
        raw.say(text).await;
    }
    assert_eq!((server.note().await, server.note().await), (Note::Started("begun"), Note::Started("begun")));
    server.gate.add_permits(2);
    raw.hears("42[\"begun\",1]").await;
    raw.hears("42[\"begun\",2]").await;
    // The third has to wait for those, and what comes then for it.
    assert_eq!(server.note().await, Note::Started("slow"));
    server.gate.add_permits(1);
    raw.hears("42[\"slow\"]").await;
    assert_eq!(server.note().await, Note::Started("begun"));
    server.gate.add_permits(1);
    raw.hears("42[\"begun\",4]").await;
    assert_eq!(server.note().await, closed(true));
}

#[tokio::test]
async fn none_begins_while_something_is_held_back() {
    let mut server = Server::start();
    let (mut raw, id) = server.member().await;
    raw.say("42[\"join\"]").await;
    raw.hears("42[\"joined\"]").await;
    raw.say("42[\"begun\",1]").await;
    assert_eq!(server.note().await, Note::Started("begun"));
    let (done, brought) = tokio::sync::oneshot::channel();
    server.workers.publish(id.worker(), Topic(0, 1), Broadcast { origin: Some(id), ..news("caused") });
    server.workers.run(id.worker(), move || done.send(()).unwrap());
    within(brought).await.unwrap();
    raw.say("42[\"begun\",2]").await;
    raw.frame(0x89, b"read").await;
    assert_eq!(raw.next().await, (0x8A, b"read".to_vec()));
    server.gate.add_permits(1);
    raw.hears("42[\"begun\",1]").await;
    raw.hears("42[\"caused\"]").await;
    assert_eq!(server.note().await, Note::Started("begun"));
}
