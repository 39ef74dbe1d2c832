//! Passwords, accounts and sessions.

use reqwest::Method;
use serde_json::json;
use tests::client::{Answer, Http, PASSWORD};

use super::{limited, wait};

async fn sign_in(http: &Http, username: &str, password: &str) -> Answer {
    http.post("/auth/login", json!({"username": username, "password": password})).await
}

#[test]
fn wrong_passwords_close_an_account_to_one_address_alone() {
    let set = [("SIGN_IN_FAILURES_PER_ADDRESS", "5:1/m"), ("TRUSTED_PROXIES", "loopback")];
    limited(&set, async |app| {
        app.http.person("ada").await;
        app.http.person("bob").await;
        let (here, there) = (app.http.coming_from("192.0.2.1"), app.http.coming_from("198.51.100.7"));
        for _ in 0..5 {
            sign_in(&here, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
            sign_in(&here, "nobody", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        assert!(wait(sign_in(&here, "ada", PASSWORD).await) <= 60, "also with the right one");
        wait(sign_in(&here, "nobody", PASSWORD).await);
        wait(sign_in(&here.coming_from("203.0.113.9, 192.0.2.1"), "ADA", PASSWORD).await);
        sign_in(&here, "bob", PASSWORD).await.ok(200);
        sign_in(&there, "ada", PASSWORD).await.ok(200);
        for _ in 0..10 {
            sign_in(&there, "ada", PASSWORD).await.ok(200);
        }
    });
}

#[test]
fn who_names_another_address_is_not_believed() {
    limited(&[("SIGN_IN_FAILURES_PER_ADDRESS", "2:1/h")], async |app| {
        for n in 0..2 {
            let elsewhere = app.http.coming_from(&format!("192.0.2.{n}"));
            sign_in(&elsewhere, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        wait(sign_in(&app.http.coming_from("192.0.2.3"), "ada", "not this one").await);
    });
}

#[test]
fn wrong_passwords_from_everywhere_close_an_account() {
    let set = [("SIGN_IN_FAILURES", "3:1/h"), ("TRUSTED_PROXIES", "loopback")];
    limited(&set, async |app| {
        let ada = app.http.person("ada").await;
        for n in 0..3 {
            let at = app.http.coming_from(&format!("192.0.2.{n}"));
            sign_in(&at, "ada", "not this one").await.refused(401, "INVALID_CREDENTIALS");
        }
        assert!(wait(sign_in(&app.http.coming_from("192.0.2.9"), "ada", PASSWORD).await) > 3500);
        ada.http.get("/users/me").await.ok(200);
    });
}

#[test]
fn a_password_that_confirms_something_cannot_be_guessed_either() {
    limited(&[("SIGN_IN_FAILURES", "4:1/h")], async |app| {
        let ada = app.http.person("ada").await;
        let change = |old: &str| {
            ada.http.put("/users/me/password", json!({"currentPassword": old, "newPassword": "quite another"}))
        };
        let delete = |given: &str| ada.http.call(Method::DELETE, "/users/me", Some(json!({"password": given})));
        for _ in 0..2 {
            change("not this one").await.refused(403, "WRONG_PASSWORD");
            delete("not this one").await.refused(403, "WRONG_PASSWORD");
        }
        wait(change(PASSWORD).await);
        wait(delete(PASSWORD).await);
        sign_in(&app.http, "ada", PASSWORD).await.ok(200);
    });
}

#[test]
fn an_address_signs_in_signs_up_and_refreshes_so_often() {
    let set = [
        ("SIGN_IN_RATE_PER_ADDRESS", "3:1/h"),
        ("REGISTRATION_RATE_PER_ADDRESS", "2:1/h"),
        ("REFRESH_RATE_PER_ADDRESS", "2:1/h"),
        ("TRUSTED_PROXIES", "loopback"),
    ];
    limited(&set, async |app| {
        let (here, there) = (app.http.coming_from("192.0.2.1"), app.http.coming_from("192.0.2.2"));
        let (ada, _) = (here.person("ada").await, here.person("bob").await);
        let register = json!({"username": "eve", "password": PASSWORD});
        wait(here.post("/auth/register", register.clone()).await);
        there.post("/auth/register", register).await.ok(201);

        sign_in(&here, "ada", PASSWORD).await.ok(200);
        wait(sign_in(&here, "eve", PASSWORD).await);
        sign_in(&there, "eve", PASSWORD).await.ok(200);

        let mut token = ada.refresh.clone();
        for _ in 0..2 {
            let next = here.post("/auth/refresh", json!({"refreshToken": token})).await.ok(200);
            token = next["refreshToken"].as_str().unwrap().to_owned();
        }
        wait(here.post("/auth/refresh", json!({"refreshToken": token})).await);
        there.post("/auth/refresh", json!({"refreshToken": token})).await.ok(200);
    });
}
