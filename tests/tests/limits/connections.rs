//! Connections, and how much one may send at once.

use reqwest::Method;
use serde_json::json;
use tests::client::{Person, Socket};
use tests::frames::Frames;

use super::{limited, polling};

const TOO_MANY: (u16, &str) = (1008, "Too many connections");

async fn is_refused(mut socket: Socket) {
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.as_str()), TOO_MANY);
}

/// Connects as soon as there is room again: the place of who has left is free once the server knows.
async fn connect_again(who: &Person) -> Socket {
    loop {
        let mut socket = who.dial().await;
        socket.send_text(r#"{"event":"conversation:join","id":"here","data":{}}"#).await;
        if socket.is_answered().await {
            return socket;
        }
    }
}

#[test]
fn a_person_has_so_many_connections_at_all_doors_together() {
    limited(&[("CONNECTIONS_PER_USER", "3")], async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let mut plain = ada.dial().await;
        let _frames = Frames::connect(&ada).await;
        let mut chat = polling(&ada, "/chat").await.unwrap();
        chat.ask("conversation:join", json!({})).await;
        plain.refused("conversation:join", json!({})).await;

        is_refused(ada.dial().await).await;
        let list = [("sec-websocket-protocol", format!("auth, {}", ada.token()))];
        assert_eq!(Frames::open(&app.base, "/", &list).await.closed().await, (TOO_MANY.0, TOO_MANY.1.into()));
        let refused = polling(&ada, "/").await.err().unwrap();
        assert_eq!((&refused["message"], &refused["data"]["code"]), (&json!(TOO_MANY.1), &json!("RATE_LIMITED")));
        assert_eq!(bob.dial().await.refused("conversation:join", json!({})).await, "VALIDATION_FAILED");

        plain.leave().await;
        let _again = connect_again(&ada).await;
        is_refused(ada.dial().await).await;
    });
}

#[test]
fn an_address_has_so_many_connections() {
    let set = [("CONNECTIONS_PER_ADDRESS", "2")];
    limited(&set, async |app| {
        let (ada, bob) = (app.http.person("ada").await, app.http.person("bob").await);
        let eve = app.http.person("eve").await;
        let plain = ada.dial().await;
        let _chat = polling(&bob, "/chat").await.unwrap();
        is_refused(eve.dial().await).await;
        let refused = polling(&eve, "/").await.err().unwrap();
        assert_eq!((&refused["message"], &refused["data"]["code"]), (&json!(TOO_MANY.1), &json!("RATE_LIMITED")));
        plain.leave().await;
        connect_again(&eve).await;
    });
}

#[test]
fn an_address_connects_so_often() {
    limited(&[("CONNECTION_RATE_PER_ADDRESS", "3:1/h"), ("TRUSTED_PROXIES", "loopback")], async |app| {
        let opening = |address: &str| {
            let request = app.http.raw(Method::GET, "/socket.io/?EIO=4&transport=polling");
            app.http.send(request.header("x-forwarded-for", address.to_owned()))
        };
        for _ in 0..3 {
            assert_eq!(opening("192.0.2.1").await.status, 200);
        }
        let refused = opening("192.0.2.1").await;
        assert_eq!((refused.status, &refused.body["message"]), (429, &json!("Too many requests")));
        assert!(refused.headers.contains_key("retry-after"));
        assert_eq!(opening("192.0.2.2").await.status, 200);

        let ada = app.http.person("ada").await;
        for _ in 0..3 {
            ada.dial().await.refused("conversation:join", json!({})).await;
        }
        is_refused(ada.dial().await).await;
        is_refused(Socket::open(&app.base, Some("nonsense")).await).await;
        assert_eq!(opening("192.0.2.2").await.status, 200);
    });
}
