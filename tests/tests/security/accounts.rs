//! Signing up, signing in, and passwords.

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Answer, PASSWORD};
use tests::control::Control;
use tests::on_each_database;

/// All of an answer that may not differ between two that must be alike.
fn looks(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    for varies in ["timestamp", "requestId"] {
        body[varies] = Value::Null;
    }
    (answer.status, headers, body)
}

on_each_database! {
    /// S2: where common passwords are refused, nobody chooses one, neither at first nor later; elsewhere it is theirs to
    /// choose.
    async fn common_passwords_are_refused_in_the_strict_profile(app: App) {
        let strict = app.another(|settings| settings.limits.refuses_common_passwords = true).await;
        let register = |password: &str| json!({"username": "newcomer", "password": password});
        for common in ["password", "12345678", "iloveyou", "qwertyuiop", "Passw0rd"] {
            let refused = strict.http.post("/auth/register", register(common)).await;
            assert_eq!(refused.fields(), ["password"], "{common}");
        }
        let ada = strict.http.person("ada").await;
        let change = json!({"currentPassword": PASSWORD, "newPassword": "sunshine"});
        assert_eq!(ada.http.put("/users/me/password", change).await.fields(), ["newPassword"]);
        app.http.post("/auth/register", register("password")).await.ok(201);
    }

    /// S1, S3: a password has 8 to 128 characters of any kind, all of which count; a huge one is refused unread.
    async fn passwords_count_from_the_first_to_the_last_character(app: App) {
        let mut control = Control::start(&app.http).await;
        let (crabs, umlauts) = ("🦀".repeat(128), "ß".repeat(64));
        for (n, password) in ["12345678", &"x".repeat(64), &umlauts, &crabs, " spaces count ", "nul\0inside"].iter().enumerate() {
            let name = format!("user{n}");
            app.http.post("/auth/register", json!({"username": name, "password": password})).await.ok(201);
            let sign_in = async |password: &str| app.http.post("/auth/login", json!({"username": name, "password": password})).await;
            sign_in(password).await.ok(200);
            let cut: String = password.chars().take(password.chars().count() - 1).collect();
            for other in [cut.as_str(), password.trim(), &password.to_uppercase(), &password.replace('\0', "")] {
                if other != *password {
                    sign_in(other).await.refused(401, "INVALID_CREDENTIALS");
                }
            }
        }
        let calls = |password: String| [
            (Method::POST, "/auth/register", json!({"username": "newcomer", "password": password})),
            (Method::POST, "/auth/login", json!({"username": "user0", "password": password})),
        ];
        for (length, status, code) in [(129, 400, "VALIDATION_FAILED"), (60_000, 400, "VALIDATION_FAILED"), (1 << 20, 413, "PAYLOAD_TOO_LARGE")] {
            for (method, path, body) in calls("x".repeat(length)) {
                app.http.call(method, path, Some(body)).await.refused(status, code);
            }
        }
        for short in ["", "1234567", "🦀🦀🦀🦀🦀🦀🦀"] {
            let body = json!({"username": "newcomer", "password": short});
            assert_eq!(app.http.post("/auth/register", body).await.fields(), ["password"]);
        }
        control.works().await;
    }

    /// S4: whether an account exists is not told by the way in, neither by status nor by body nor by headers.
    async fn a_wrong_password_looks_like_an_unknown_account(app: App) {
        let mut control = Control::start(&app.http).await;
        let body = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD});
        app.http.post("/auth/register", body).await.ok(201);
        let answer = async |login: Value| looks(&app.http.post("/auth/login", login).await);
        let wrong = answer(json!({"username": "ada", "password": "not this one"})).await;
        assert_eq!((wrong.0, &wrong.2["code"]), (401, &json!("INVALID_CREDENTIALS")));
        for login in [
            json!({"username": "nobody", "password": "not this one"}),
            json!({"username": "nobody", "password": PASSWORD}),
            json!({"email": "ada@example.org", "password": "not this one"}),
            json!({"email": "nobody@example.org", "password": "not this one"}),
            json!({"username": "no body", "password": "not this one"}),
            json!({"email": "no mail", "password": "not this one"}),
        ] {
            let told = answer(login.clone()).await;
            if told.0 == 400 {
                // What can be nobody's name is refused as such, without a question.
                assert_eq!(told.2["code"], "VALIDATION_FAILED", "{login}");
            } else {
                assert_eq!(told, wrong, "{login}");
            }
        }
        control.works().await;
    }

    /// S6: names that look alike are one name, or none.
    async fn names_that_look_alike_are_one_account(app: App) {
        let mut control = Control::start(&app.http).await;
        app.http.post("/auth/register", json!({"username": "rene", "email": "ren\u{e9}@example.org", "password": PASSWORD})).await.ok(201);
        for username in ["Rene", "RENE", "rene ", " rene", "rene\t", "rene\u{200b}", "\u{feff}rene", "re\u{301}ne", "ren\u{e9}", "ｒｅｎｅ", "r\u{435}ne", "rene\0", "rene\u{ad}"] {
            let answer = app.http.post("/auth/register", json!({"username": username, "password": PASSWORD})).await;
            match answer.status {
                409 => drop(answer.refused(409, "USERNAME_TAKEN")),
                _ => assert_eq!(answer.fields(), ["username"], "{username:?}"),
            }
        }
        for email in ["REN\u{c9}@example.org", "rene\u{301}@example.org", " ren\u{e9}@Example.Org ", "ren\u{e9}\u{200b}@example.org", "ren\u{e9}@example.org\u{200b}", "r\u{ad}en\u{e9}@example.org", "ren\u{e9}\u{202e}@example.org", "\u{feff}ren\u{e9}@example.org"] {
            let answer = app.http.post("/auth/register", json!({"username": "other", "email": email, "password": PASSWORD})).await;
            match answer.status {
                409 => drop(answer.refused(409, "EMAIL_TAKEN")),
                _ => assert_eq!(answer.fields(), ["email"], "{email:?}"),
            }
        }
        let people = app.http.sign_in("rene", "").await.http.get("/users?search=ren").await.ok(200);
        assert_eq!(people.as_array().unwrap().len(), 1, "{people}");
        control.works().await;
    }

    /// S7: what the server decides is not taken from a body, but refused by name.
    async fn nobody_sets_what_is_not_theirs(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let before = ada.http.get("/users/me").await.ok(200);
        let bodies = [
            (Method::POST, "/auth/register".to_owned(), json!({"username": "eve", "password": PASSWORD})),
            (Method::PATCH, "/users/me".to_owned(), json!({"name": "Ada"})),
            (Method::POST, "/conversations".to_owned(), json!({"name": "Mine"})),
            (Method::PATCH, format!("/conversations/{room}"), json!({"name": "Mine"})),
            (Method::POST, format!("/conversations/{room}/messages"), json!({"content": "x"})),
            (Method::POST, format!("/conversations/{room}/read"), json!({"seq": 0})),
        ];
        for (method, path, body) in bodies {
            for key in ["role", "createdAt", "updatedAt", "isAdmin", "ownerId", "seq2", "changedSeq", "sender", "senderId", "passwordHash", "__proto__", "constructor"] {
                let mut body = body.clone();
                body[key] = json!("admin");
                assert_eq!(ada.http.call(method.clone(), &path, Some(body)).await.fields(), [key], "{method} {path}");
            }
        }
        app.http.post("/auth/login", json!({"username": "eve", "password": PASSWORD})).await.refused(401, "INVALID_CREDENTIALS");
        assert_eq!(ada.http.get("/users/me").await.ok(200), before);
        assert_eq!(ada.http.get(&format!("/conversations/{room}/messages")).await.ok(200), json!([]));
        control.works().await;
    }

    /// S8: two at once want the same name, two hundred times over.
    async fn of_two_who_want_a_name_one_gets_it(app: App) {
        let mut control = Control::start(&app.http).await;
        for n in 0..200 {
            let body = json!({"username": format!("racer{n}"), "password": PASSWORD});
            let (one, other) = tokio::join!(app.http.post("/auth/register", body.clone()), app.http.post("/auth/register", body));
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409], "{one:?} {other:?}");
        }
        control.works().await;
    }

    /// S10: nobody is shown a hash, nor anyone else's e-mail.
    async fn no_answer_holds_a_hash(app: App) {
        let mut control = Control::start(&app.http).await;
        let bob = json!({"username": "bob", "email": "bob@example.org", "password": PASSWORD});
        let bob = app.http.post("/auth/register", bob).await.ok(201);
        let ada = app.http.person("ada").await;
        let (id, room) = (bob["id"].as_str().unwrap(), ada.group("Room", &[]).await);
        ada.http.post(&format!("/conversations/{room}/participants"), json!({"userId": id})).await.ok(201);
        let mut told = vec![app.http.post("/auth/login", json!({"username": "ada", "password": PASSWORD})).await.ok(200)];
        for path in [
            "/users", "/users?search=bob", "/users/me", "/users/online", "/auth/sessions", "/conversations",
            &format!("/users/{id}"), &format!("/conversations/{room}"), &format!("/conversations/{room}/participants"),
            &format!("/conversations/{room}/changes"),
        ] {
            told.push(ada.http.get(path).await.ok(200));
        }
        for answer in &told {
            let text = answer.to_string().to_lowercase();
            for word in ["argon2", "password", "hash", "bob@example.org"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
        control.works().await;
    }

    /// S13: a password is changed by who knows the old one, and then every other session is over, at every door.
    async fn a_password_is_changed_by_who_knows_it(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let thief = app.http.sign_in("ada", &ada.id).await;
        let mut at_thief = thief.connect().await;
        let change = async |body: Value| ada.http.put("/users/me/password", body).await;
        assert_eq!(change(json!({"newPassword": "another good one"})).await.fields(), ["currentPassword"]);
        assert_eq!(change(json!({"currentPassword": "", "newPassword": "another good one"})).await.fields(), ["currentPassword"]);
        assert_eq!(change(json!({"currentPassword": PASSWORD, "newPassword": "short"})).await.fields(), ["newPassword"]);
        change(json!({"currentPassword": "not this one", "newPassword": "another good one"})).await.refused(403, "WRONG_PASSWORD");
        thief.http.get("/users/me").await.ok(200);
        change(json!({"currentPassword": PASSWORD, "newPassword": "another good one"})).await.ok(204);
        assert_eq!(at_thief.closed().await.0, 4001);
        thief.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
        app.http.post("/auth/refresh", json!({"refreshToken": thief.refresh})).await.refused(401, "UNAUTHENTICATED");
        app.http.post("/auth/login", json!({"username": "ada", "password": PASSWORD})).await.refused(401, "INVALID_CREDENTIALS");
        ada.http.get("/users/me").await.ok(200);
        control.works().await;
    }
}
