//! Headers, what a release has and has not, and what it is built from.

use reqwest::Method;
use serde_json::json;
use tests::client::PASSWORD;
use tests::control::Control;
use tests::on_each_database;
use tests::raw::{Raw, UPGRADE};

on_each_database! {
    /// S82: every answer has the headers that make browsers careful, and says nothing of what answers.
    async fn every_answer_has_careful_headers(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let token = format!("Authorization: Bearer {}\r\n", ada.token());
        for (line, headers) in [
            ("GET /health", ""), ("GET /health/ready", ""), ("GET /api/v1/users/me", token.as_str()), ("GET /api/v1/users/me", ""),
            ("GET /api/v1/nowhere", ""), ("PATCH /api/v1/conversations", ""), ("GET /api/", ""), ("GET /api/openapi.json", ""),
            ("GET /api/asyncapi.json", ""), ("GET /api/asyncapi", ""), ("GET /socket.io/?EIO=4&transport=polling", ""),
            ("GET /socket.io/?EIO=3&transport=polling", ""), ("GET /ws", ""), ("GET /", ""),
            ("OPTIONS /api/v1/users", "Origin: https://any.example\r\nAccess-Control-Request-Method: GET\r\n"),
            ("GET /api/v1/users", "Origin: https://any.example\r\n"),
        ] {
            let answer = Raw::ask(&app.base, format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await.unwrap();
            for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "deny"), ("referrer-policy", "no-referrer")] {
                assert_eq!(answer.header(name), Some(value), "{line} {answer:?}");
            }
            assert!(answer.header("content-security-policy").is_some_and(|policy| !policy.contains("unsafe-eval")), "{line}");
            for telling in ["server", "x-powered-by", "via", "set-cookie"] {
                assert_eq!(answer.header(telling), None, "{line}");
            }
            assert!(!answer.head.contains("actix") && !answer.head.contains("rust"), "{line} {answer:?}");
            let any = answer.header("access-control-allow-origin") == Some("*");
            assert!(!(any && answer.header("access-control-allow-credentials").is_some()), "{line} {answer:?}");
        }
        let answer = Raw::ask(&app.base, format!("GET /ws HTTP/1.1\r\nHost: x\r\n{UPGRADE}{token}\r\n")).await.unwrap();
        assert_eq!((answer.status, answer.header("server")), (101, None));
        control.works().await;
    }

    /// S82: where origins are listed, no other page may read an answer; nowhere is any page given credentials.
    async fn other_pages_may_not_read(app: App) {
        let listed = app.another(|settings| settings.http.cors_origins = Some(vec!["https://good.example".to_owned()])).await;
        for (base, origin, allowed) in [
            (&app.base, "https://any.example", Some("*")),
            (&listed.base, "https://good.example", Some("https://good.example")),
            (&listed.base, "https://evil.example", None),
            (&listed.base, "https://good.example.evil", None),
            (&listed.base, "null", None),
        ] {
            for line in ["GET /api/v1/users", "GET /health", "GET /api/openapi.json"] {
                let answer = Raw::ask(base, format!("{line} HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\r\n")).await.unwrap();
                assert_eq!(answer.header("access-control-allow-origin"), allowed, "{line} {origin}");
                assert_eq!(answer.header("access-control-allow-credentials"), None, "{line} {origin}");
            }
        }
        listed.stop().await;
    }

    /// S82: the page of the documentation can be switched off.
    async fn the_documentation_can_be_switched_off(app: App) {
        let off = app.another(|settings| settings.http.swagger_ui = false).await;
        for path in ["/api", "/api/", "/api/index.html", "/api/swagger-ui.css"] {
            assert_eq!(off.http.send(off.http.raw(Method::GET, path)).await.status, 404, "{path}");
        }
        off.stop().await;
    }

    /// S83: nobody is there before somebody signs up, and nothing is served that is there for its makers alone.
    async fn there_are_no_default_accounts_and_no_back_doors(app: App) {
        let mut control = Control::start(&app.http).await;
        for name in ["admin", "root", "test", "user", "guest", "confab", "postgres", "administrator", "demo"] {
            for password in [name, "admin", "password", "changeme", "secret", "12345678", PASSWORD] {
                let login = json!({"username": name, "password": password});
                app.http.post("/auth/login", login).await.refused(401, "INVALID_CREDENTIALS");
            }
        }
        let ada = app.http.person("ada").await;
        let people = ada.http.get("/users").await.ok(200);
        let names: Vec<&str> = people.as_array().unwrap().iter().map(|row| row["username"].as_str().unwrap()).collect();
        assert_eq!(names, ["ada", "control.one", "control.other"]);
        for path in ["/debug", "/debug/pprof", "/admin", "/api/v1/admin", "/api/v1/debug", "/test", "/echo", "/console", "/env", "/.env", "/data", "/data/jwt-secret", "/jwt-secret", "/confab.db", "/config", "/status", "/server-status", "/actuator", "/graphql", "/api/v1/users/me/token", "/api/v1/reset"] {
            for method in [Method::GET, Method::POST] {
                let request = app.http.raw(method, path).bearer_auth(ada.token());
                app.http.send(request).await.refused(404, "ROUTE_NOT_FOUND");
            }
        }
        control.works().await;
    }
}

/// S84: what the server is built from is at least as new as the last known hole.
#[test]
fn dependencies_are_above_their_floors() {
    const LOCK: &str = include_str!("../../../Cargo.lock");
    let floors = [
        ("tungstenite", [0, 20, 1]),
        ("h2", [0, 4, 16]),
        ("bytes", [1, 11, 1]),
        ("tokio", [1, 44, 2]),
        ("diesel", [2, 3, 10]),
        ("time", [0, 3, 47]),
        ("rustls", [0, 23, 18]),
        ("crossbeam-channel", [0, 5, 15]),
        ("actix-http", [3, 13, 3]),
        ("actix-web", [4, 14, 1]),
        ("actix-files", [0, 7, 0]),
        ("actix-multipart", [0, 8, 0]),
        ("actix-ws", [0, 4, 0]),
    ];
    let mut found = 0;
    for package in LOCK.split("[[package]]") {
        let value = |key: &str| {
            package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).unwrap_or("").trim_matches('"')
        };
        let Some((name, floor)) = floors.iter().find(|(name, _)| *name == value("name")) else { continue };
        let numbers: Vec<u64> =
            value("version").split(['.', '+', '-']).take(3).map(|part| part.parse().unwrap()).collect();
        assert!(numbers.as_slice() >= floor.as_slice(), "{name} {numbers:?} is below {floor:?}");
        found += 1;
    }
    assert!(found >= 6, "{found}");
}
