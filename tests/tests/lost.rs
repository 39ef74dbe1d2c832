//! G6: a message is stored and its event is lost, as when a node dies between the two. Everybody hears of it soon, with
//! no reconnect and no further message.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use domain::message::Draft;
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Timestamp, UserId};
use serde_json::json;
use tests::app::{App, Kind, run};
use tests::client::new_id;
use tests::database::FreshDatabase;

async fn a_lost_event_is_heard_of(app: &App, database: &FreshDatabase) {
    let app = app.another_with(&[("POSITION_CHECK", "1s")]).await;
    let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
    let room = ada.group("Room", &[&bob]).await;
    let (mut at_ada, mut at_bob) = (ada.connect().await, bob.connect().await);
    for socket in [&mut at_ada, &mut at_bob] {
        socket.done("conversation:join", json!({"conversationId": room})).await;
    }
    let draft = Draft {
        id: MessageId(new_id().parse().unwrap()),
        conversation_id: ConversationId(room.parse().unwrap()),
        sender_id: UserId(ada.id.parse().unwrap()),
        body: MessageBody::parse("told to nobody").unwrap(),
        reply_to: None,
        at: Timestamp::from_millis(1),
        origin: None,
    };
    database.messages.append(draft).await.unwrap();
    for socket in [&mut at_ada, &mut at_bob] {
        let heard = socket.event("message:received").await;
        assert_eq!((&heard["seq"], &heard["content"]), (&json!(1), &json!("told to nobody")));
    }
    let next = ada.say(&room, "next").await;
    assert_eq!(at_bob.event("message:received").await, next, "and heard of once");
    app.stop().await;
}

#[test]
fn on_sqlite() {
    run(Kind::Sqlite, a_lost_event_is_heard_of);
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgres() {
    run(Kind::Postgres, a_lost_event_is_heard_of);
}
