//! The database goes away and comes back: calls are told so, sockets stay, nothing needs a restart.

#![cfg(feature = "postgres")]

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;
use tests::app::{App, Kind, run};
use tests::client::new_id;
use tests::database::FreshDatabase;
use tests::process::eventually;
use tests::proxy::Proxy;

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

/// The same app, by way of a wire that can fail.
async fn by_way_of(proxy: &Proxy, database: &FreshDatabase) -> App {
    App::start(&proxy.url(&database.settings().url)).await
}

/// G14: a database that says nothing any more. Every call is answered, and nothing is doubled when it speaks again.
#[test]
fn a_database_that_hangs() {
    run(Kind::Postgres, async |_: &App, database: &FreshDatabase| {
        let proxy = Proxy::before(&database.settings().url).await;
        let app = by_way_of(&proxy, database).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let mut socket = ada.connect().await;
        socket.done("conversation:join", json!({"conversationId": room})).await;
        let path = format!("/conversations/{room}/messages");

        proxy.hang();
        let sends = (0..60).map(|n| {
            let (ada, path) = (&ada, &path);
            async move { ada.http.post(path, json!({"content": format!("{n}"), "id": new_id()})).await }
        });
        let reads = (0..20).map(|_| ada.http.get(&path));
        let (sends, reads) = futures_util::join!(join_all(sends), join_all(reads));
        for answer in sends.into_iter().chain(reads) {
            assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
            answer.refused(503, "UNAVAILABLE");
        }
        // Whether what is refused so was stored is open.
        let message = |content| json!({"conversationId": room, "content": content});
        assert_eq!(socket.refused("message:send", message("by socket")).await, "UNAVAILABLE");
        socket.done("typing:start", json!({"conversationId": room})).await;

        proxy.heal();
        let resend = json!({"content": "again", "id": new_id()});
        eventually("it stores again", async || ada.http.post(&path, resend.clone()).await.status < 300).await;
        let last = socket.done("message:send", message("the last")).await;
        let stored = ada.http.get(&format!("{path}?limit=100")).await.ok(200);
        assert_eq!(stored[0], last);
        let contents: HashSet<&str> =
            stored.as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect();
        assert_eq!(contents.len(), stored.as_array().unwrap().len(), "none is there twice");
        eventually("no transaction is left behind", async || database.idle_in_transaction().await == 0).await;
        app.stop().await;
    });
}

/// G13: connections break and cannot be made, again and again.
#[test]
fn connections_that_break() {
    run(Kind::Postgres, async |_: &App, database: &FreshDatabase| {
        let proxy = Proxy::before(&database.settings().url).await;
        let app = by_way_of(&proxy, database).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let mut socket = ada.connect().await;
        // What opens while the database is away is closed.
        socket.done("conversation:join", json!({"conversationId": room})).await;
        let path = format!("/conversations/{room}/messages");
        let mut acknowledged = Vec::new();
        for _ in 0..10 {
            proxy.cut();
            ada.http.get(&path).await.refused(503, "UNAVAILABLE");
            ada.http.post(&path, json!({"content": "refused"})).await.refused(503, "UNAVAILABLE");
            proxy.heal();
            eventually("it serves again", async || ada.http.get(&path).await.status == 200).await;
            acknowledged.push(socket.done("message:send", json!({"conversationId": room, "content": "kept"})).await);
        }
        acknowledged.reverse();
        assert_eq!(ada.http.get(&path).await.ok(200), json!(acknowledged));
        app.stop().await;
    });
}

/// G15: one connection, and it is taken. Everyone is told to come back, sockets live on, nothing is stuck.
#[test]
fn a_pool_that_is_exhausted() {
    run(Kind::Postgres, async |app: &App, database: &FreshDatabase| {
        let app = app.another(|settings| settings.database.pool_size = Some(1)).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let mut socket = ada.connect().await;
        socket.done("conversation:join", json!({"conversationId": room})).await;
        let path = format!("/conversations/{room}/messages");

        let lock = database.lock("messages").await;
        for answer in join_all((0..200).map(|_| ada.http.get(&path))).await {
            assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
            answer.refused(503, "UNAVAILABLE");
        }
        socket.done("typing:start", json!({"conversationId": room})).await;
        lock.release().await;

        eventually("it serves again", async || ada.http.get(&path).await.status == 200).await;
        for answer in join_all((0..200).map(|_| ada.http.get(&path))).await {
            answer.ok(200);
        }
        app.stop().await;
    });
}
