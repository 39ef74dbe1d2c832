//! HTTP, by the byte and by the number: what is no request, and what asks for too much.

use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Http, new_id};
use tests::control::Control;
use tests::on_each_database;
use tests::raw::Raw;

use crate::{calls, with};

/// Is refused as the client's fault, or cut off.
async fn is_refused(base: &str, request: impl AsRef<[u8]>, name: &str) {
    if let Some(answer) = Raw::ask(base, request).await {
        assert!((400..500).contains(&answer.status), "{name}: {answer:?}");
    }
}

async fn post(http: &Http, path: &str, kind: &str, more: Option<(&str, &str)>, body: impl Into<reqwest::Body>) -> u16 {
    let mut request = http.raw(Method::POST, &format!("/api/v1{path}")).bearer_auth(http.token.as_deref().unwrap());
    if let Some((name, value)) = more {
        request = request.header(name, value);
    }
    let answer = http.send(request.header("content-type", kind).body(body)).await;
    tests::client::discreet(&answer.body.to_string());
    answer.status
}

on_each_database! {
    /// S57: a body whose end two could see differently is refused, and the connection with it: what follows is not
    /// read as a request.
    async fn requests_with_two_ends_are_refused(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let head = format!("POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n", ada.token());
        let smuggled = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
        for headers in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            "Content-Length: 4\r\nContent-Length: 5\r\n",
            "Content-Length: 4, 5\r\n",
            "Content-Length: +4\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x4\r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: \u{b}chunked\r\n",
            "Content-Length\r\n",
            " Content-Length: 4\r\n",
        ] {
            let mut raw = Raw::connect(&app.base).await;
            raw.send(format!("{head}{headers}\r\n0\r\n\r\n{smuggled}")).await;
            if let Some(answer) = raw.answer().await {
                assert!((400..500).contains(&answer.status), "{headers:?} {answer:?}");
            }
            assert!(raw.answer().await.is_none(), "{headers:?}: what follows was read");
        }
        assert_eq!(ada.http.get("/conversations").await.ok(200), json!([]));
        control.works().await;
    }

    /// S59: how many rows is a plain number from 1 to 100 at every list of the document, and never more are answered.
    async fn pages_are_bounded_at_every_list(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        for n in 0..101 {
            ada.say(&room, &format!("message {n}")).await;
        }
        let is_list = |call: &Value| call["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "limit"));
        let lists = calls(&app.http, |_, call| is_list(call)).await;
        assert!(lists.len() >= 6, "{lists:?}");
        for (_, path) in lists {
            let path = path.replace("{id}", &room);
            for bad in ["0", "-1", "101", "1000000000", "18446744073709551616", "%225%22", "1e3", "NaN", "", "%2B5", "5.0", "%00", "1;DROP%20TABLE", "5&limit=6"] {
                assert_eq!(ada.http.get(&format!("{path}?limit={bad}")).await.fields(), ["limit"], "{path} {bad}");
            }
            // Other doors' words for it say nothing here.
            for other in ["take=1000&skip=-1", "page=1000000000", "offset=-5", "limit=100"] {
                let answer = ada.http.get(&format!("{path}?{other}")).await.ok(200);
                let rows = answer.as_array().or_else(|| answer["changes"].as_array()).unwrap();
                assert!(rows.len() <= 100, "{path} {other}");
            }
            assert!(ada.http.get(&format!("{path}?after=-1&before=%27%3B--&cursor=%27")).await.status < 500);
        }
        control.works().await;
    }

    /// S60: a list of ids is bounded, and repeated ones are folded.
    async fn lists_of_ids_are_bounded(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let room = ada.group("Room", &[]).await;
        let add = format!("/conversations/{room}/participants");
        for (path, key) in [("/conversations", "participantIds"), (add.as_str(), "userIds")] {
            let many = |count: usize| (0..count).map(|_| new_id()).collect::<Vec<_>>();
            ada.http.post(path, json!({key: many(100_000)})).await.refused(413, "PAYLOAD_TOO_LARGE");
            assert_eq!(ada.http.post(path, json!({key: many(1500)})).await.fields(), [key]);
            for bad in [json!(["x"]), json!([null]), json!([{"$ne": null}]), json!([[bob.id]]), json!({"0": bob.id}), json!(bob.id)] {
                assert_eq!(ada.http.post(path, json!({key: bad})).await.fields(), [key], "{bad}");
            }
            ada.http.post(path, json!({key: many(3)})).await.refused(404, "USER_NOT_FOUND");
        }
        let made = ada.http.post("/conversations", json!({"name": "x", "participantIds": vec![&bob.id; 100]})).await.ok(201);
        assert_eq!(made["participantCount"], 2);
        control.works().await;
    }

    /// S61: a body is JSON, plain and whole.
    async fn bodies_are_plain_json(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let body = r#"{"name":"x"}"#;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/jsonx", "application/json; charset=utf-16", "x", ""] {
            assert_eq!(post(&ada.http, "/conversations", kind, None, body).await, 415, "{kind}");
        }
        // A bomb: a thousand times smaller than what it holds. It is not opened.
        let bomb: Vec<u8> = [&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xFF; 500]].concat();
        for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"] {
            assert_eq!(post(&ada.http, "/conversations", "application/json", Some(("content-encoding", encoding)), bomb.clone()).await, 415, "{encoding}");
        }
        for odd in [
            "\u{feff}{\"name\":\"x\"}", "{\"name\":\"x\"}{}", "{\"name\":\"x\"} x", "{\"name\":\"x\"}\0", "", " ", "{", "{'name':'x'}",
            "{\"name\":\"x\",}", "{\"name\":\"\\ud800\"}", "{\"name\":NaN}", "{\"name\":\"a\nb\"}", "// x\n{}",
            &"[".repeat(30_000), &"{\"a\":".repeat(10_000),
        ] {
            assert_eq!(post(&ada.http, "/conversations", "application/json", None, odd.to_owned()).await, 400, "{odd:.40}");
        }
        for bytes in [&b"{\"name\":\"\xFF\"}"[..], b"\xFF\xFE{\0}\0", b"{\"name\":\"\xED\xA0\x80\"}"] {
            assert_eq!(post(&ada.http, "/conversations", "application/json", None, bytes.to_vec()).await, 400);
        }
        for other in ["[]", "\"x\"", "5", "null", "true", "[{\"name\":\"x\"}]"] {
            assert_eq!(post(&ada.http, "/conversations", "application/json", None, other).await, 400, "{other}");
        }
        assert_eq!(ada.http.get("/conversations").await.ok(200), json!([]));
        assert_eq!(post(&ada.http, "/conversations", "application/json; charset=UTF-8", None, r#"{"name":"y"}"#).await, 201);
        control.works().await;
    }

    /// S62: methods and addresses that are none are the client's fault.
    async fn odd_methods_and_addresses_are_refused(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let rest = format!("Host: x\r\nAuthorization: Bearer {}\r\n\r\n", ada.token());
        for method in ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND", "get", "G\u{e4}T", "PATCH", "X".repeat(300).as_str()] {
            is_refused(&app.base, format!("{method} /api/v1/users/me/password HTTP/1.1\r\n{rest}"), method).await;
        }
        let long = format!("/api/v1/users/me?{}", "x".repeat(200_000));
        let deep = format!("/api/v1{}", "/x".repeat(4500));
        for path in [
            "//", "//api/v1/users/me", "/api//v1/users/me", "/api/v1/users/me/", "/api/v1/users/%6de%2f", "/api/v1/../v1/users/me",
            "/api/v1/%2e%2e/v1/users/me", "/..%2f..%2fetc/passwd", "/%00", "/api/v1/users/%00", "/api/v1/users/me%00", "/api/v1/users/%ff",
            "/api/v1/users/..", "/.env", "/.git/config", "\\api\\v1", "/api/v1/users/%2e%2e%2fme", "/api/v1;x/users/me", &deep, &long,
            "*", "x", "http://elsewhere/",
        ] {
            is_refused(&app.base, format!("GET {path} HTTP/1.1\r\n{rest}"), path).await;
        }
        for request in [
            "\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost\r\n\r\n", "\0\0\0\0\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n",
            &format!("GET /health HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(500)),
        ] {
            let mut raw = Raw::connect(&app.base).await;
            raw.send(request).await;
            raw.shut().await;
            if let Some(answer) = raw.answer().await {
                assert!(answer.status < 500, "{request:.40?} {answer:?}");
            }
        }
        control.works().await;
    }

    /// S65: a search takes any text for what it is, and answers a page.
    async fn searches_are_plain_text(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada_100").await;
        for n in 0..30 {
            app.http.person(&format!("someone{n}")).await;
        }
        let search = async |text: &str, limit: &str| ada.http.get(&with("/users", "search", text).replace('?', &format!("?limit={limit}&"))).await;
        for odd in ["%_%_%", "%", "_%", &"%_".repeat(32), ".*", "(a+)+$", "[[:alpha:]]", "\\", "\\%", "'", "\"", "' OR 1=1 --", "\0", "\u{202e}", "$1", "{}", "🦀", "e\u{301}"] {
            let found = search(odd, "100").await.ok(200);
            let found: Vec<&str> = found.as_array().unwrap().iter().map(|row| row["username"].as_str().unwrap()).collect();
            assert!(found.is_empty(), "{odd:?} found {found:?}");
        }
        assert_eq!(search("a_1", "100").await.ok(200).as_array().unwrap().len(), 1);
        assert_eq!(search("SOMEONE", "7").await.ok(200).as_array().unwrap().len(), 7);
        for long in [65, 1024, 10_000] {
            assert_eq!(search(&"%".repeat(long), "100").await.status, 400, "{long}");
        }
        control.works().await;
    }
}
