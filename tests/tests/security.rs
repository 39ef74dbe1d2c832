//! What attackers try, against the running app on each database: tables of requests and the only answers they may get.
//! Every refusal is looked through for what it must not tell, and at the end of each somebody else still talks
//! undisturbed. `docs/security.md` says which line of the checklist is proved where.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "security/access.rs"]
mod access;
#[path = "security/accounts.rs"]
mod accounts;
#[path = "security/framing.rs"]
mod framing;
#[path = "security/input.rs"]
mod input;
#[path = "security/live.rs"]
mod live;
#[path = "security/logs.rs"]
mod logs;
#[path = "security/operations.rs"]
mod operations;
#[path = "security/polling.rs"]
mod polling;
#[path = "security/requests.rs"]
mod requests;
#[path = "security/sessions.rs"]
mod sessions;
#[path = "security/tokens.rs"]
mod tokens;

use serde_json::Value;
use tests::client::Http;

/// A path with one parameter, whatever is in it.
fn with(path: &str, key: &str, value: &str) -> String {
    let url = reqwest::Url::parse_with_params("http://x", [(key, value)]).unwrap();
    format!("{path}?{}", url.query().unwrap())
}

/// The calls of the document that a filter lets through: their methods and templates.
async fn calls(http: &Http, wanted: impl Fn(&str, &Value) -> bool) -> Vec<(reqwest::Method, String)> {
    let document = http.send(http.raw(reqwest::Method::GET, "/api/openapi.json")).await.body;
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            if let Some(path) = path.strip_prefix("/api/v1")
                && call.is_object()
                && wanted(path, call)
            {
                calls.push((method.to_uppercase().parse().unwrap(), path.to_owned()));
            }
        }
    }
    assert!(!calls.is_empty());
    calls
}
