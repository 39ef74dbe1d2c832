//! Who may do what to which conversation, over REST: every call of the document, by everyone who might try.

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Answer, Http, Person, new_id};
use tests::control::Control;
use tests::on_each_database;

use crate::calls;

/// A group and what is in it. Everything in the table names it by these keys.
struct Scene {
    room: String,
    /// Messages of the owner, the member and the one who left.
    said: [String; 3],
}

/// Who might try.
struct Cast {
    owner: Person,
    member: Person,
    /// Another member, to whom things are done.
    target: Person,
    gone: Person,
    stranger: Person,
}

impl Cast {
    async fn new(http: &Http) -> Self {
        Self {
            owner: http.person("owner").await,
            member: http.person("member").await,
            target: http.person("target").await,
            gone: http.person("gone").await,
            stranger: http.person("stranger").await,
        }
    }

    /// A fresh group, as all have left it before somebody tries.
    async fn scene(&self) -> Scene {
        let room = self.owner.group("Room", &[&self.member, &self.target, &self.gone]).await;
        let mut said = Vec::new();
        for person in [&self.owner, &self.member, &self.gone] {
            said.push(person.say(&room, "mine").await["id"].as_str().unwrap().to_owned());
        }
        self.gone.http.post(&format!("/conversations/{room}/leave"), json!({})).await.ok(204);
        Scene { room, said: said.try_into().unwrap() }
    }

    fn named(&self, text: &str, scene: &Scene) -> String {
        let [owners, members, gones] = &scene.said;
        [
            ("{id}", &scene.room),
            ("{owners}", owners),
            ("{members}", members),
            ("{gones}", gones),
            ("{target}", &self.target.id),
            ("{stranger}", &self.stranger.id),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// A call: its template in the document, how it is named here, its body, and what a member and the owner get. Whoever
/// takes no part is refused, whatever it is.
type Row = (&'static str, &'static str, &'static str, &'static str, u16, u16);

const TABLE: [Row; 22] = [
    ("GET", "", "", "", 200, 200),
    ("PATCH", "", "", r#"{"name":"x"}"#, 403, 200),
    ("PATCH", "", "", r#"{"addPolicy":"admins"}"#, 403, 200),
    ("DELETE", "", "", "", 403, 204),
    ("GET", "/participants", "", "", 200, 200),
    ("POST", "/participants", "", r#"{"userId":"{stranger}"}"#, 201, 201),
    ("PATCH", "/participants/{userId}", "/participants/{target}", r#"{"role":"admin"}"#, 403, 200),
    ("DELETE", "/participants/{userId}", "/participants/{target}", "", 403, 204),
    ("POST", "/leave", "", "{}", 204, 204),
    ("GET", "/messages", "", "", 200, 200),
    ("GET", "/messages", "/messages?before={gones}", "", 200, 200),
    ("POST", "/messages", "", r#"{"content":"x"}"#, 201, 201),
    ("POST", "/messages", "", r#"{"content":"x","replyTo":"{owners}"}"#, 201, 201),
    ("PATCH", "/messages/{messageId}", "/messages/{owners}", r#"{"content":"x"}"#, 403, 200),
    ("PATCH", "/messages/{messageId}", "/messages/{members}", r#"{"content":"x"}"#, 200, 403),
    // Who left may not touch their own words either.
    ("PATCH", "/messages/{messageId}", "/messages/{gones}", r#"{"content":"x"}"#, 403, 403),
    ("DELETE", "/messages/{messageId}", "/messages/{owners}", "", 403, 200),
    ("DELETE", "/messages/{messageId}", "/messages/{members}", "", 200, 200),
    ("DELETE", "/messages/{messageId}", "/messages/{gones}", "", 403, 200),
    ("POST", "/read", "", r#"{"seq":1}"#, 200, 200),
    ("POST", "/read", "", r#"{"messageId":"{owners}"}"#, 200, 200),
    ("GET", "/changes", "", "", 200, 200),
];

/// Does what a row says.
async fn attempt(who: &Http, cast: &Cast, scene: &Scene, row: &Row) -> Answer {
    let (method, template, named, body, ..) = *row;
    let path = cast.named(&format!("/conversations/{{id}}{}", if named.is_empty() { template } else { named }), scene);
    let body = (!body.is_empty()).then(|| serde_json::from_str::<Value>(&cast.named(body, scene)).unwrap());
    who.call(method.parse().unwrap(), &path, body).await
}

/// All that those who take part can see of it.
async fn seen(who: &Person, room: &str) -> [Value; 3] {
    let mut seen = [Value::Null, Value::Null, Value::Null];
    for (place, part) in ["", "/messages", "/participants"].iter().enumerate() {
        seen[place] = who.http.get(&format!("/conversations/{room}{part}")).await.ok(200);
    }
    seen
}

on_each_database! {
    /// S32 to S34: strangers and those who left are refused everything, members what is the owner's, and nothing
    /// comes of what is refused.
    async fn every_call_to_a_conversation_by_everyone(app: App) {
        let mut control = Control::start(&app.http).await;
        let cast = Cast::new(&app.http).await;
        for row in &TABLE {
            let scene = cast.scene().await;
            let before = seen(&cast.owner, &scene.room).await;
            attempt(&app.http, &cast, &scene, row).await.refused(401, "UNAUTHENTICATED");
            attempt(&cast.stranger.http, &cast, &scene, row).await.refused(403, "FORBIDDEN");
            attempt(&cast.gone.http, &cast, &scene, row).await.refused(403, "FORBIDDEN");
            if row.4 == 403 {
                attempt(&cast.member.http, &cast, &scene, row).await.refused(403, "FORBIDDEN");
            }
            if row.5 == 403 {
                attempt(&cast.owner.http, &cast, &scene, row).await.refused(403, "FORBIDDEN");
            }
            assert_eq!(seen(&cast.owner, &scene.room).await, before, "{row:?}");
            let unknown = Scene { room: new_id(), said: scene.said };
            for person in [&cast.stranger, &cast.owner] {
                attempt(&person.http, &cast, &unknown, row).await.refused(404, "CONVERSATION_NOT_FOUND");
            }
            for (person, status) in [(&cast.member, row.4), (&cast.owner, row.5)] {
                if status != 403 {
                    attempt(&person.http, &cast, &cast.scene().await, row).await.ok(status);
                }
            }
            control.works().await;
        }
    }

    /// The table has every call of the document that names a conversation: a new one has to be judged here, too.
    async fn the_table_is_complete(app: App) {
        let documented = calls(&app.http, |path, _| path.starts_with("/conversations/{id}")).await;
        for (method, path) in documented {
            let judged = TABLE.iter().any(|row| row.0 == method.as_str() && format!("/conversations/{{id}}{}", row.1) == path);
            assert!(judged, "{method} {path}");
        }
    }

    /// S32: to a stranger a message that is there is like one that is not, to the last byte.
    async fn a_stranger_cannot_tell_what_is_there(app: App) {
        let mut control = Control::start(&app.http).await;
        let cast = Cast::new(&app.http).await;
        let scene = cast.scene().await;
        let bare = |answer: Answer| {
            let mut body = answer.refused(403, "FORBIDDEN");
            for varies in ["timestamp", "requestId", "path"] {
                body[varies] = Value::Null;
            }
            body
        };
        let messages = format!("/conversations/{}/messages", scene.room);
        for who in [&cast.stranger.http, &cast.gone.http] {
            let mut told = Vec::new();
            for id in [scene.said[0].clone(), new_id()] {
                told.push(bare(who.patch(&format!("{messages}/{id}"), json!({"content": "x"})).await));
                told.push(bare(who.delete(&format!("{messages}/{id}")).await));
                told.push(bare(who.get(&format!("{messages}?after={id}")).await));
                told.push(bare(who.post(&messages, json!({"content": "x", "replyTo": id})).await));
                told.push(bare(who.post(&format!("/conversations/{}/read", scene.room), json!({"messageId": id})).await));
            }
            for id in [cast.target.id.clone(), new_id()] {
                let path = format!("/conversations/{}/participants/{id}", scene.room);
                told.push(bare(who.delete(&path).await));
                told.push(bare(who.patch(&path, json!({"role": "admin"})).await));
            }
            assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
        }
        control.works().await;
    }

    /// S35, S36: an id of one conversation is nothing in another, in a path, a body or a cursor.
    async fn what_is_of_one_conversation_is_nothing_in_another(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, eve) = (app.http.person("ada").await, app.http.person("eve").await);
        let (hers, shared) = (ada.group("Hers", &[]).await, ada.group("Shared", &[&eve]).await);
        let secret = ada.say(&hers, "secret").await["id"].as_str().unwrap().to_owned();
        let own = eve.say(&shared, "mine").await["id"].as_str().unwrap().to_owned();
        let elsewhere = eve.group("Elsewhere", &[]).await;
        for (who, room, id) in [(&eve, &shared, &secret), (&eve, &elsewhere, &own), (&ada, &shared, &secret)] {
            let (path, read) = (format!("/conversations/{room}/messages"), format!("/conversations/{room}/read"));
            let one = format!("{path}/{id}");
            who.http.patch(&one, json!({"content": "x"})).await.refused(404, "MESSAGE_NOT_FOUND");
            who.http.delete(&one).await.refused(404, "MESSAGE_NOT_FOUND");
            who.http.post(&path, json!({"content": "x", "replyTo": id})).await.refused(404, "MESSAGE_NOT_FOUND");
            who.http.post(&path, json!({"content": "x", "id": id})).await.refused(409, "MESSAGE_ID_TAKEN");
            who.http.post(&read, json!({"messageId": id})).await.refused(404, "MESSAGE_NOT_FOUND");
            for way in ["before", "after"] {
                who.http.get(&format!("{path}?{way}={id}")).await.refused(404, "MESSAGE_NOT_FOUND");
            }
            let changed = who.http.patch(&one, json!({"content": "x", "conversationId": room})).await;
            assert_eq!(changed.fields(), ["conversationId"]);
        }
        assert_eq!(ada.http.get(&format!("/conversations/{hers}/messages")).await.ok(200)[0]["content"], "secret");

        // A cursor says where to go on, not whose list it is.
        for n in 0..3 {
            ada.group(&format!("Group {n}"), &[]).await;
        }
        let page = ada.http.get("/conversations?limit=1").await;
        let cursor = page.body["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        let seen = eve.http.get(&format!("/conversations?cursor={cursor}")).await.ok(200);
        let mut ids: Vec<&str> = seen.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        let mut of_eve = [shared.as_str(), elsewhere.as_str()];
        of_eve.sort_unstable();
        assert_eq!(ids, of_eve);
        let cursor = ada.http.get("/users?limit=1").await.body["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        for list in ["/conversations", "/users/online", &format!("/conversations/{shared}/participants")] {
            assert_eq!(ada.http.get(&format!("{list}?cursor={cursor}")).await.fields(), ["cursor"], "{list}");
        }
        control.works().await;
    }

    /// Sessions, profiles and passwords are one's own; a direct conversation is between two.
    async fn what_is_personal_is_ones_own(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let session = ada.http.get("/auth/sessions").await.ok(200)[0]["id"].as_str().unwrap().to_owned();
        eve.http.delete(&format!("/auth/sessions/{session}")).await.refused(404, "SESSION_NOT_FOUND");
        for method in [Method::PATCH, Method::DELETE, Method::PUT] {
            eve.http.call(method, &format!("/users/{}", ada.id), Some(json!({"name": "x"}))).await.refused(405, "METHOD_NOT_ALLOWED");
        }
        let direct = ada.http.put(&format!("/conversations/direct/{}", bob.id), json!({})).await.ok(201);
        let direct = format!("/conversations/{}", direct["id"].as_str().unwrap());
        eve.http.get(&direct).await.refused(403, "FORBIDDEN");
        eve.http.post(&format!("{direct}/messages"), json!({"content": "x"})).await.refused(403, "FORBIDDEN");
        eve.http.post(&format!("{direct}/participants"), json!({"userId": eve.id})).await.refused(403, "FORBIDDEN");
        eve.http.delete(&direct).await.refused(403, "FORBIDDEN");
        assert_eq!(eve.http.get("/conversations").await.ok(200), json!([]));
        ada.http.get("/users/me").await.ok(200);
        control.works().await;
    }
}
