//! Sessions: continued by one, ended for good.

use serde_json::{Value, json};
use tests::client::{Answer, Http, Person};
use tests::control::Control;
use tests::on_each_database;

async fn refresh(http: &Http, token: &str) -> Answer {
    http.post("/auth/refresh", json!({"refreshToken": token})).await
}

/// The next pair of tokens.
async fn next(http: &Http, token: &str) -> (String, String) {
    let tokens = refresh(http, token).await.ok(200);
    let text = |key: &str| tokens[key].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

async fn is_over(who: &Person, refresh_token: &str) {
    who.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
    let refused = refresh(&who.http, refresh_token).await;
    assert!(matches!(refused.body["code"].as_str(), Some("UNAUTHENTICATED" | "REFRESH_TOKEN_REUSED")), "{refused:?}");
    assert_eq!(refused.status, 401);
}

on_each_database! {
    /// S26, S27: a token that comes back once its successor was used is a copy: the whole session ends, at every door.
    async fn a_copied_token_ends_its_session_at_every_door(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let mut socket = ada.connect().await;
        let (_, second) = next(&app.http, &ada.refresh).await;
        let (access, third) = next(&app.http, &second).await;
        socket.refused("conversation:join", json!({})).await;
        refresh(&app.http, &ada.refresh).await.refused(401, "REFRESH_TOKEN_REUSED");
        assert_eq!(socket.closed().await.0, 4001);
        let mut person = ada.clone();
        person.http.token = Some(access);
        for token in [&third, &second, &ada.refresh] {
            is_over(&person, token).await;
        }
        is_over(&ada, &third).await;
        control.works().await;
    }

    /// S28: of fifty at once one branch lives on, and it alone.
    async fn fifty_refreshes_leave_one_branch(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let answers = futures_util::future::join_all((0..50).map(|_| refresh(&app.http, &ada.refresh))).await;
        let mut tokens: Vec<&str> = answers.iter().filter_map(|answer| answer.body["data"]["refreshToken"].as_str()).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
        next(&app.http, tokens[0]).await;
        control.works().await;
    }

    /// S29: who signs out is out, with both tokens and every socket; the other devices stay.
    async fn a_sign_out_is_whole(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let other = app.http.sign_in("ada", &ada.id).await;
        let (mut ends, mut stays) = (ada.connect().await, other.connect().await);
        let mut frames = tests::frames::Frames::connect(&ada).await;
        ends.refused("conversation:join", json!({})).await;
        ada.http.post("/auth/logout", json!({})).await.ok(204);
        assert_eq!(ends.closed().await.0, 4001);
        assert_eq!(frames.closed().await.0, 4001);
        is_over(&ada, &ada.refresh).await;
        stays.refused("conversation:join", json!({})).await;
        control.works().await;
    }

    /// S30: refresh tokens are long, no two are alike, and what is made up, cut or changed ends nobody's session.
    async fn refresh_tokens_cannot_be_made_up(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let bob = app.http.sign_in("ada", &ada.id).await;
        let token = ada.refresh.as_str();
        assert_ne!(token, bob.refresh);
        assert!(token.len() >= 64, "{} characters", token.len());
        let changed = |at: usize| {
            let mut bytes = token.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        };
        let last = token.len() - 2;
        for bad in [
            String::new(), " ".to_owned(), token[..token.len() - 4].to_owned(), format!("{token}AAAA"), changed(0),
            changed(token.len() / 3), changed(token.len() / 2), changed(last), ada.token().to_owned(), "' OR 1=1 --".to_owned(),
            "A".repeat(token.len()), "x".repeat(60_000),
        ] {
            let answer = refresh(&app.http, &bad).await;
            match answer.status {
                400 => assert_eq!(answer.fields(), ["refreshToken"], "{bad}"),
                _ => drop(answer.refused(401, "UNAUTHENTICATED")),
            }
        }
        for bad in [Value::Null, json!(5), json!({"$ne": null}), json!([token])] {
            let answer = app.http.post("/auth/refresh", json!({"refreshToken": bad})).await;
            assert_eq!(answer.fields(), ["refreshToken"]);
        }
        next(&app.http, token).await;
        ada.http.get("/users/me").await.ok(200);
        control.works().await;
    }

    /// S31: however often it is continued, a session ends when its time is over, and its access tokens with it.
    async fn no_session_lives_for_ever(app: App) {
        let mut control = Control::start(&app.http).await;
        let short = app.another(|settings| {
            settings.auth.session_ttl = std::time::Duration::from_secs(3);
            settings.auth.access_ttl = std::time::Duration::from_secs(3);
        }).await;
        let ada = short.http.person("ada").await;
        let mut token = ada.refresh.clone();
        let (mut access, mut count) = (ada.token().to_owned(), 0);
        let refused = loop {
            let answer = refresh(&short.http, &token).await;
            if answer.status != 200 {
                break answer;
            }
            let tokens = answer.ok(200);
            tokens["accessToken"].as_str().unwrap().clone_into(&mut access);
            tokens["refreshToken"].as_str().unwrap().clone_into(&mut token);
            count += 1;
        };
        refused.refused(401, "UNAUTHENTICATED");
        assert!(count > 0);
        let mut person = ada.clone();
        person.http.token = Some(access);
        person.http.get("/users/me").await.refused(401, "UNAUTHENTICATED");
        short.stop().await;
        control.works().await;
    }
}
