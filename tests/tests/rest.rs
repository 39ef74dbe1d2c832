//! The REST door against the running app, on each database. Every answer is held against the OpenAPI document as well.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{PASSWORD, new_id};
use tests::on_each_database;

on_each_database! {
    /// Signing up: names, e-mails, what is taken, what is refused.
    async fn accounts(app: App) {
        let http = &app.http;
        let ada = http.post("/auth/register", json!({"username": "Ada", "email": "Ada@Example.org", "password": PASSWORD})).await.ok(201);
        assert_eq!((&ada["username"], &ada["email"], &ada["name"]), (&json!("ada"), &json!("ada@example.org"), &json!("ada")));
        assert!(ada.get("password").is_none() && ada.get("passwordHash").is_none());
        let again = json!({"username": "ADA", "password": PASSWORD});
        http.post("/auth/register", again).await.refused(409, "USERNAME_TAKEN");
        let again = json!({"username": "other", "email": "ada@example.ORG", "password": PASSWORD});
        http.post("/auth/register", again).await.refused(409, "EMAIL_TAKEN");
        let derived = http.post("/auth/register", json!({"email": "ada@elsewhere.org", "password": PASSWORD})).await.ok(201);
        assert!(derived["username"].as_str().unwrap().starts_with("ada-"), "{derived}");
        assert_eq!(http.post("/auth/register", json!({})).await.fields(), ["password", "username"]);
        assert_eq!(http.post("/auth/register", json!({"username": "x", "password": "short", "role": "admin"})).await.fields(), ["password", "role", "username"]);
        for login in [json!({"username": "ada"}), json!({"email": "ADA@example.org"})] {
            let mut login = login;
            login["password"] = json!(PASSWORD);
            let tokens = http.post("/auth/login", login).await.ok(200);
            assert_eq!((&tokens["tokenType"], &tokens["user"]["id"]), (&json!("Bearer"), &ada["id"]));
        }
        let wrong = http.post("/auth/login", json!({"username": "ada", "password": "not this one"})).await;
        let unknown = http.post("/auth/login", json!({"username": "nobody", "password": "not this one"})).await;
        let (wrong, unknown) = (wrong.refused(401, "INVALID_CREDENTIALS"), unknown.refused(401, "INVALID_CREDENTIALS"));
        assert_eq!(wrong["message"], unknown["message"]);
        assert_eq!(http.post("/auth/login", json!({"username": "ada"})).await.fields(), ["password"]);
    }

    /// Two at once want the same name: one gets it.
    async fn one_name_for_one(app: App) {
        for n in 0..5 {
            let body = json!({"username": format!("racer{n}"), "password": PASSWORD});
            let racers = (0..4).map(|_| app.http.post("/auth/register", body.clone()));
            let answers = futures_util::future::join_all(racers).await;
            assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1, "{answers:?}");
            assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 3, "{answers:?}");
        }
    }

    /// Refresh tokens rotate; a lost reply is forgiven, a copy ends the session.
    async fn sessions(app: App) {
        let ada = app.http.person("ada").await;
        let refresh = async |token: &str| app.http.post("/auth/refresh", json!({"refreshToken": token})).await;
        let first = refresh(&ada.refresh).await.ok(200);
        let lost = refresh(&ada.refresh).await.ok(200);
        assert_eq!(first["refreshToken"], lost["refreshToken"], "a lost reply is given again");
        let second = refresh(first["refreshToken"].as_str().unwrap()).await.ok(200);
        let mut person = ada.clone();
        person.http.token = second["accessToken"].as_str().map(Into::into);
        person.http.get("/users/me").await.ok(200);
        refresh(&ada.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
        refresh(second["refreshToken"].as_str().unwrap()).await.refused(401, "UNAUTHENTICATED");
        person.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
        refresh("made up").await.refused(401, "UNAUTHENTICATED");

        let (here, there) = (app.http.sign_in("ada", &ada.id).await, app.http.sign_in("ada", &ada.id).await);
        let sessions = here.http.get("/auth/sessions").await.ok(200);
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions.iter().filter(|s| s["current"] == true).count(), 1);
        let other = sessions.iter().find(|s| s["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        let bob = app.http.person("bob").await;
        bob.http.delete(&format!("/auth/sessions/{other}")).await.refused(404, "SESSION_NOT_FOUND");
        here.http.delete(&format!("/auth/sessions/{other}")).await.ok(204);
        there.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
        here.http.post("/auth/logout", json!({})).await.ok(204);
        here.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
    }

    /// Fifty refreshes of one token at once leave one living branch.
    async fn one_branch_of_fifty(app: App) {
        let ada = app.http.person("ada").await;
        let refreshes = (0..50).map(|_| app.http.post("/auth/refresh", json!({"refreshToken": ada.refresh})));
        let answers = futures_util::future::join_all(refreshes).await;
        let mut tokens: Vec<&str> = answers.iter().map(|a| a.data()["refreshToken"].as_str().unwrap()).collect();
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
    }

    /// Profiles: own and others', changed, searched, deleted.
    async fn people(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob_1").await);
        app.http.person("bobs1").await;
        let change = json!({"name": "Ada 100%", "email": "ada@example.org", "avatar": "https://example.org/a.png"});
        let me = ada.http.patch("/users/me", change).await.ok(200);
        assert_eq!(ada.http.get("/users/me").await.ok(200), me);
        assert_eq!((&me["name"], &me["email"]), (&json!("Ada 100%"), &json!("ada@example.org")));
        let seen = bob.http.get(&format!("/users/{}", ada.id)).await.ok(200);
        assert!(seen.get("email").is_none(), "{seen}");
        ada.http.patch("/users/me", json!({"username": "bob_1"})).await.refused(409, "USERNAME_TAKEN");
        bob.http.patch("/users/me", json!({"email": "ADA@example.org"})).await.refused(409, "EMAIL_TAKEN");
        assert_eq!(ada.http.patch("/users/me", json!({"avatar": null})).await.ok(200)["avatar"], Value::Null);
        assert_eq!(ada.http.patch("/users/me", json!({"name": "", "id": "x"})).await.fields(), ["id", "name"]);
        let found = async |search: &str| {
            let path = format!("/api/v1/users?search={search}");
            let list = app.http.send(app.http.raw(Method::GET, &path).bearer_auth(ada.token())).await.ok(200);
            list.as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("BOB").await, ["bob_1", "bobs1"]);
        assert_eq!(found("b_1").await, ["bob_1"], "no character is special");
        assert_eq!(found("100%25").await, ["ada"]);
        assert_eq!(found("example.org").await, [] as [String; 0], "e-mails are nobody's business");
        let first = ada.http.get("/users?limit=2").await;
        let next = first.body["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        let rest = ada.http.get(&format!("/users?limit=2&cursor={next}")).await.ok(200);
        assert_eq!(rest.as_array().unwrap().len(), 1);
        let change = |current: &str| ada.http.put("/users/me/password", json!({"currentPassword": current, "newPassword": "quite another"}));
        change("not this one").await.refused(403, "WRONG_PASSWORD");
        change(PASSWORD).await.ok(204);
        app.http.post("/auth/login", json!({"username": "ada", "password": "quite another"})).await.ok(200);
    }

    /// Who may do what in a group.
    async fn groups(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let room = ada.group("Room", &[&bob, &bob, &ada]).await;
        let path = format!("/conversations/{room}");
        let shown = ada.http.get(&path).await.ok(200);
        assert_eq!((&shown["isGroup"], &shown["ownerId"], &shown["participantCount"], &shown["seq"]), (&json!(true), &json!(ada.id), &json!(2), &json!(0)));
        eve.http.get(&path).await.refused(403, "FORBIDDEN");
        eve.http.get(&format!("/conversations/{}", new_id())).await.refused(404, "CONVERSATION_NOT_FOUND");
        assert_eq!(eve.http.get("/conversations/nonsense").await.fields().len(), 1);
        bob.http.patch(&path, json!({"name": "Mine"})).await.refused(403, "FORBIDDEN");
        bob.http.delete(&path).await.refused(403, "FORBIDDEN");
        let people = format!("{path}/participants");
        bob.http.post(&people, json!({"userId": eve.id})).await.ok(201);
        bob.http.post(&people, json!({"userIds": [eve.id, ada.id]})).await.ok(201);
        bob.http.post(&people, json!({"userId": new_id()})).await.refused(404, "USER_NOT_FOUND");
        assert_eq!(ada.http.get(&path).await.ok(200)["seq"], 1, "already in is no event");
        ada.http.patch(&path, json!({"addPolicy": "admins"})).await.ok(200);
        bob.http.post(&people, json!({"userId": eve.id})).await.refused(403, "FORBIDDEN");
        bob.http.delete(&format!("{people}/{}", eve.id)).await.refused(403, "FORBIDDEN");
        ada.http.patch(&format!("{people}/{}", bob.id), json!({"role": "admin"})).await.ok(200);
        bob.http.delete(&format!("{people}/{}", ada.id)).await.refused(409, "OWNER_CANNOT_BE_REMOVED");
        bob.http.delete(&format!("{people}/{}", eve.id)).await.ok(204);
        bob.http.delete(&format!("{people}/{}", eve.id)).await.ok(204);
        ada.http.post(&format!("{path}/leave"), json!({})).await.ok(204);
        let shown = bob.http.get(&path).await.ok(200);
        assert_eq!((&shown["ownerId"], &shown["participantCount"]), (&json!(bob.id), &json!(1)), "the oldest admin inherits");
        bob.http.post(&format!("{path}/leave"), json!({})).await.ok(204);
        bob.http.get(&path).await.refused(404, "CONVERSATION_NOT_FOUND");
    }

    /// What a request for a conversation comes to.
    async fn conversations_are_made(app: App) {
        let (ada, bob, eve) = (app.http.person("ada").await, app.http.person("bob").await, app.http.person("eve").await);
        let make = async |body: Value| ada.http.post("/conversations", body).await;
        let direct = make(json!({"participantIds": [bob.id]})).await.ok(201);
        assert_eq!((&direct["isGroup"], &direct["ownerId"]), (&json!(false), &Value::Null));
        let again = bob.http.post("/conversations", json!({"participantIds": [ada.id, bob.id]})).await.ok(200);
        assert_eq!(again["id"], direct["id"]);
        assert_eq!(bob.http.call(Method::PUT, &format!("/conversations/direct/{}", ada.id), None).await.ok(200)["id"], direct["id"]);
        assert_eq!(make(json!({"participantIds": [bob.id], "isGroup": true})).await.ok(201)["isGroup"], true);
        assert_eq!(make(json!({"name": "Alone", "participantIds": []})).await.ok(201)["participantCount"], 1);
        assert_eq!(make(json!({"participantIds": [bob.id, eve.id]})).await.ok(201)["isGroup"], true);
        assert_eq!(make(json!({"participantIds": [bob.id, eve.id], "isGroup": false})).await.fields(), ["isGroup"]);
        assert_eq!(make(json!({})).await.fields().len(), 1);
        make(json!({"participantIds": [new_id()]})).await.refused(404, "USER_NOT_FOUND");
        assert_eq!(ada.http.call(Method::PUT, &format!("/conversations/direct/{}", ada.id), None).await.fields().len(), 1);
        let id = direct["id"].as_str().unwrap();
        for (method, path, body) in [
            (Method::PATCH, format!("/conversations/{id}"), Some(json!({"name": "x"}))),
            (Method::DELETE, format!("/conversations/{id}"), None),
            (Method::POST, format!("/conversations/{id}/leave"), None),
            (Method::POST, format!("/conversations/{id}/participants"), Some(json!({"userId": eve.id}))),
            (Method::DELETE, format!("/conversations/{id}/participants/{}", bob.id), None),
        ] {
            ada.http.call(method, &path, body).await.refused(409, "DIRECT_CONVERSATION");
        }
    }

    /// Both open the direct conversation at once, many times over: it is one.
    async fn one_direct_conversation(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let opens = (0..16).map(|n| {
            let (one, other) = if n % 2 == 0 { (&ada, &bob) } else { (&bob, &ada) };
            let path = format!("/conversations/direct/{}", other.id);
            async move { one.http.call(Method::PUT, &path, None).await }
        });
        let answers = futures_util::future::join_all(opens).await;
        assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
        assert!(answers.iter().all(|a| a.data()["id"] == answers[0].data()["id"]));
    }

    /// History both ways, page by page, and the list of conversations.
    async fn history(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let mut said = Vec::new();
        for n in 0..25 {
            said.push(ada.say(&room, &format!("message {n}")).await);
        }
        let path = format!("/conversations/{room}/messages");
        let (mut back, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = bob.http.get(&format!("{path}?limit=7{cursor}")).await;
            back.extend(page.data().as_array().unwrap().clone());
            let pagination = page.body["pagination"].clone();
            assert_eq!(pagination["limit"], 7);
            assert_eq!(pagination["hasMore"], !pagination["nextCursor"].is_null());
            match pagination["nextCursor"].as_str() {
                Some(next) => cursor = format!("&before={next}"),
                None => break,
            }
        }
        back.reverse();
        assert_eq!(back, said);
        let after = bob.http.get(&format!("{path}?limit=3&after={}", said[9]["id"].as_str().unwrap())).await.ok(200);
        assert_eq!(after, json!([said[12], said[11], said[10]]), "newest first, always");
        let before = bob.http.get(&format!("{path}?limit=2&before=3")).await.ok(200);
        assert_eq!(before, json!([said[1], said[0]]));
        bob.http.get(&format!("{path}?before={}", new_id())).await.refused(404, "MESSAGE_NOT_FOUND");
        for bad in ["0", "101", "-1", "x", "1e3"] {
            assert_eq!(bob.http.get(&format!("{path}?limit={bad}")).await.fields(), ["limit"]);
        }
        bob.http.get(&format!("{path}?page=2")).await.ok(200);

        let other = bob.group("Other", &[&ada]).await;
        let list = bob.http.get("/conversations").await.ok(200);
        assert_eq!((&list[0]["id"], &list[1]["id"]), (&json!(other), &json!(room)));
        assert_eq!((&list[1]["unreadCount"], &list[1]["lastMessage"]), (&json!(25), &said[24]));
        let read = bob.http.post(&format!("/conversations/{room}/read"), json!({"messageId": said[20]["id"]})).await.ok(200);
        assert_eq!(read, json!({"lastReadSeq": 21, "unreadCount": 4}));
        let back = bob.http.post(&format!("/conversations/{room}/read"), json!({"seq": 3})).await.ok(200);
        assert_eq!(back["lastReadSeq"], 21, "only ever forward");
        ada.say(&room, "up again").await;
        let first = bob.http.get("/conversations?limit=1").await;
        assert_eq!(first.data()[0]["id"], json!(room));
        let next = first.body["pagination"]["nextCursor"].as_str().unwrap().to_owned();
        let second = bob.http.get(&format!("/conversations?limit=1&cursor={next}")).await;
        assert_eq!((&second.data()[0]["id"], &second.body["pagination"]["hasMore"]), (&json!(other), &json!(false)));
    }

    /// A message's life, over REST.
    async fn messages(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let path = format!("/conversations/{room}/messages");
        let id = new_id();
        let awkward = "'); DROP TABLE messages; -- \\ $1 \" {} <script> 🦀\u{202e} \u{301}";
        let first = ada.http.post(&path, json!({"content": awkward, "id": id.to_uppercase()})).await.ok(201);
        assert_eq!((&first["content"], &first["id"]), (&json!(awkward), &json!(id)));
        let again = ada.http.post(&path, json!({"content": "else", "id": id})).await.ok(200);
        assert_eq!(again, first);
        let reply = bob.http.post(&path, json!({"content": "yes", "replyTo": id})).await.ok(201);
        assert_eq!(reply["replyTo"], json!(id));
        bob.http.post(&path, json!({"content": "x", "replyTo": new_id()})).await.refused(404, "MESSAGE_NOT_FOUND");
        assert!(ada.http.post(&path, json!({"content": "🦀".repeat(4000)})).await.status == 201);
        for bad in [json!(""), json!("\r\n"), json!("a\0b"), json!("🦀".repeat(4001)), json!(5), Value::Null] {
            assert_eq!(ada.http.post(&path, json!({"content": bad})).await.fields(), ["content"]);
        }
        let one = format!("{path}/{id}");
        bob.http.patch(&one, json!({"content": "not mine"})).await.refused(403, "FORBIDDEN");
        bob.http.delete(&one).await.refused(403, "FORBIDDEN");
        let edited = ada.http.patch(&one, json!({"content": "better"})).await.ok(200);
        assert_eq!((&edited["content"], &edited["seq"], &edited["changedSeq"]), (&json!("better"), &json!(1), &json!(4)));
        assert_eq!(ada.http.patch(&one, json!({"content": "better"})).await.ok(200), edited, "nothing changed");
        ada.http.patch(&format!("{path}/{}", new_id()), json!({"content": "x"})).await.refused(404, "MESSAGE_NOT_FOUND");
        let gone = ada.http.delete(&one).await.ok(200);
        assert!(gone["content"].is_null() && gone["deletedAt"].is_string());
        assert_eq!(ada.http.delete(&one).await.ok(200), gone);
        ada.http.patch(&one, json!({"content": "x"})).await.refused(409, "MESSAGE_DELETED");
        assert_eq!(ada.http.post(&path, json!({"content": "x", "id": id})).await.ok(200), gone, "its id stays taken");
        let of_bob = format!("{path}/{}", reply["id"].as_str().unwrap());
        ada.http.delete(&of_bob).await.ok(200);

        let changes = bob.http.get(&format!("/conversations/{room}/changes?after=1")).await;
        let seqs: Vec<i64> = changes.data()["changes"].as_array().unwrap().iter().map(|c| c["seq"].as_i64().unwrap()).collect();
        assert_eq!((seqs, &changes.data()["seq"]), (vec![3, 5, 6], &json!(6)), "each thing once, as it is now");
        let page = bob.http.get(&format!("/conversations/{room}/changes?after=0&limit=1")).await;
        assert_eq!((&page.body["pagination"]["hasMore"], &page.body["pagination"]["nextCursor"]), (&json!(true), &json!("3")));
        let eve = app.http.person("eve").await;
        eve.http.get(&format!("/conversations/{room}/changes?after=0")).await.refused(403, "FORBIDDEN");
    }

    /// An account that is deleted leaves its words behind, and nothing else.
    async fn leaving_for_good(app: App) {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[&bob]).await;
        let direct = ada.http.call(Method::PUT, &format!("/conversations/direct/{}", bob.id), None).await.ok(201);
        let said = ada.say(&room, "remember me").await;
        let delete = |password: &str| ada.http.call(Method::DELETE, "/users/me", Some(json!({"password": password})));
        delete("not this one").await.refused(403, "WRONG_PASSWORD");
        delete(PASSWORD).await.ok(204);
        ada.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
        bob.http.get(&format!("/users/{}", ada.id)).await.refused(404, "USER_NOT_FOUND");
        let history = bob.http.get(&format!("/conversations/{room}/messages")).await.ok(200);
        assert_eq!(history[0]["content"], said["content"]);
        assert_eq!(history[0]["sender"], json!({"id": ada.id, "username": null, "name": "Deleted user", "avatar": null}));
        assert_eq!(bob.http.get(&format!("/conversations/{room}")).await.ok(200)["ownerId"], json!(bob.id));
        let shown = bob.http.get(&format!("/conversations/{}", direct["id"].as_str().unwrap())).await.ok(200);
        assert_eq!(shown["participantCount"], 2);
        bob.http.post(&format!("/conversations/{room}/participants"), json!({"userId": ada.id})).await.refused(404, "USER_NOT_FOUND");
        let reborn = app.http.person("ada").await;
        assert_ne!(reborn.id, ada.id);
    }

    /// The door itself: tokens, bodies, routes, headers.
    async fn the_door(app: App) {
        let ada = app.http.person("ada").await;
        for header in ["", "Bearer", "Bearer x.y.z", "Basic YTpi", ada.token()] {
            let request = app.http.raw(Method::GET, "/api/v1/users/me").header("authorization", header);
            app.http.send(request).await.refused(401, "UNAUTHENTICATED");
        }
        let by_query = app.http.raw(Method::GET, &format!("/api/v1/users/me?token={0}&access_token={0}", ada.token()));
        app.http.send(by_query).await.refused(401, "UNAUTHENTICATED");
        let post = |kind: &'static str, body: String| {
            let request = app.http.raw(Method::POST, "/api/v1/conversations").bearer_auth(ada.token());
            app.http.send(request.header("content-type", kind).body(body))
        };
        post("application/json", "{".into()).await.refused(400, "MALFORMED_JSON");
        post("text/plain", "{}".into()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
        post("application/json", format!("{{\"name\":\"{}\"}}", "x".repeat(70_000))).await.refused(413, "PAYLOAD_TOO_LARGE");
        let nowhere = app.http.send(app.http.raw(Method::GET, "/api/v1/nowhere?x=1")).await;
        assert_eq!(nowhere.refused(404, "ROUTE_NOT_FOUND")["path"], "/api/v1/nowhere");
        app.http.send(app.http.raw(Method::PATCH, "/api/v1/conversations")).await.refused(405, "METHOD_NOT_ALLOWED");
        let marked = app.http.send(app.http.raw(Method::GET, "/health").header("x-request-id", "my-id.7")).await;
        assert_eq!(marked.headers["x-request-id"], "my-id.7");
        assert_eq!(marked.headers["x-content-type-options"], "nosniff");
        assert!(!marked.headers.contains_key("server"));
        let odd = app.http.send(app.http.raw(Method::GET, "/health").header("x-request-id", "a b")).await;
        assert_ne!(odd.headers["x-request-id"], "a b");
        for path in ["/health", "/health/live", "/health/ready"] {
            app.http.send(app.http.raw(Method::GET, path)).await.ok(200);
        }
        let page = app.http.send(app.http.raw(Method::GET, "/api/")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.as_str().unwrap().contains("swagger"));
    }
}
