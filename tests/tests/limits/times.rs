//! How long something may take, or be silent. That a connection ends at all is what is awaited: by default it would
//! not within the time of the test, or not so soon.

use std::time::Duration;

use serde_json::Value;
use tests::client::SOON;
use tests::raw::Raw;

use super::limited;

const HEAD: &str = "Host: confab\r\nContent-Type: application/json\r\n";

#[test]
fn heartbeats_come_when_they_are_told_to() {
    let set = [("PING_INTERVAL", "1s"), ("PING_TIMEOUT", "1s"), ("SOCKETIO_PING_TIMEOUT", "2s")];
    limited(&set, async |app| {
        let opened = reqwest::get(format!("{}/socket.io/?EIO=4&transport=polling", app.base)).await.unwrap();
        let opened: Value = serde_json::from_str(opened.text().await.unwrap().strip_prefix('0').unwrap()).unwrap();
        assert_eq!((&opened["pingInterval"], &opened["pingTimeout"]), (&1000.into(), &2000.into()));
        let ada = app.http.person("ada").await;
        // It reads, and answers no ping.
        let mut silent = Raw::dial(&ada).await;
        tokio::time::timeout(SOON, silent.ended()).await.unwrap();
    });
}

#[test]
fn a_client_in_no_namespace_is_not_kept() {
    limited(&[("CONNECT_TIMEOUT", "1s")], async |app| {
        let url = format!("{}/socket.io/?EIO=4&transport=polling", app.base);
        let opened = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let opened: Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
        let url = format!("{url}&sid={}", opened["sid"].as_str().unwrap());
        let ended = async { reqwest::get(&url).await.unwrap().text().await.unwrap() };
        assert_eq!(tokio::time::timeout(SOON, ended).await.unwrap(), "1");
    });
}

#[test]
fn the_head_of_a_request_comes_in_time() {
    limited(&[("REQUEST_HEAD_TIMEOUT", "1s"), ("KEEP_ALIVE", "60s")], async |app| {
        let mut slow = Raw::connect(&app.base).await;
        slow.send("GET /health/live HTTP/1.1\r\nHost: conf").await;
        // By default it is five seconds.
        let answer = tokio::time::timeout(Duration::from_secs(4), slow.answer()).await.unwrap();
        assert_eq!(answer.map(|answer| answer.status), Some(408));
    });
}

#[test]
fn the_body_of_a_request_comes_in_time() {
    limited(&[("REQUEST_BODY_TIMEOUT", "1s")], async |app| {
        let mut slow = Raw::connect(&app.base).await;
        slow.send(format!("POST /api/v1/auth/login HTTP/1.1\r\n{HEAD}Content-Length: 10\r\n\r\n{{")).await;
        let answer = tokio::time::timeout(SOON, slow.answer()).await.unwrap().unwrap();
        assert_eq!(answer.status, 400);
    });
}

#[test]
fn a_connection_without_requests_is_not_kept() {
    limited(&[("KEEP_ALIVE", "1s")], async |app| {
        let mut idle = Raw::connect(&app.base).await;
        idle.send("GET /health/live HTTP/1.1\r\nHost: confab\r\n\r\n").await;
        assert_eq!(idle.answer().await.unwrap().status, 200);
        tokio::time::timeout(SOON, idle.ended()).await.unwrap();
    });
}
