//! Who hears and says what at the realtime doors.

use serde_json::{Value, json};
use tests::client::{Person, discreet, new_id, quiet};
use tests::control::Control;
use tests::frames::Frames;
use tests::on_each_database;
use tests::polling::{Polling, Told};

async fn enter(who: &Person, namespace: &'static str) -> Polling {
    Polling::open(&who.http.base, namespace, &json!({"token": who.token()})).await.unwrap()
}

/// The next event that is not about who is there: one's own devices are told that oneself is.
async fn news(at: &mut Polling) -> Told {
    loop {
        let told = at.told().await;
        if !told.name.starts_with("user:") {
            return told;
        }
    }
}

/// Every event that names a conversation, with all else it needs.
fn events(room: &str, message: &str) -> Vec<(&'static str, Value)> {
    let of = |more: Value| {
        let mut data = json!({"conversationId": room});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    vec![
        ("conversation:join", of(json!({}))),
        ("message:send", of(json!({"content": "let me in"}))),
        ("message:edit", of(json!({"messageId": message, "content": "mine now"}))),
        ("message:delete", of(json!({"messageId": message}))),
        ("message:read", of(json!({"seq": 1}))),
        ("message:read", of(json!({"messageId": message}))),
        ("typing:start", of(json!({}))),
        ("typing:stop", of(json!({}))),
    ]
}

/// The events of the document that a client may send and that name one conversation.
async fn documented(app: &tests::app::App) -> Vec<String> {
    let document = app.http.send(app.http.raw(reqwest::Method::GET, "/api/asyncapi.json")).await.body;
    let operations = document["operations"].as_object().unwrap().values();
    let said = operations
        .filter(|operation| operation["action"] == "receive" && operation["channel"]["$ref"] == "#/channels/ws");
    let messages = said.flat_map(|operation| operation["messages"].as_array().unwrap());
    let mut names: Vec<String> = messages
        .filter_map(|message| document.pointer(&message["$ref"].as_str()?[1..])?["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// What is there after all of it: what was said before, and nobody new.
async fn untouched(ada: &Person, room: &str, message: &Value) {
    assert_eq!(ada.http.get(&format!("/conversations/{room}/messages")).await.ok(200), json!([message]));
    assert_eq!(ada.http.get(&format!("/conversations/{room}")).await.ok(200)["participantCount"], 1);
}

on_each_database! {
    /// S38: a stranger is refused every event, at each door of the vocabulary, is not left joined, and hears nothing.
    async fn a_stranger_neither_speaks_nor_listens(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, eve) = (app.http.person("ada").await, app.http.person("eve").await);
        let room = ada.group("Room", &[]).await;
        let message = ada.say(&room, "private").await;
        let id = message["id"].as_str().unwrap();
        let mut at_ada = ada.connect().await;
        at_ada.done("conversation:join", json!({"conversationId": room})).await;
        let mut socket = eve.connect().await;
        for (place, code) in [(&room, "FORBIDDEN"), (&new_id(), "CONVERSATION_NOT_FOUND")] {
            for (event, data) in events(place, id) {
                assert_eq!(socket.refused(event, data).await, code, "{event}");
            }
        }
        for namespace in ["/", "/chat"] {
            let mut polling = enter(&eve, namespace).await;
            for (event, data) in events(&room, id) {
                let refused = polling.ask(event, data).await;
                discreet(&refused.to_string());
                assert_eq!((&refused["success"], &refused["code"]), (&json!(false), &json!("FORBIDDEN")), "{event}");
            }
            let synced = polling.done("conversation:sync", json!({"conversations": {room.clone(): 0}})).await;
            assert_eq!(synced["conversations"][&room]["code"], "FORBIDDEN");
            assert!(synced["conversations"][&room].get("changes").is_none());
            at_ada.done("typing:start", json!({"conversationId": room})).await;
            ada.http.patch(&format!("/conversations/{room}"), json!({"name": namespace})).await.ok(200);
            at_ada.event("conversation:updated").await;
            // Whatever had been told would come before the answer.
            polling.done("conversation:leave", json!({"conversationId": room})).await;
            polling.emit("message:shout", json!({})).await;
            assert_eq!(news(&mut polling).await.data["code"], "UNKNOWN_EVENT");
        }
        assert_eq!(quiet(&mut socket, &room).await, [] as [Value; 0]);
        assert_eq!(quiet(&mut at_ada, &room).await, [] as [Value; 0], "nothing was broadcast");
        untouched(&ada, &room, &message).await;
        control.works().await;
    }

    /// The table above has every event of the document that names a conversation.
    async fn the_events_are_complete(app: App) {
        let tried: Vec<&str> = events("", "").into_iter().map(|(event, _)| event).collect();
        // These name none, many, or may be sent by anyone to no effect.
        let others = ["conversation:leave", "conversation:sync", "presence:update"];
        for name in documented(app).await {
            assert!(tried.contains(&name.as_str()) || others.contains(&name.as_str()), "{name}");
        }
    }

    /// S38, S41: in `/chats` a stranger gets nowhere, and a message that nobody is to hear is heard by nobody.
    async fn nobody_overhears_a_room(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let (alone, pair) = (ada.group("Alone", &[]).await, ada.group("Pair", &[&bob]).await);
        let (mut at_ada, mut at_bob, mut at_eve) = (enter(&ada, "/chats").await, enter(&bob, "/chats").await, enter(&eve, "/chats").await);
        let say = |room: &str| json!({"type": "private", "roomId": room, "content": {"type": "text", "message": "psst"}});
        for room in [&alone, &pair, &new_id()] {
            for (event, data) in [("join", json!({"roomId": room})), ("message", say(room))] {
                at_eve.emit(event, data).await;
                assert_eq!(at_eve.told().await.data["name"], "chat_404", "the same, be it there or not");
            }
        }
        at_ada.done("join", json!({"roomId": alone})).await;
        at_ada.emit("message", say(&alone)).await;
        assert_eq!(at_ada.told().await.data["name"], "sent");
        // Where all have joined, nobody is away.
        at_ada.done("join", json!({"roomId": pair})).await;
        at_bob.done("join", json!({"roomId": pair})).await;
        at_ada.emit("message", say(&pair)).await;
        assert_eq!(at_ada.told().await.data["name"], "sent");
        assert_eq!(at_bob.told().await.name, "reply", "and nothing before it");
        for at in [&mut at_eve, &mut at_bob] {
            at.emit("join", json!({})).await;
            assert_eq!(at.told().await.data["name"], "validation", "and nothing before it");
        }
        control.works().await;
    }

    /// S38: at the door of frames, too; whoever is named in them, the caller is who signed in.
    async fn frames_of_a_stranger_come_to_nothing(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, eve) = (app.http.person("ada").await, app.http.person("eve").await);
        let room = ada.group("Room", &[]).await;
        let message = ada.say(&room, "private").await;
        let (mut at_ada, mut at_eve) = (Frames::connect(&ada).await, Frames::connect(&eve).await);
        for (kind, params) in [
            ("messageInGroup", json!({"messageId": new_id(), "groupId": room, "content": "let me in", "senderId": ada.id})),
            ("getlatestMessageGroup", json!({"groupId": room, "userId": ada.id})),
            ("leaveGroup", json!({"groupId": room, "userId": ada.id})),
            ("addUserInGroup", json!({"groupId": room, "userId": eve.id, "senderId": ada.id})),
        ] {
            assert_eq!(at_eve.refused(kind, params).await, "User is not a member of this group");
        }
        assert_eq!(at_eve.done("listLastMessage", json!({"userId": ada.id})).await, json!([]));
        assert_eq!((at_eve.quiet().await.len(), at_ada.quiet().await.len()), (0, 0));
        untouched(&ada, &room, &message).await;
        control.works().await;
    }

    /// S37: a connection that was lost is not taken up again once its session has ended, nor by anybody else.
    async fn an_ended_session_takes_nothing_up_again(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let room = ada.group("Room", &[&bob]).await;
        let mut lost = enter(&bob, "/chat").await;
        ada.say(&room, "known").await;
        let place = lost.event("message:received").await.place.unwrap();
        let pid = lost.welcome["pid"].clone();
        drop(lost);
        ada.say(&room, "missed").await;
        bob.http.post("/auth/logout", json!({})).await.ok(204);
        let again = |token: &str| json!({"token": token, "pid": pid, "offset": place});
        let refused = Polling::open(&app.base, "/chat", &again(bob.token())).await.err().unwrap();
        assert_eq!(refused["data"]["code"], "UNAUTHENTICATED");
        let mut theirs = Polling::open(&app.base, "/chat", &again(eve.token())).await.unwrap();
        assert_ne!(theirs.welcome["pid"], pid);
        theirs.emit("message:shout", json!({})).await;
        assert_eq!(news(&mut theirs).await.name, "error", "and nothing before it");
        for odd in [json!({"token": eve.token(), "pid": {"$ne": null}, "offset": "' OR 1=1"}), json!({"token": eve.token(), "pid": "__proto__", "offset": "-1"}), json!({"token": eve.token(), "pid": "x".repeat(40_000), "offset": ["0.0"]})] {
            if let Ok(new) = Polling::open(&app.base, "/chat", &odd).await {
                assert_ne!(new.welcome["pid"], odd["pid"]);
            }
        }
        control.works().await;
    }

    /// S40: who shares no conversation with somebody hears neither their presence nor their typing.
    async fn presence_is_for_those_who_share_a_conversation(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let room = ada.group("Room", &[&bob]).await;
        let (mut at_bob, mut at_eve) = (bob.connect().await.hearing_presence(), eve.connect().await.hearing_presence());
        at_bob.done("conversation:join", json!({"conversationId": room})).await;
        at_eve.refused("conversation:join", json!({"conversationId": room})).await;
        let mut at_ada = ada.connect().await;
        at_ada.done("conversation:join", json!({"conversationId": room})).await;
        while at_bob.event("user:online").await["userId"] != json!(ada.id) {}
        at_ada.done("presence:update", json!({"status": "busy"})).await;
        assert_eq!(at_bob.event("user:online").await["status"], "busy");
        at_ada.done("typing:start", json!({"conversationId": room})).await;
        assert_eq!(at_bob.event("typing:update").await["isTyping"], true);
        at_ada.leave().await;
        assert_eq!(at_bob.event("user:offline").await["userId"], json!(ada.id));
        let told = quiet(&mut at_eve, &room).await;
        assert!(told.iter().all(|frame| frame["data"]["userId"] == json!(eve.id)), "{told:?}");
        control.works().await;
    }
}
