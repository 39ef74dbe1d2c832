//! What reaches whom, and in which order.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::sync::Arc;

use common::{Event, Raw, Server, news};
use sockets::{Broadcast, Frame, Options, SLOW_CONSUMER, Topic};
use tokio_tungstenite::tungstenite::Message;

const TOPIC: Topic = Topic(0, 1);

#[tokio::test]
async fn who_never_reads_is_cut_and_the_others_miss_nothing() {
    let mut server = Server::limited(Options { queue_bytes: 64 * 1024, ..Options::default() });
    let (mut reader, _) = server.member("/echo").await;
    let mut narrow = Raw::narrow(server.address).await;
    narrow.upgrade("/echo").await;
    let Event::Opened(deaf) = server.event().await else { panic!("it opens") };
    server.workers.join(deaf, TOPIC, 0);
    let padding = "x".repeat(16 * 1024);
    let mut cut = None;
    for number in 0..2000 {
        let text = format!("{number}:{padding}");
        server.publish(&text);
        assert!(reader.hear().await == text, "number {number} is what comes next");
        cut = server.happened();
        if cut.is_some() {
            break;
        }
    }
    assert_eq!(cut, Some(Event::Closed(deaf)));
    assert_eq!(server.workers.connections(), 1);
    server.publish("after");
    assert_eq!(reader.hear().await, "after");
}

#[tokio::test]
async fn a_full_queue_ends_the_connection_with_its_code() {
    let mut server = Server::limited(Options { queue_frames: 4, ..Options::default() });
    let (mut socket, id) = server.member("/echo").await;
    socket.say("slow:1").await;
    assert_eq!(server.event().await, Event::Started("slow:1".to_owned()));
    for _ in 0..5 {
        server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("held") });
    }
    assert_eq!(socket.hear_close().await, SLOW_CONSUMER);
    assert_eq!(server.event().await, Event::Dropped("slow:1".to_owned()));
    assert_eq!(server.event().await, Event::Closed(id));
}

#[tokio::test]
async fn the_origin_reads_its_answer_before_the_news() {
    let mut server = Server::start();
    let (mut origin, id) = server.member("/echo").await;
    let (mut other, _) = server.member("/echo").await;
    server.publish("before");
    origin.say("slow:1").await;
    assert_eq!(server.event().await, Event::Started("slow:1".to_owned()));
    server.publish("meanwhile");
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("caused") });
    server.publish("behind");
    server.workers.send(id, Frame::text("alone"));
    for expected in ["before", "meanwhile", "caused", "behind"] {
        assert_eq!(other.hear().await, expected);
    }
    server.gate.add_permits(1);
    // What was there before goes out with the answer.
    for expected in ["before", "meanwhile", "slow:1", "caused", "behind", "alone"] {
        assert_eq!(origin.hear().await, expected);
    }
    // Nothing is held back for a command that is done.
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("later") });
    assert_eq!(origin.hear().await, "later");
}

#[tokio::test]
async fn what_is_held_is_written_before_a_close() {
    let mut server = Server::start();
    let (mut origin, id) = server.member("/echo").await;
    origin.say("slow:1").await;
    assert_eq!(server.event().await, Event::Started("slow:1".to_owned()));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("caused") });
    server.workers.close(id, 4002, "enough");
    assert_eq!(origin.hear().await, "caused");
    assert_eq!(origin.hear_close().await, 4002);
}

#[tokio::test]
async fn the_origin_may_be_left_out() {
    let mut server = Server::start();
    let (mut origin, id) = server.member("/echo").await;
    let (mut other, _) = server.member("/echo").await;
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), spares_origin: 1, ..news("for others") });
    server.publish("for all");
    assert_eq!(origin.hear().await, "for all");
    assert_eq!(other.hear().await, "for others");
    assert_eq!(other.hear().await, "for all");
}

#[tokio::test]
async fn what_may_be_dropped_is_when_the_queue_is_half_full() {
    let mut server = Server::limited(Options { queue_frames: 4, ..Options::default() });
    let (mut socket, id) = server.member("/echo").await;
    let (mut other, _) = server.member("/echo").await;
    socket.say("slow:1").await;
    assert_eq!(server.event().await, Event::Started("slow:1".to_owned()));
    let droppable = |text| Broadcast { droppable: true, ..news(text) };
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..droppable("1") });
    server.workers.publish(0, TOPIC, droppable("2"));
    // Whoever has room gets everything: it reads before more comes.
    assert_eq!((other.hear().await, other.hear().await), ("1".to_owned(), "2".to_owned()));
    server.workers.publish(0, TOPIC, droppable("3"));
    server.publish("4");
    assert_eq!((other.hear().await, other.hear().await), ("3".to_owned(), "4".to_owned()));
    server.gate.add_permits(1);
    for expected in ["slow:1", "1", "2", "4"] {
        assert_eq!(socket.hear().await, expected);
    }
    server.workers.publish(0, TOPIC, droppable("5"));
    assert_eq!(socket.hear().await, "5");
}

#[tokio::test]
async fn joining_and_leaving_take_effect_in_order() {
    let mut server = Server::start();
    let (mut socket, id) = server.open("/echo").await;
    let workers = &server.workers;
    server.publish("0");
    workers.join(id, TOPIC, 0);
    workers.join(id, TOPIC, 0);
    server.publish("1");
    workers.leave(id, TOPIC);
    server.publish("2");
    workers.leave(id, TOPIC);
    workers.join(id, TOPIC, 0);
    workers.join(id, Topic(0, 2), 0);
    server.publish("3");
    workers.publish(0, Topic(0, 2), news("4"));
    workers.publish(1, TOPIC, news("of a worker that is not"));
    workers.send(id, Frame::text("5"));
    for expected in ["1", "3", "4", "5"] {
        assert_eq!(socket.hear().await, expected);
    }
}

#[tokio::test]
async fn each_lane_takes_its_frame() {
    let mut server = Server::start();
    let (mut text, _) = server.member("/echo?lane=0").await;
    let (mut binary, _) = server.member("/echo?lane=1").await;
    let (mut none, _) = server.member("/echo?lane=2").await;
    let (mut beyond, _) = server.member("/echo?lane=3").await;
    let frames = Arc::new([Some(Frame::text("text")), Some(Frame::binary(b"binary")), None]);
    server.workers.publish(0, TOPIC, Broadcast { frames, ..news("") });
    let all = vec![Some(Frame::text("end")); 4].into();
    server.workers.publish(0, TOPIC, Broadcast { frames: all, ..news("") });
    assert_eq!(text.hear().await, "text");
    assert_eq!(binary.next().await, Message::binary(&b"binary"[..]));
    for socket in [&mut text, &mut binary, &mut none, &mut beyond] {
        assert_eq!(socket.hear().await, "end");
    }
}

#[tokio::test]
async fn a_member_changes_its_lane() {
    let mut server = Server::start();
    let (mut socket, id) = server.open("/echo").await;
    let workers = &server.workers;
    let frames: Arc<[_]> = Arc::new([Some(Frame::text("lane 0")), Some(Frame::text("lane 1"))]);
    for lane in [0, 1, 0] {
        workers.join(id, TOPIC, lane);
        workers.publish(0, TOPIC, Broadcast { frames: Arc::clone(&frames), ..news("") });
    }
    for expected in ["lane 0", "lane 1", "lane 0"] {
        assert_eq!(socket.hear().await, expected);
    }
}

#[tokio::test]
async fn some_are_told_alone_without_a_topic() {
    let mut server = Server::start();
    let (mut one, first) = server.member("/echo").await;
    let (mut two, second) = server.member("/echo").await;
    let (mut three, third) = server.member("/echo").await;
    let frames = Arc::new([Some(Frame::text("lane 0")), Some(Frame::text("lane 1"))]);
    let told = Broadcast { frames, origin: Some(third), spares_origin: 1, ..news("") };
    server.workers.tell(0, vec![(first, 0), (second, 1), (third, 0)], told);
    server.publish("end");
    assert_eq!(one.hear().await, "lane 0");
    assert_eq!(two.hear().await, "lane 1");
    for socket in [&mut one, &mut two, &mut three] {
        assert_eq!(socket.hear().await, "end");
    }
}

#[tokio::test]
async fn a_stale_id_reaches_nobody() {
    let mut server = Server::start();
    let (socket, stale) = server.member("/echo").await;
    drop(socket);
    assert_eq!(server.event().await, Event::Closed(stale));
    let (mut socket, fresh) = server.open("/echo").await;
    assert_ne!(stale, fresh);
    let workers = &server.workers;
    workers.send(stale, Frame::text("stale"));
    server.publish("the topic of the one before");
    workers.join(stale, TOPIC, 0);
    server.publish("joined by the one before");
    workers.join(fresh, TOPIC, 0);
    workers.leave(stale, TOPIC);
    server.publish("1");
    workers.close(stale, 4003, "stale");
    workers.send(fresh, Frame::text("2"));
    assert_eq!(socket.hear().await, "1");
    assert_eq!(socket.hear().await, "2");
}
