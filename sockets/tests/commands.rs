//! Commands: one after another, but for those that have begun.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use common::{Event, Server, news};
use sockets::{Broadcast, Topic};

const TOPIC: Topic = Topic(0, 1);

fn started(name: &str) -> Event {
    Event::Started(name.to_owned())
}

#[tokio::test]
async fn what_has_begun_runs_beside_others_and_ends_in_its_turn() {
    let mut server = Server::start();
    let (mut socket, _) = server.member("/echo").await;
    for text in ["begun:1", "begun:2", "slow:3", "begun:4"] {
        socket.say(text).await;
    }
    assert_eq!((server.event().await, server.event().await), (started("begun:1"), started("begun:2")));
    server.gate.add_permits(1);
    assert_eq!(socket.hear().await, "begun:1");
    server.gate.add_permits(1);
    assert_eq!(socket.hear().await, "begun:2");
    // The third has to wait for those, and the fourth for it.
    assert_eq!(server.event().await, started("slow:3"));
    server.gate.add_permits(1);
    assert_eq!(socket.hear().await, "slow:3");
    assert_eq!(server.event().await, started("begun:4"));
}

#[tokio::test]
async fn none_begins_while_something_is_held_back() {
    let mut server = Server::start();
    let (mut origin, id) = server.member("/echo").await;
    let (mut other, _) = server.member("/echo").await;
    origin.say("begun:1").await;
    assert_eq!(server.event().await, started("begun:1"));
    server.workers.publish(0, TOPIC, Broadcast { origin: Some(id), ..news("caused") });
    assert_eq!(other.hear().await, "caused");
    origin.say("begun:2").await;
    origin.has_been_read().await;
    server.gate.add_permits(1);
    assert_eq!((origin.hear().await, origin.hear().await), ("begun:1".to_owned(), "caused".to_owned()));
    assert_eq!(server.event().await, started("begun:2"));
}
