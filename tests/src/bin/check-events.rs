//! Holds events that a client has seen against the `AsyncAPI` document of the server at `BASE_URL`, so that clients in
//! any language can be checked: `check-events [FILE]`, or from standard input. A line is
//!
//! ```json
//! {"channel": "/chat", "event": "message:received", "data": {…}, "direction": "told"}
//! ```
//!
//! `channel` is the id of a channel, or its address if no other has it: at `/` are `main`, of Socket.IO, and `frames`.
//! `direction` is `told` (which goes without saying), `said`, or `answered`, where `event` is what the answer is to. `data`
//! is the payload, or the argument of the acknowledgement; of a plain WebSocket it is the whole frame.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "this is a tool of the tests")]

use std::io::Read as _;
use std::process::ExitCode;

use serde_json::Value;
use tests::live::{Direction, Live};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "scripts are told by the environment where the server is")]
    let base = std::env::var("BASE_URL").unwrap_or_else(|_| "http://localhost:3000".into());
    let mut lines = String::new();
    match std::env::args().nth(1) {
        Some(file) => lines = std::fs::read_to_string(file).unwrap(),
        None => {
            std::io::stdin().read_to_string(&mut lines).unwrap();
        }
    }
    let document = Live::of(&base).await;
    let lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (mut checked, mut wrong) = (0, 0);
    for (place, line) in lines {
        checked += 1;
        for fault in faults(&document, line) {
            wrong += 1;
            eprintln!("line {}: {fault}", place + 1);
        }
    }
    println!("{checked} events checked, {wrong} faults");
    if wrong == 0 && checked > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn faults(document: &Live, line: &str) -> Vec<String> {
    let Ok(seen) = serde_json::from_str::<Value>(line) else { return vec!["is no JSON".into()] };
    let direction = Direction::named(seen["direction"].as_str().unwrap_or("told"));
    match (seen["channel"].as_str(), seen["event"].as_str(), direction, seen.get("data")) {
        (Some(channel), Some(event), Some(direction), Some(data)) => document.faults(channel, direction, event, data),
        _ => vec!["needs channel, event and data, and a direction that is said, told or answered".into()],
    }
}
