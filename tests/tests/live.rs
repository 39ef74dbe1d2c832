//! Live messages over the plain WebSocket door, against the running app, on each database.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use serde_json::{Value, json};
use tests::client::{Socket, new_id, quiet};
use tests::on_each_database;

on_each_database! {
    /// Two people talk; everybody hears everything once, in order, the sender after the answer.
    async fn a_talk(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let (mut at_ada, mut at_bob) = (ada.connect().await, Socket::open_as_browser(&app.base, bob.token()).await);
        at_bob.done("conversation:join", json!({"conversationId": room})).await;

        let sent = at_ada.cast("message:send", json!({"conversationId": room, "content": "hello"})).await;
        let ack = at_ada.next().await;
        assert_eq!((&ack["event"], &ack["id"]), (&json!("ack"), &json!(sent)));
        let message = ack["data"].clone();
        assert_eq!(at_ada.next().await, json!({"event": "message:received", "data": message}));
        assert_eq!(at_bob.event("message:received").await, message);
        assert_eq!(message["seq"], 1);

        let by_rest = bob.say(&room, "hi").await;
        assert_eq!(at_ada.event("message:received").await, by_rest);
        assert_eq!(at_bob.event("message:received").await, by_rest);

        let ids = json!({"conversationId": room, "messageId": message["id"], "content": "hello!"});
        let edited = at_ada.done("message:edit", ids).await;
        assert_eq!((&edited["content"], &edited["changedSeq"]), (&json!("hello!"), &json!(3)));
        assert_eq!(at_bob.event("message:updated").await, edited);
        let gone = at_ada.done("message:delete", json!({"conversationId": room, "messageId": message["id"]})).await;
        assert_eq!(gone["content"], Value::Null);
        assert_eq!(at_bob.event("message:deleted").await, gone);

        let read = at_bob.done("message:read", json!({"conversationId": room, "seq": 4})).await;
        assert_eq!(read, json!({"lastReadSeq": 4, "unreadCount": 0}));
        let receipt = json!({"conversationId": room, "userId": bob.id, "lastReadSeq": 4});
        assert_eq!(at_ada.event("receipt:updated").await, receipt);
    }

    /// Added, somebody hears at once; removed, nothing more; and is a stranger everywhere.
    async fn coming_and_going(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[]).await;
        let (mut at_ada, mut at_bob) = (ada.connect().await, bob.connect().await);
        at_ada.done("conversation:join", json!({"conversationId": room})).await;
        assert_eq!(at_bob.refused("conversation:join", json!({"conversationId": room})).await, "FORBIDDEN");

        let path = format!("/conversations/{room}/participants");
        ada.http.post(&path, json!({"userId": bob.id})).await.ok(201);
        let added = at_bob.event("participant:added").await;
        assert_eq!((&added["seq"], &added["user"]["id"], &added["by"]), (&json!(1), &json!(bob.id), &json!(ada.id)));
        assert_eq!(at_ada.event("participant:added").await, added);
        let first = ada.say(&room, "welcome").await;
        assert_eq!(at_bob.event("message:received").await, first);

        ada.http.delete(&format!("{path}/{}", bob.id)).await.ok(204);
        assert_eq!(at_bob.event("participant:removed").await["seq"], 3);
        ada.say(&room, "he is gone").await;
        assert_eq!(at_ada.event("participant:removed").await["seq"], 3);
        at_ada.event("message:received").await;
        assert_eq!(quiet(&mut at_bob, &room).await, [] as [Value; 0]);
        let refused = at_bob.refused("message:send", json!({"conversationId": room, "content": "let me in"})).await;
        assert_eq!(refused, "FORBIDDEN");
        bob.http.get(&format!("/conversations/{room}/messages")).await.refused(403, "FORBIDDEN");
    }

    /// What is made, changed and deleted over REST is told to those it concerns, and to nobody else.
    async fn conversations_are_told(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (mut at_bob, mut at_eve) = (bob.connect().await, eve.connect().await);
        at_bob.refused("conversation:join", json!({})).await;
        at_eve.refused("conversation:join", json!({})).await;
        let room = ada.group("Old", &[&bob]).await;
        let created = at_bob.event("conversation:created").await;
        assert_eq!((&created["id"], &created["seq"], &created["name"]), (&json!(room), &json!(0), &json!("Old")));
        assert!(created.get("unreadCount").is_none(), "what differs from viewer to viewer is left out");

        ada.http.patch(&format!("/conversations/{room}"), json!({"name": "New"})).await.ok(200);
        assert_eq!(at_bob.event("conversation:updated").await["name"], "New");
        ada.http.patch(&format!("/conversations/{room}"), json!({"name": "New"})).await.ok(200);
        let role = format!("/conversations/{room}/participants/{}", bob.id);
        ada.http.patch(&role, json!({"role": "owner"})).await.ok(200);
        let (heir, giver) = (at_bob.event("participant:updated").await, at_bob.event("participant:updated").await);
        assert_eq!((&heir["role"], &heir["seq"]), (&json!("owner"), &json!(2)), "the same name again takes no seq");
        assert_eq!((&giver["role"], &giver["seq"]), (&json!("admin"), &json!(3)));
        bob.http.delete(&format!("/conversations/{room}")).await.ok(204);
        assert_eq!(at_bob.event("conversation:deleted").await, json!({"conversationId": room, "seq": 4}));
        assert_eq!(quiet(&mut at_eve, &room).await, [] as [Value; 0]);
    }

    /// Sixteen equal sends at the same time are one message, told once.
    async fn one_message_from_sixteen_sends(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let mut at_bob = bob.connect().await;
        at_bob.done("conversation:join", json!({"conversationId": room})).await;
        for _ in 0..10 {
            let (path, id) = (format!("/conversations/{room}/messages"), new_id());
            let sends = (0..16).map(|n| ada.http.post(&path, json!({"id": id, "content": format!("copy {n}")})));
            let answers = futures_util::future::join_all(sends).await;
            let created = answers.iter().filter(|answer| answer.status == 201).count();
            let repeated = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!((created, repeated), (1, 15), "{answers:#?}");
            assert!(answers.iter().all(|answer| answer.data() == answers[0].data()));
            assert_eq!(at_bob.event("message:received").await, *answers[0].data());
        }
        let history = bob.http.get(&format!("/conversations/{room}/messages?limit=100")).await.ok(200);
        assert_eq!(history.as_array().unwrap().len(), 10);
        assert_eq!(quiet(&mut at_bob, &room).await, [] as [Value; 0]);
        let taken = history[0]["id"].clone();
        let path = format!("/conversations/{room}/messages");
        bob.http.post(&path, json!({"id": taken, "content": "mine"})).await.refused(409, "MESSAGE_ID_TAKEN");
    }

    /// Many senders at once: everybody sees one order, without holes, which is the order of the history.
    async fn one_order_for_all(app: App) {
        let ada = app.http.person("ada").await;
        let mut others = Vec::new();
        for n in 0..4 {
            others.push(app.http.person(&format!("person-{n}")).await);
        }
        let room = ada.group("Room", &others.iter().collect::<Vec<_>>()).await;
        let mut listener = ada.connect().await;
        listener.done("conversation:join", json!({"conversationId": room})).await;
        let mut sockets = Vec::new();
        for person in &others {
            let mut socket = person.connect().await;
            socket.done("conversation:join", json!({"conversationId": room})).await;
            sockets.push((person, socket));
        }
        let senders = sockets.into_iter().map(async |(person, mut socket)| {
            let mut heard = Vec::new();
            for n in 0..25 {
                let content = format!("{} {n}", person.username);
                socket.cast("message:send", json!({"conversationId": room, "content": content})).await;
            }
            let mut acked = Vec::new();
            while heard.len() < 100 {
                let frame = socket.next().await;
                let seq = frame["data"]["seq"].as_i64().unwrap();
                match frame["event"].as_str().unwrap() {
                    "ack" => acked.push(seq),
                    "message:received" => {
                        let own = frame["data"]["sender"]["id"] == person.id;
                        assert!(!own || acked.contains(&seq), "the answer comes before the news of it");
                        heard.push(seq);
                    }
                    other => panic!("{other}"),
                }
            }
            assert!(acked.is_sorted(), "the commands of one connection run in order");
            heard
        });
        let heard = futures_util::future::join_all(senders).await;
        let order: Vec<i64> = (1..=100).collect();
        assert!(heard.iter().all(|seqs| *seqs == order));
        let mut live = Vec::new();
        for _ in 0..100 {
            live.push(listener.event("message:received").await["id"].clone());
        }
        let history = ada.http.get(&format!("/conversations/{room}/messages?limit=100")).await.ok(200);
        let stored: Vec<Value> = history.as_array().unwrap().iter().rev().map(|m| m["id"].clone()).collect();
        assert_eq!(live, stored);
    }

    /// Send racing with remove: nothing of the removed comes after the removal, neither live nor stored.
    async fn send_races_with_remove(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let (mut at_ada, mut at_bob) = (ada.connect().await, bob.connect().await);
        at_ada.done("conversation:join", json!({"conversationId": room})).await;
        at_bob.done("conversation:join", json!({"conversationId": room})).await;
        let people = format!("/conversations/{room}/participants");
        for _ in 0..20 {
            let remove = format!("{people}/{}", bob.id);
            let send = at_bob.ask("message:send", json!({"conversationId": room, "content": "now"}));
            let (answer, removed) = tokio::join!(send, ada.http.delete(&remove));
            removed.ok(204);
            let gone = loop {
                let frame = at_ada.next().await;
                if frame["event"] == "participant:removed" {
                    break frame["data"]["seq"].as_i64().unwrap();
                }
            };
            match answer["event"].as_str() {
                Some("ack") => assert!(answer["data"]["seq"].as_i64().unwrap() < gone),
                _ => assert_eq!(answer["data"]["code"], "FORBIDDEN"),
            }
            ada.say(&room, "without him").await;
            at_ada.event("message:received").await;
            let late = quiet(&mut at_bob, &room).await;
            assert!(late.iter().all(|frame| frame["data"]["seq"].as_i64().unwrap() <= gone), "{late:?}");
            ada.http.post(&people, json!({"userId": bob.id})).await.ok(201);
            at_bob.event("participant:added").await;
        }
    }

    /// Catching up tells everything that was missed, page by page, and refuses what is none of the caller's.
    async fn catching_up(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (room, other) = (ada.group("Room", &[&bob]).await, eve.group("Other", &[]).await);
        for n in 0..60 {
            ada.say(&room, &format!("message {n}")).await;
        }
        let mut at_bob = bob.connect().await;
        let unknown = new_id();
        let positions = json!({"conversations": {room.clone(): 0, other.clone(): 0, unknown.clone(): 0}});
        let synced = at_bob.done("conversation:sync", positions).await["conversations"].clone();
        assert_eq!(synced[&other]["code"], "FORBIDDEN");
        assert_eq!(synced[&unknown]["code"], "CONVERSATION_NOT_FOUND");
        let page = &synced[&room];
        assert_eq!((&page["seq"], &page["hasMore"]), (&json!(60), &json!(true)));
        let last = page["changes"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
        let rest = at_bob.done("conversation:sync", json!({"conversations": {room.clone(): last}})).await;
        let rest = &rest["conversations"][&room];
        assert_eq!(rest["hasMore"], false);
        assert_eq!(rest["changes"].as_array().unwrap().last().unwrap()["seq"], 60);
    }

    /// Connections die with their session, at once, and a token that does not hold opens none.
    async fn sockets_end_with_their_session(app: App) {
        let ada = app.http.person("ada").await;
        let again = app.http.sign_in("ada", &ada.id).await;
        let (mut first, mut second) = (ada.connect().await, again.connect().await);
        first.refused("conversation:join", json!({})).await;
        second.refused("conversation:join", json!({})).await;
        again.http.post("/auth/logout", json!({})).await.ok(204);
        assert_eq!(second.closed().await, (4001, "Unauthorized".into()));
        first.refused("conversation:join", json!({})).await;
        for token in [None, Some("nonsense"), again.http.token.as_deref()] {
            let mut refused = Socket::open(&app.base, token).await;
            assert_eq!(refused.closed().await, (4001, "Unauthorized".into()));
        }
        let change = json!({"currentPassword": tests::client::PASSWORD, "newPassword": "another good one"});
        let third = app.http.sign_in("ada", &ada.id).await;
        let mut at_third = third.connect().await;
        at_third.refused("conversation:join", json!({})).await;
        third.http.put("/users/me/password", change).await.ok(204);
        assert_eq!(first.closed().await.0, 4001, "the other sessions end");
        at_third.refused("conversation:join", json!({})).await;
        third.http.call(reqwest::Method::DELETE, "/users/me", Some(json!({"password": "another good one"}))).await.ok(204);
        assert_eq!(at_third.closed().await.0, 4001);
    }

    /// Whatever is sent, the connection answers and goes on.
    async fn nonsense_is_answered(app: App) {
        let ada = app.http.person("ada").await;
        let mut socket = ada.connect().await;
        for (text, code) in [
            ("", "MALFORMED_JSON"),
            ("{}", "MALFORMED_JSON"),
            (r#"{"event":"shout","data":{}}"#, "UNKNOWN_EVENT"),
            (r#"{"event":"message:send"}"#, "VALIDATION_FAILED"),
            (r#"{"event":"message:send","data":{"conversationId":{"$ne":null},"content":["x"]}}"#, "VALIDATION_FAILED"),
        ] {
            socket.send_text(text).await;
            let answer = socket.next().await;
            assert_eq!((&answer["event"], &answer["data"]["code"]), (&json!("error"), &json!(code)), "{text}");
        }
        let unknown = json!({"conversationId": new_id(), "content": "x"});
        assert_eq!(socket.refused("message:send", unknown).await, "CONVERSATION_NOT_FOUND");
    }
}
