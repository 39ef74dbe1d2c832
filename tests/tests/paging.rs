//! G7: pages, whatever their size, hold each message once, also while more are sent.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use serde_json::{Value, json};
use tests::client::Person;
use tests::on_each_database;

const SENT: i64 = 120;

async fn page(who: &Person, room: &str, query: &str) -> Vec<Value> {
    let page = who.http.get(&format!("/conversations/{room}/messages?{query}")).await.ok(200);
    page.as_array().unwrap().clone()
}

/// Back from the newest message of the moment to the first.
async fn back(who: &Person, room: &str, limit: usize) -> Vec<i64> {
    let (mut seqs, mut before) = (Vec::new(), String::new());
    loop {
        let page = page(who, room, &format!("limit={limit}{before}")).await;
        let Some(last) = page.last() else { return seqs };
        before = format!("&before={}", last["id"].as_str().unwrap());
        seqs.extend(page.iter().map(|message| message["seq"].as_i64().unwrap()));
    }
}

/// Forward from the first message until the last one that is awaited.
async fn forward(who: &Person, room: &str, limit: usize) -> Vec<i64> {
    let (mut seqs, mut after) = (Vec::new(), 0);
    while after < SENT {
        let mut page = page(who, room, &format!("limit={limit}&after={after}")).await;
        page.reverse();
        seqs.extend(page.iter().map(|message| message["seq"].as_i64().unwrap()));
        after = seqs.last().copied().unwrap_or(0);
    }
    seqs
}

/// What changed, page by page, until the last change that is awaited.
async fn changes(who: &Person, room: &str, limit: usize) -> Vec<i64> {
    let (mut seqs, mut after) = (Vec::new(), 0);
    while after < SENT {
        let path = format!("/conversations/{room}/changes?limit={limit}&after={after}");
        let answer = who.http.get(&path).await;
        let page = answer.data();
        seqs.extend(page["changes"].as_array().unwrap().iter().map(|change| change["seq"].as_i64().unwrap()));
        let cursor = answer.body["pagination"]["nextCursor"].as_str().map(|cursor| cursor.parse().unwrap());
        let last = cursor.or_else(|| page["seq"].as_i64());
        after = last.unwrap();
    }
    seqs
}

on_each_database! {
    /// Pages of one, of a few and of many, back, forward and by changes, while a sender goes on.
    async fn pages_under_inserts_hold_each_message_once(app: App) {
        let ada = app.http.person("ada").await;
        let room = ada.group("Room", &[]).await;
        let mut socket = ada.connect().await;
        socket.done("conversation:join", json!({"conversationId": room})).await;
        let sending = async {
            for n in 1..=SENT {
                socket.done("message:send", json!({"conversationId": room, "content": format!("{n}")})).await;
            }
        };
        let reading = async {
            for limit in [1, 7, 100] {
                let (back, forward, changes) = futures_util::join!(
                    back(&ada, &room, limit),
                    forward(&ada, &room, limit),
                    changes(&ada, &room, limit)
                );
                let newest = back.first().copied().unwrap_or(0);
                assert_eq!(back, (1..=newest).rev().collect::<Vec<_>>(), "back by {limit}");
                let all: Vec<i64> = (1..=SENT).collect();
                assert_eq!(forward, all, "forward by {limit}");
                assert_eq!(changes, all, "changes by {limit}");
            }
        };
        futures_util::join!(sending, reading);
    }
}
