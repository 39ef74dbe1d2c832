//! The database goes away and comes back: calls are told so, sockets stay, nothing needs a restart.

#![cfg(feature = "postgres")]

use serde_json::json;
use tests::app::{App, Kind, run};
use tests::database::FreshDatabase;

#[test]
fn an_outage_passes() {
    run(Kind::Postgres, async |app: &App, database: &FreshDatabase| {
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let mut socket = ada.connect().await;
        socket.done("conversation:join", json!({"conversationId": room})).await;

        database.shut().await;
        let path = format!("/conversations/{room}/messages");
        for answer in [ada.http.get(&path).await, ada.http.post(&path, json!({"content": "lost?"})).await] {
            assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
            answer.refused(503, "UNAVAILABLE");
        }
        let send = json!({"conversationId": room, "content": "lost?"});
        assert_eq!(socket.refused("message:send", send.clone()).await, "UNAVAILABLE");
        app.http.send(app.http.raw(reqwest::Method::GET, "/health/live")).await.ok(200);
        let ready = app.http.send(app.http.raw(reqwest::Method::GET, "/health/ready")).await;
        assert_eq!(ready.status, 503);

        database.reopen().await;
        let stored = socket.done("message:send", send).await;
        assert_eq!(stored["seq"], 1, "what was refused was not stored");
        assert_eq!(ada.http.get(&path).await.ok(200), json!([stored]));
    });
}
