//! Who is there, who was, and who types: over the plain WebSocket door and REST, against the running app, on each
//! database.
//!
//! That somebody hears nothing is seen by what they hear next. Where time must pass, the app is set so that it passes
//! at once, and where it must not, so that it never does.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::time::Duration;

use api::Settings;
use serde_json::{Value, json};
use tests::app::App;
use tests::client::{Http, Person, SOON, Socket, new_id};
use tests::on_each_database;

const NEVER: Duration = Duration::from_hours(1);
const AT_ONCE: Duration = Duration::from_millis(50);

/// An app whose people are awaited, and whose typing lasts, for so long.
async fn app_with(app: &App, grace: Duration, expiry: Duration) -> App {
    let set = |settings: &mut Settings| {
        (settings.presence.grace, settings.presence.typing_expiry) = (grace, expiry);
        // Clients that do not read what a stop tells them are not waited for.
        settings.server.grace = Duration::from_secs(1);
    };
    app.another(set).await
}

/// People, all of them in one group of the first.
async fn group<const N: usize>(http: &Http, names: [&str; N]) -> (String, [Person; N]) {
    let mut people = Vec::new();
    for name in names {
        people.push(http.person(name).await);
    }
    let room = people[0].group("Room", &people[1..].iter().collect::<Vec<_>>()).await;
    (room, people.try_into().unwrap_or_else(|_| unreachable!()))
}

/// A connection that is open and shows who comes and goes, its owner's own coming heard.
async fn first(person: &Person) -> Socket {
    let mut socket = person.dial().await.hearing_presence();
    assert_eq!(socket.event("user:online").await["userId"], person.id);
    socket
}

/// A further connection, once it is open.
async fn further(person: &Person) -> Socket {
    let mut socket = person.dial().await.hearing_presence();
    socket.refused("conversation:join", json!({})).await;
    socket
}

/// A connection that is open and looks at the conversation, and shows no presence.
async fn looking(person: &Person, room: &str) -> Socket {
    let mut socket = person.connect().await;
    socket.done("conversation:join", json!({"conversationId": room})).await;
    socket
}

fn came(person: &Person, status: &str) -> Value {
    json!({"event": "user:online", "data": {"userId": person.id, "name": person.username, "status": status}})
}

fn typing(person: &Person, room: &str, is_typing: bool) -> Value {
    json!({
        "event": "typing:update",
        "data": {"conversationId": room, "userId": person.id, "isTyping": is_typing}
    })
}

/// Something that is heard for certain: what came before it came before it.
async fn sentinel(from: &Person, room: &str, at: &mut Socket) -> Vec<Value> {
    let message = from.say(room, "sentinel").await;
    let mut before = Vec::new();
    loop {
        let frame = at.next().await;
        if frame["event"] == "message:received" && frame["data"]["id"] == message["id"] {
            return before;
        }
        before.push(frame);
    }
}

async fn presence(asker: &Person, of: &Person) -> Value {
    asker.http.get(&format!("/users/{}", of.id)).await.ok(200)["presence"].clone()
}

on_each_database! {
    /// The first connection comes, the last one goes, at once after a goodbye; between them others come and go unheard.
    async fn two_devices_are_one_person(app: App) {
        let (room, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let mut at_ada = first(&ada).await;
        assert_eq!(presence(&ada, &bob).await, json!({"status": "offline", "lastSeenAt": null}));
        let phone = first(&bob).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        let laptop = further(&bob).await;
        phone.leave().await;
        assert_eq!(sentinel(&bob, &room, &mut at_ada).await, [] as [Value; 0]);
        assert_eq!(presence(&ada, &bob).await, json!({"status": "online", "lastSeenAt": null}));

        laptop.leave().await;
        let gone = at_ada.next().await;
        assert_eq!((&gone["event"], &gone["data"]["userId"]), (&json!("user:offline"), &json!(bob.id)));
        let seen = gone["data"]["lastSeenAt"].as_str().unwrap();
        assert_eq!(presence(&ada, &bob).await, json!({"status": "offline", "lastSeenAt": seen}));

        let _back = first(&bob).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        assert_eq!(presence(&ada, &bob).await, json!({"status": "online", "lastSeenAt": null}));
    }

    /// A connection that is cut ends a presence when the grace is over.
    async fn who_is_cut_off_goes_after_the_grace(app: App) {
        let app = app_with(app, AT_ONCE, NEVER).await;
        let (_, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let mut at_ada = first(&ada).await;
        let at_bob = first(&bob).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        drop(at_bob);
        let gone = at_ada.event("user:offline").await;
        assert_eq!(presence(&ada, &bob).await, json!({"status": "offline", "lastSeenAt": gone["lastSeenAt"]}));
        assert!(gone["lastSeenAt"].is_string());
        app.stop().await;
    }

    /// Back within the grace, somebody was never away: nobody hears of it, and they are how they said.
    async fn who_is_back_in_time_was_never_away(app: App) {
        let app = app_with(app, NEVER, NEVER).await;
        let (room, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let mut at_ada = first(&ada).await;
        at_ada.done("conversation:join", json!({"conversationId": room})).await;
        let mut at_bob = first(&bob).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        at_bob.done("presence:update", json!({"status": "busy"})).await;
        assert_eq!(at_ada.next().await, came(&bob, "busy"));
        // The end of the typing tells that the server has noticed the cut.
        at_bob.done("conversation:join", json!({"conversationId": room})).await;
        at_bob.done("typing:start", json!({"conversationId": room})).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        drop(at_bob);
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));
        assert_eq!(presence(&ada, &bob).await["status"], "busy");
        let online = ada.http.get("/users/online").await.ok(200);
        assert_eq!((&online[0]["id"], &online[0]["status"]), (&json!(bob.id), &json!("busy")));

        let again = further(&bob).await;
        assert_eq!(sentinel(&bob, &room, &mut at_ada).await, [] as [Value; 0]);
        assert_eq!(presence(&ada, &bob).await["status"], "busy");
        again.leave().await;
        assert_eq!(at_ada.next().await["event"], "user:offline", "at once: the connection that was cut counts no more");
        app.stop().await;
    }

    /// A status is one for all devices, and announced also if it is the same; those who share no conversation hear
    /// nothing.
    async fn a_status_is_heard_by_those_who_share_a_conversation(app: App) {
        let (_, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let eve = app.http.person("eve").await;
        let den = eve.group("Den", &[]).await;
        let (mut at_ada, mut at_eve) = (first(&ada).await, first(&eve).await);
        let (mut phone, mut laptop) = (first(&bob).await, further(&bob).await);
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        for status in ["away", "away", "busy", "online"] {
            assert_eq!(phone.done("presence:update", json!({"status": status})).await, json!({}));
            for socket in [&mut at_ada, &mut laptop] {
                assert_eq!(socket.next().await, came(&bob, status));
            }
        }
        laptop.done("presence:update", json!({"status": "away"})).await;
        assert_eq!(at_ada.next().await, came(&bob, "away"));
        phone.leave().await;
        assert_eq!(presence(&ada, &bob).await["status"], "away", "it stays with the device that is left");
        for bad in [json!({}), json!({"status": "offline"}), json!({"status": 1}), json!({"status": "away", "x": 1})] {
            assert_eq!(laptop.refused("presence:update", bad).await, "VALIDATION_FAILED");
        }
        laptop.leave().await;
        assert_eq!(at_ada.next().await["event"], "user:offline");
        assert_eq!(sentinel(&eve, &den, &mut at_eve).await, [] as [Value; 0]);
    }

    /// The end of a session ends a presence, and a deleted account leaves the list.
    async fn the_end_of_a_session_ends_a_presence(app: App) {
        let (room, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        bob.http.put(&format!("/conversations/direct/{}", ada.id), json!({})).await.ok(201);
        let mut at_ada = first(&ada).await;
        let again = app.http.sign_in("bob", &bob.id).await;
        let mut at_bob = first(&again).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        again.http.post("/auth/logout", json!({})).await.ok(204);
        at_bob.closed().await;
        at_bob.finish().await;
        assert_eq!(at_ada.next().await["event"], "user:offline");

        let mut at_bob = first(&bob).await;
        assert_eq!(at_ada.next().await, came(&bob, "online"));
        let delete = json!({"password": tests::client::PASSWORD});
        bob.http.call(reqwest::Method::DELETE, "/users/me", Some(delete)).await.ok(204);
        at_bob.closed().await;
        at_bob.finish().await;
        assert_eq!(at_ada.event("user:offline").await["userId"], bob.id);
        assert_eq!(ada.http.get("/users/online").await.ok(200), json!([]));
        assert_eq!(sentinel(&ada, &room, &mut at_ada).await, [] as [Value; 0]);
    }

    /// Everyone who is there but the caller, page by page, whether they share a conversation or not.
    async fn who_is_online_is_listed(app: App) {
        let mut people = Vec::new();
        for n in 0..5 {
            people.push(app.http.person(&format!("person-{n}")).await);
        }
        let ada = app.http.person("ada").await;
        assert_eq!(ada.http.get("/users/online").await.ok(200), json!([]));
        let mut sockets = vec![first(&ada).await];
        for person in &people[..4] {
            sockets.push(first(person).await);
        }
        sockets[2].done("presence:update", json!({"status": "away"})).await;
        let mut expected: Vec<Value> = people[..4].iter().enumerate().map(|(n, person)| {
            let status = if n == 1 { "away" } else { "online" };
            let name = &person.username;
            json!({"id": person.id, "username": name, "name": name, "avatar": null, "status": status})
        }).collect();
        expected.sort_by_key(|person| person["id"].as_str().unwrap().to_owned());
        assert_eq!(ada.http.get("/users/online").await.ok(200), Value::from(expected.clone()));
        for limit in [1, 2, 3, 4] {
            let (mut listed, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = ada.http.get(&format!("/users/online?limit={limit}{cursor}")).await;
                listed.extend(page.data().as_array().unwrap().clone());
                let pagination = &page.body["pagination"];
                assert_eq!(pagination["limit"], limit);
                assert_eq!(pagination["hasMore"], pagination["nextCursor"].is_string());
                let Some(next) = pagination["nextCursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(listed, expected, "by {limit}");
        }
        assert_eq!(ada.http.get("/users/online?cursor=nonsense&limit=0").await.fields(), ["cursor", "limit"]);
        app.http.get("/users/online").await.refused(401, "UNAUTHENTICATED");
        ada.http.get(&format!("/users/{}", new_id())).await.refused(404, "USER_NOT_FOUND");
    }

    /// When somebody was last seen is known after a restart, also of those who were there when it stopped.
    async fn last_seen_survives_a_restart(app: App) {
        let (_, [ada, bob, eve]) = group(&app.http, ["ada", "bob", "eve"]).await;
        let other = app_with(app, NEVER, NEVER).await;
        let (bob, eve) = (other.http.sign_in("bob", &bob.id).await, other.http.sign_in("eve", &eve.id).await);
        let mut at_eve = first(&eve).await;
        first(&bob).await.leave().await;
        let gone = at_eve.event("user:offline").await;
        other.stop().await;
        // The first app has read neither of them before.
        assert_eq!(presence(&ada, &bob).await, json!({"status": "offline", "lastSeenAt": gone["lastSeenAt"]}));
        let of_eve = presence(&ada, &eve).await;
        assert_eq!(of_eve["status"], "offline");
        assert!(of_eve["lastSeenAt"].as_str().unwrap() >= gone["lastSeenAt"].as_str().unwrap());
    }

    /// Those who look hear who types, except the person on all their devices; a leave, a cut, a message end it, once.
    async fn typing_is_told_to_those_who_look(app: App) {
        let app = app_with(app, NEVER, NEVER).await;
        let (room, [ada, bob, cleo]) = group(&app.http, ["ada", "bob", "cleo"]).await;
        let id = json!({"conversationId": room});
        let mut at_ada = looking(&ada, &room).await;
        let (mut phone, mut laptop) = (looking(&bob, &room).await, looking(&bob, &room).await);
        let mut aside = cleo.connect().await;
        aside.refused("conversation:join", json!({})).await;

        for _ in 0..3 {
            assert_eq!(phone.done("typing:start", id.clone()).await, json!({}));
        }
        laptop.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        phone.done("typing:stop", id.clone()).await;
        assert_eq!(sentinel(&ada, &room, &mut at_ada).await, [] as [Value; 0], "the other device types on");
        laptop.done("typing:stop", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));

        phone.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        phone.done("conversation:leave", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));
        assert_eq!(phone.refused("typing:start", id.clone()).await, "NOT_JOINED");
        phone.done("conversation:join", id.clone()).await;

        phone.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        let said = phone.done("message:send", json!({"conversationId": room, "content": "typed"})).await;
        assert_eq!(at_ada.next().await, json!({"event": "message:received", "data": said}));
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));

        laptop.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        bob.say(&room, "by REST").await;
        at_ada.event("message:received").await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));

        phone.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        drop(phone);
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));

        for socket in [&mut laptop, &mut aside] {
            let told = sentinel(&ada, &room, socket).await;
            assert!(told.iter().all(|frame| frame["event"] == "message:received"), "{told:?}");
        }
        app.stop().await;
    }

    /// A start that is not repeated ends by itself.
    async fn typing_ends_by_itself(app: App) {
        let app = app_with(app, NEVER, AT_ONCE).await;
        let (room, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let (mut at_ada, mut at_bob) = (looking(&ada, &room).await, looking(&bob, &room).await);
        for _ in 0..2 {
            at_bob.done("typing:start", json!({"conversationId": room})).await;
            assert_eq!(at_ada.next().await, typing(&bob, &room, true));
            assert_eq!(at_ada.next().await, typing(&bob, &room, false));
        }
        app.stop().await;
    }

    /// Only those who take part type, and only where they look; the removed stop.
    async fn strangers_do_not_type(app: App) {
        let app = app_with(app, NEVER, NEVER).await;
        let (room, [ada, bob]) = group(&app.http, ["ada", "bob"]).await;
        let eve = app.http.person("eve").await;
        let id = json!({"conversationId": room});
        let mut at_ada = looking(&ada, &room).await;
        let (mut at_bob, mut at_eve) = (looking(&bob, &room).await, eve.connect().await);
        for event in ["typing:start", "typing:stop"] {
            assert_eq!(at_eve.refused(event, id.clone()).await, "FORBIDDEN");
            let unknown = json!({"conversationId": new_id()});
            assert_eq!(at_eve.refused(event, unknown).await, "CONVERSATION_NOT_FOUND");
            for bad in [json!({}), json!({"conversationId": 1}), json!({"conversationId": room, "isTyping": true})] {
                assert_eq!(at_eve.refused(event, bad).await, "VALIDATION_FAILED");
            }
        }
        let mut aside = bob.connect().await;
        assert_eq!(aside.refused("typing:start", id.clone()).await, "NOT_JOINED");
        aside.done("typing:stop", id.clone()).await;
        assert_eq!(sentinel(&bob, &room, &mut at_ada).await, [] as [Value; 0]);

        at_bob.done("typing:start", id.clone()).await;
        assert_eq!(at_ada.next().await, typing(&bob, &room, true));
        ada.http.delete(&format!("/conversations/{room}/participants/{}", bob.id)).await.ok(204);
        assert_eq!(at_ada.next().await["event"], "participant:removed");
        assert_eq!(at_ada.next().await, typing(&bob, &room, false));
        assert_eq!(at_bob.refused("typing:start", id.clone()).await, "FORBIDDEN");
        ada.http.post(&format!("/conversations/{room}/participants"), json!({"userId": bob.id})).await.ok(201);
        at_bob.event("participant:added").await;
        assert_eq!(at_bob.refused("typing:start", id.clone()).await, "NOT_JOINED", "who comes back looks again first");
        app.stop().await;
    }
}

/// The stop of the app is no goodbye of its people, but they were last seen then; it ends in time.
#[test]
fn a_stop_with_open_connections_ends() {
    tests::app::run(tests::app::Kind::Sqlite, async |app, _| {
        let other = app_with(app, NEVER, NEVER).await;
        let ada = other.http.person("ada").await;
        let mut at_ada = first(&ada).await;
        let closing = tokio::spawn(async move { at_ada.closed().await });
        tokio::time::timeout(SOON * 2, other.stop()).await.unwrap();
        assert_eq!(closing.await.unwrap().0, 1001);
        let bob = app.http.person("bob").await;
        let seen = presence(&bob, &ada).await;
        assert!(seen["status"] == "offline" && seen["lastSeenAt"].is_string(), "{seen}");
    });
}
