//! Pages that are kept in memory are those that the database would give, whoever changed it.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tests::client::{Person, new_id};
use tests::on_each_database;

/// The page that everybody asks for, asked for twice: the second may come from memory.
async fn page(who: &Person, room: &str) -> Value {
    let path = format!("/conversations/{room}/messages");
    let page = who.http.get(&path).await.ok(200);
    assert_eq!(who.http.get(&path).await.ok(200), page);
    page
}

/// The same messages by way of a page that nobody has asked for before, so that none is kept.
async fn unkept(who: &Person, room: &str) -> Value {
    static BEFORE: AtomicUsize = AtomicUsize::new(1_000_000);
    let before = BEFORE.fetch_add(1, Ordering::Relaxed);
    who.http.get(&format!("/conversations/{room}/messages?before={before}")).await.ok(200)
}

on_each_database! {
    /// Two nodes, each with a memory of its own: what the one changes, the very next read from the other shows.
    async fn a_kept_page_is_never_out_of_date(app: App) {
        let node = app.another(|_| ()).await;
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (ada_there, bob_there) = (node.http.sign_in("ada", &ada.id).await, node.http.sign_in("bob", &bob.id).await);
        let room = ada.group("Room", &[&bob]).await;
        let path = format!("/conversations/{room}/messages");
        let first = ada.say(&room, "one").await;
        let message = format!("{path}/{}", first["id"].as_str().unwrap());
        let mut before = page(&bob, &room).await;
        assert_eq!(page(&bob_there, &room).await, before);

        for (who, method, path, body) in [
            (&bob_there, "POST", path.clone(), json!({"content": "two", "id": new_id()})),
            (&ada, "PATCH", message.clone(), json!({"content": "uno"})),
            (&ada_there, "PATCH", "/users/me".to_owned(), json!({"name": "Countess"})),
            (&ada, "PATCH", "/users/me".to_owned(), json!({"username": "lovelace"})),
            (&ada_there, "PATCH", "/users/me".to_owned(), json!({"avatar": "https://example.org/ada.png"})),
            (&ada_there, "DELETE", message, Value::Null),
        ] {
            let body = (!body.is_null()).then_some(body);
            let answer = who.http.call(method.parse().unwrap(), &path, body).await;
            assert!(answer.status < 300, "{answer:?}");
            let now = page(&bob, &room).await;
            assert_ne!(now, before, "{method} {path}");
            for reader in [&bob_there, &ada, &ada_there] {
                assert_eq!(page(reader, &room).await, now, "{method} {path}");
            }
            assert_eq!(unkept(&bob, &room).await, now, "{method} {path}");
            before = now;
        }
        node.stop().await;
    }

    /// Whoever does not take part is told so, however often others were given the page.
    async fn a_kept_page_is_for_those_who_take_part(app: App) {
        let node = app.another(|_| ()).await;
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let bob_there = node.http.sign_in("bob", &bob.id).await;
        let room = ada.group("Room", &[&bob]).await;
        let path = format!("/conversations/{room}/messages");
        ada.say(&room, "one").await;
        let before = page(&ada, &room).await;
        assert_eq!((page(&bob, &room).await, page(&bob_there, &room).await), (before.clone(), before.clone()));
        eve.http.get(&path).await.refused(403, "FORBIDDEN");

        ada.http.delete(&format!("/conversations/{room}/participants/{}", bob.id)).await.ok(204);
        for reader in [&bob, &bob_there] {
            reader.http.get(&path).await.refused(403, "FORBIDDEN");
        }
        assert_eq!(page(&ada, &room).await, before);
        ada.http.post(&format!("/conversations/{room}/participants"), json!({"userIds": [bob.id]})).await.ok(201);
        assert_eq!((page(&bob, &room).await, page(&bob_there, &room).await), (before.clone(), before));

        ada.http.delete(&format!("/conversations/{room}")).await.ok(204);
        for reader in [&ada, &bob, &bob_there, &eve] {
            reader.http.get(&path).await.refused(404, "CONVERSATION_NOT_FOUND");
        }
        node.stop().await;
    }

    /// What a sender was told is stored is on every page from then on, while many read and write.
    async fn a_kept_page_has_all_that_was_acknowledged(app: App) {
        let node = app.another(|_| ()).await;
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let bob_there = node.http.sign_in("bob", &bob.id).await;
        let room = ada.group("Room", &[&bob]).await;
        let path = format!("/conversations/{room}/messages?limit=1");
        let acknowledged = AtomicUsize::new(0);
        let writing = async {
            for n in 1..=100 {
                ada.say(&room, &n.to_string()).await;
                acknowledged.store(n, Ordering::SeqCst);
            }
        };
        let reading = async |who: &Person| loop {
            let due = acknowledged.load(Ordering::SeqCst);
            let page = who.http.get(&path).await.ok(200);
            let newest = page[0]["seq"].as_u64().unwrap_or(0);
            assert!(newest >= due as u64, "{newest} after {due}");
            if newest == 100 { break }
        };
        tokio::join!(writing, reading(&bob), reading(&bob_there), reading(&ada));
        node.stop().await;
    }
}
