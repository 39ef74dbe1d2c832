//! The Socket.IO door against the running app, on each database. What client libraries make of it is tried in
//! `tests/clients`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use serde_json::{Value, json};
use tests::client::Person;
use tests::on_each_database;
use tests::polling::{Polling, Told};

async fn connect(who: &Person, namespace: &'static str) -> Polling {
    Polling::open(&who.http.base, namespace, &json!({"token": who.token()})).await.unwrap()
}

/// Comes back in place of a lost connection that knew everything up to `told`.
async fn back(who: &Person, lost: &Polling, told: Option<&Told>) -> Polling {
    let offset = told.and_then(|told| told.place.clone());
    let auth = json!({"token": who.token(), "pid": lost.welcome["pid"], "offset": offset});
    Polling::open(&who.http.base, "/chat", &auth).await.unwrap()
}

fn recovered(new: &Polling, old: &Polling) -> bool {
    let same = new.welcome["pid"] == old.welcome["pid"];
    assert_eq!(same, new.welcome["sid"] == old.welcome["sid"], "the id stays if and only if it is recovered");
    same
}

fn contents(told: &[Told]) -> Vec<&Value> {
    told.iter().map(|told| &told.data["content"]).collect()
}

async fn heard(client: &mut Polling, count: usize) -> Vec<Told> {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(client.event("message:received").await);
    }
    told
}

on_each_database! {
    /// Who has no token of a living session is told so, by a code; and there are three namespaces.
    async fn who_is_let_in(app: App) {
        let ada = app.http.person("ada").await;
        for namespace in ["/", "/chat", "/chats"] {
            connect(&ada, namespace).await;
            for auth in [json!({}), json!({"token": "x.y.z"}), json!({"token": 5})] {
                let refused = Polling::open(&app.base, namespace, &auth).await.err().unwrap();
                assert_eq!(refused["message"], "Unauthorized");
                assert_eq!(refused["data"]["code"], "UNAUTHENTICATED");
            }
        }
        let unknown = Polling::open(&app.base, "/nowhere", &json!({"token": ada.token()})).await.err().unwrap();
        assert_eq!(unknown, json!({"message": "Invalid namespace"}));
    }

    /// The sender reads the acknowledgement before the news, the others hear at once, whatever door it came by.
    async fn a_talk(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let (mut at_ada, mut at_bob) = (connect(&ada, "/").await, connect(&bob, "/chat").await);
        let message = at_ada.done("message:send", json!({"conversationId": room, "content": "it's \"quoted\""})).await;
        assert_eq!(at_ada.event("message:received").await.data, message);
        assert_eq!(at_bob.event("message:received").await.data, message);
        let by_rest = bob.say(&room, "hi").await;
        assert_eq!(at_ada.event("message:received").await.data, by_rest);
        let refused = at_ada.ask("message:send", json!({"conversationId": room, "content": "x".repeat(90_000)})).await;
        assert_eq!((&refused["code"], &refused["errors"][0]["field"]), (&json!("VALIDATION_FAILED"), &json!("content")));
        at_ada.emit("message:shout", json!({})).await;
        let error = at_ada.event("error").await.data;
        assert_eq!((&error["code"], &error["event"]), (&json!("UNKNOWN_EVENT"), &json!("message:shout")));
    }

    /// A lost connection goes on where it was: everything once, in order, before anything new.
    async fn coming_back(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let (room, other) = (ada.group("Room", &[&bob]).await, ada.group("Other", &[&bob]).await);
        let mut lost = connect(&bob, "/chat").await;
        ada.say(&room, "known").await;
        let known = lost.event("message:received").await;
        for (place, content) in [(&room, "1"), (&other, "2"), (&room, "3")] {
            ada.say(place, content).await;
        }
        let mut again = back(&bob, &lost, Some(&known)).await;
        assert!(recovered(&again, &lost));
        lost.sent_away().await;
        ada.say(&other, "new").await;
        let told = heard(&mut again, 4).await;
        assert_eq!(contents(&told), ["1", "2", "3", "new"]);

        // Cut in the midst of it: what was heard counts.
        let mut third = back(&bob, &again, Some(&told[1])).await;
        assert!(recovered(&third, &again));
        assert_eq!(contents(&heard(&mut third, 2).await), ["3", "new"]);
    }

    /// What was superseded meanwhile is told once, as it is.
    async fn coming_back_to_what_has_changed(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let lost = connect(&bob, "/chat").await;
        let message = ada.say(&room, "helo").await;
        let path = format!("/conversations/{room}/messages/{}", message["id"].as_str().unwrap());
        ada.http.patch(&path, json!({"content": "hello"})).await.ok(200);
        let mut again = back(&bob, &lost, None).await;
        assert!(recovered(&again, &lost));
        ada.say(&room, "end").await;
        assert_eq!(contents(&heard(&mut again, 2).await), ["hello", "end"]);
    }

    /// So much is told again, and no more.
    async fn coming_back_after_much(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let lost = connect(&bob, "/chat").await;
        for number in 0..200 {
            ada.say(&room, &number.to_string()).await;
        }
        let mut again = back(&bob, &lost, None).await;
        assert!(recovered(&again, &lost));
        let told = heard(&mut again, 200).await;
        assert_eq!(contents(&told)[199], "199");
        drop(again);

        let lost = connect(&bob, "/chat").await;
        for number in 0..201 {
            ada.say(&room, &number.to_string()).await;
        }
        assert!(!recovered(&back(&bob, &lost, None).await, &lost));
    }

    /// Nobody goes on as somebody else, from a place that is none, or where they are strangers by now.
    async fn not_coming_back(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let mut lost = connect(&bob, "/chat").await;
        ada.say(&room, "known").await;
        let known = lost.event("message:received").await;
        assert!(!recovered(&back(&ada, &lost, Some(&known)).await, &lost), "it is not hers");
        let wrong = Told { place: Some("0.1".into()), ..known.clone() };
        assert!(!recovered(&back(&bob, &lost, Some(&wrong)).await, &lost), "a place of another process");

        let mut lost = connect(&bob, "/chat").await;
        ada.say(&room, "known").await;
        let known = lost.event("message:received").await;
        ada.http.delete(&format!("/conversations/{room}/participants/{}", bob.id)).await.ok(204);
        ada.say(&room, "secret").await;
        let mut stranger = back(&bob, &lost, Some(&known)).await;
        assert!(!recovered(&stranger, &lost));
        let refused = stranger.ask("conversation:join", json!({"conversationId": room})).await;
        assert_eq!(refused["code"], "FORBIDDEN");
    }

    /// A session's end reaches its sockets, and no others.
    async fn the_end_of_a_session(app: App) {
        let ada = app.http.person("ada").await;
        let other = app.http.sign_in(&ada.username, &ada.id).await;
        let (mut ends, mut stays) = (connect(&ada, "/").await, connect(&other, "/").await);
        ada.http.post("/auth/logout", json!({})).await.ok(204);
        ends.sent_away().await;
        stays.done("conversation:sync", json!({"conversations": {}})).await;
        let refused = Polling::open(&app.base, "/", &json!({"token": ada.token()})).await.err().unwrap();
        assert_eq!(refused["message"], "Unauthorized");
    }

    /// In `/chats`: a reply in the room, a notice outside of it, and nothing for strangers.
    async fn rooms(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let room = ada.group("Room", &[&bob]).await;
        let message = |text: &str| json!({"type": "private", "roomId": room, "content": {"type": "text", "message": text}});
        let (mut at_ada, mut at_bob) = (connect(&ada, "/chats").await, connect(&bob, "/chats").await);
        at_ada.emit("message", message("outside")).await;
        assert_eq!(at_ada.told().await.data["name"], "sent");
        let inbox = at_bob.told().await;
        assert_eq!((inbox.name.as_str(), &inbox.data["name"]), ("notification", &json!("inbox")));
        at_bob.done("join", json!({"roomId": room})).await;
        at_ada.emit("message", message("inside")).await;
        let reply = at_bob.told().await;
        assert_eq!((reply.name.as_str(), &reply.data["content"]["message"]), ("reply", &json!("inside")));

        let mut at_eve = connect(&eve, "/chats").await;
        for (event, data) in [("join", json!({"roomId": room})), ("message", message("let me in"))] {
            at_eve.emit(event, data).await;
            let error = at_eve.told().await;
            assert_eq!((error.name.as_str(), &error.data["name"]), ("error", &json!("chat_404")));
        }
        ada.say(&room, "between us").await;
        assert_eq!(at_bob.told().await.name, "reply");
        at_eve.emit("join", json!({})).await;
        assert_eq!(at_eve.told().await.data["name"], "validation", "and nothing before it");
    }
}
