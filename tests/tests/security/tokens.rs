//! Access tokens: forged, borrowed, misplaced. Every claim by itself is tried in `infrastructure::tokens`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::{Http, PASSWORD, Person};
use tests::control::Control;
use tests::frames::Frames;
use tests::on_each_database;
use tests::polling::Polling;
use tests::raw::{Raw, UPGRADE};
use tests::socket::Socket;

use crate::calls;

/// No door lets in who has that token.
async fn opens_no_door(http: &Http, token: &str) {
    let get = http.raw(Method::GET, "/api/v1/users/me").header("authorization", format!("Bearer {token}"));
    http.send(get).await.refused(401, "UNAUTHENTICATED");
    let header = ("authorization", format!("Bearer {token}"));
    let (mut socket, _) = Socket::open_at(&http.base, "/ws", std::slice::from_ref(&header)).await;
    assert_eq!(socket.closed().await, (4001, "Unauthorized".into()), "{token}");
    assert_eq!(Frames::open(&http.base, "/", &[header]).await.closed().await.0, 4001, "{token}");
    for namespace in ["/", "/chat", "/chats"] {
        for token in [json!(token), json!(format!("Bearer {token}"))] {
            let refused = Polling::open(&http.base, namespace, &json!({"token": token})).await.err().unwrap();
            assert_eq!(
                (&refused["message"], &refused["data"]["code"]),
                (&json!("Unauthorized"), &json!("UNAUTHENTICATED"))
            );
        }
    }
}

/// A good token in pieces, to be put together otherwise.
fn forgeries(good: &str, other: &str) -> Vec<String> {
    let [header, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let body_of_other = other.split('.').nth(1).unwrap();
    let mut forged = vec![
        format!("{header}.{body_of_other}.{signature}"),
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{header}.{body}.{}", &signature[..signature.len() - 4]),
        format!("{header}.{body}.{signature}AAAA"),
        format!(".{body}.{signature}"),
        format!("{good}.{signature}"),
        "e30.e30.e30".to_owned(),
        "null".to_owned(),
        "undefined".to_owned(),
    ];
    for other_header in [
        json!({"alg": "none"}),
        json!({"alg": "None", "typ": "at+jwt"}),
        json!({"alg": "nOnE", "typ": "at+jwt"}),
        json!({"alg": "HS384", "typ": "at+jwt"}),
        json!({"alg": "RS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "typ": "at+jwt", "kid": "../../dev/null"}),
        json!({"alg": "HS256", "typ": "at+jwt", "kid": "' OR 1=1"}),
        json!({"alg": "HS256", "typ": "at+jwt", "jku": "http://127.0.0.1:1/keys"}),
        json!({"alg": "HS256", "typ": "at+jwt", "x5u": "http://127.0.0.1:1/keys"}),
        json!({"alg": "HS256", "typ": "at+jwt", "jwk": {"kty": "oct", "k": ""}}),
    ] {
        let other_header = URL_SAFE_NO_PAD.encode(other_header.to_string());
        forged.push(format!("{other_header}.{body}.{signature}"));
        forged.push(format!("{other_header}.{body}."));
    }
    forged
}

/// A good token of somebody, and their sockets' end awaited where there are any.
async fn gone(http: &Http, name: &str) -> Person {
    let person = http.person(name).await;
    let erased = person.http.call(Method::DELETE, "/users/me", Some(json!({"password": PASSWORD}))).await;
    erased.ok(204);
    person
}

on_each_database! {
    /// S14 to S17, S20, S21: what is forged, changed, of another kind or of somebody who is gone opens no door.
    async fn no_forged_token_opens_a_door(app: App) {
        let mut control = Control::start(&app.http).await;
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        for token in forgeries(ada.token(), bob.token()) {
            opens_no_door(&app.http, &token).await;
        }
        opens_no_door(&app.http, &ada.refresh).await;
        opens_no_door(&app.http, gone(&app.http, "eve").await.token()).await;
        let elsewhere = app.another(|_| ()).await;
        opens_no_door(&elsewhere.http, ada.token()).await;
        elsewhere.stop().await;
        ada.http.get("/users/me").await.ok(200);
        control.works().await;
    }

    /// S24: the identities that the fourth seed took for granted are none.
    async fn an_id_is_no_identity(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        for credential in [
            STANDARD.encode(format!("{}:{PASSWORD}", ada.id)), STANDARD.encode(format!("ada:{PASSWORD}")), STANDARD.encode(&ada.id),
            STANDARD.encode(":x"), ada.id.clone(), "*** not base64".to_owned(), "x".repeat(60_000),
        ] {
            let refused = Polling::open(&app.base, "/chats", &json!({"token": credential})).await.err().unwrap();
            assert_eq!(refused["message"], "Unauthorized");
            for auth in [json!({"authorization": credential}), json!({"id": ada.id}), json!({"userId": ada.id, "token": null})] {
                let refused = Polling::open(&app.base, "/chats", &auth).await.err().unwrap();
                assert_eq!(refused["message"], "Unauthorized");
            }
            if credential.len() < 1000 {
                for scheme in ["", "Basic ", "Bearer "] {
                    let get = app.http.raw(Method::GET, "/api/v1/users/me").header("authorization", format!("{scheme}{credential}"));
                    app.http.send(get).await.refused(401, "UNAUTHENTICATED");
                }
            }
        }
        control.works().await;
    }

    /// S23: a token in an address signs nobody in, at no door: addresses end up in logs.
    async fn a_token_in_an_address_counts_for_nothing(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let query = format!("token={0}&access_token={0}&authorization=Bearer%20{0}", ada.token());
        let get = app.http.raw(Method::GET, &format!("/api/v1/users/me?{query}"));
        app.http.send(get).await.refused(401, "UNAUTHENTICATED");
        let (mut socket, _) = Socket::open_at(&app.base, &format!("/ws?{query}"), &[]).await;
        assert_eq!(socket.closed().await.0, 4001);
        assert_eq!(Frames::open(&app.base, &format!("/?{query}"), &[]).await.closed().await.0, 4001);
        let url = format!("/socket.io/?EIO=4&transport=polling&{query}");
        let opened = app.http.send(app.http.raw(Method::GET, &url)).await;
        let opened: Value = serde_json::from_str(opened.body.as_str().unwrap().strip_prefix('0').unwrap()).unwrap();
        let url = format!("{url}&sid={}", opened["sid"].as_str().unwrap());
        app.http.send(app.http.raw(Method::POST, &url).body("40")).await;
        let told = app.http.send(app.http.raw(Method::GET, &url)).await;
        assert!(told.body.as_str().unwrap().starts_with("44{\"message\":\"Unauthorized\""), "{told:?}");
        control.works().await;
    }

    /// S25: however long the header is, it is the client's fault.
    async fn a_long_header_is_the_clients_fault(app: App) {
        let mut control = Control::start(&app.http).await;
        for length in [8 << 10, 16 << 10, 64 << 10, 1 << 20] {
            let header = format!("Authorization: Bearer {}\r\n", "x".repeat(length));
            for (path, upgrade) in [("/api/v1/users/me", ""), ("/ws", UPGRADE), ("/", UPGRADE), ("/socket.io/?EIO=4&transport=polling", "")] {
                let answer = Raw::ask(&app.base, format!("GET {path} HTTP/1.1\r\nHost: x\r\n{upgrade}{header}\r\n")).await;
                // What is too long to be read may be cut instead; a socket that is no one's is closed once it is open.
                let Some(answer) = answer else { continue };
                assert!(matches!(answer.status, 101 | 200 | 400..=499), "{path} {length} {answer:?}");
                assert!(answer.status != 200 || path.contains("socket.io"), "{path} {length} {answer:?}");
            }
        }
        control.works().await;
    }

    /// Without a token, or with one that is none, every call but those that sign in is refused, before anything else.
    async fn every_call_asks_for_a_token(app: App) {
        let mut control = Control::start(&app.http).await;
        let open = ["/auth/register", "/auth/login", "/auth/refresh"];
        for (method, template) in calls(&app.http, |path, _| !open.contains(&path)).await {
            let path: Vec<&str> = template.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let path = format!("/api/v1{}", path.join("/"));
            for token in ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic YTpi", "bearer\tx"] {
                let request = app.http.raw(method.clone(), &path).header("authorization", token).body("{");
                app.http.send(request).await.refused(401, "UNAUTHENTICATED");
            }
        }
        control.works().await;
    }
}
