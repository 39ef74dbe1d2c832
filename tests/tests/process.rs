//! The program as a process: killed, stopped, started wrongly, started twice.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

use std::path::Path;

use serde_json::{Value, json};
use tests::client::{Http, PASSWORD, SOON};
use tests::database::FreshDatabase;
use tests::process::{Process, command, free_port, ready};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;

const PROGRAM: &str = env!("CARGO_BIN_EXE_confab-under-test");

fn program(data: &Path, database_url: &str, port: u16) -> Command {
    command(PROGRAM, data, &[("DATABASE_URL", database_url), ("PORT", &port.to_string())])
}

/// What a process that must not start says, and with which status.
async fn refused(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let reading = child.stderr.take().unwrap();
    tokio::time::timeout(SOON * 3, { reading }.read_to_string(&mut said)).await.expect("it ends").unwrap();
    (child.wait().await.unwrap().code(), said)
}

/// Kills the process in the middle of sending, again and again: what was acknowledged is there, once, in order.
async fn every_acknowledged_message_survives_kill_9(database: &FreshDatabase) {
    let data = tempfile::tempdir().unwrap();
    let url = &database.settings().url;
    let mut acknowledged: Vec<Value> = Vec::new();
    let mut room = None;
    for round in 0..3 {
        let process = Process::start_in(PROGRAM, data.path(), url, &[]).await;
        let http = process.http().await;
        let ada = match round {
            0 => http.person("ada").await,
            _ => http.sign_in("ada", "").await,
        };
        let room = match &room {
            Some(room) => String::clone(room),
            None => room.insert(ada.group("Room", &[]).await).clone(),
        };
        let history = ada.http.get(&format!("/conversations/{room}/messages?limit=100")).await.ok(200);
        let stored: Vec<Value> = history.as_array().unwrap().iter().rev().cloned().collect();
        for message in acknowledged.iter().rev().take(40) {
            assert_eq!(stored.iter().filter(|other| *other == message).count(), 1, "round {round}: {message}");
        }
        let mut socket = ada.connect().await;
        for n in 0..40 {
            socket.cast("message:send", json!({"conversationId": room, "content": format!("{round}.{n}")})).await;
        }
        let mut seen = 0;
        while seen < 10 + round * 7 {
            let frame = socket.next().await;
            if frame["event"] == "ack" {
                acknowledged.push(frame["data"].clone());
                seen += 1;
            }
        }
        process.kill().await;
        while let Some(Message::Text(text)) = socket.rest().await {
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["event"] == "ack" {
                acknowledged.push(frame["data"].clone());
            }
        }
    }
    let process = Process::start_in(PROGRAM, data.path(), url, &[]).await;
    let ada = process.http().await.sign_in("ada", "").await;
    let path = format!("/conversations/{}/changes?after=0&limit=100", room.unwrap());
    let page = ada.http.get(&path).await.ok(200);
    let seqs: Vec<i64> = page["changes"].as_array().unwrap().iter().map(|c| c["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>(), "no holes");
}

/// Asked to stop, the process tells its sockets to come back elsewhere, and ends well.
async fn sigterm_closes_sockets_and_ends_well(database: &FreshDatabase) {
    let process = Process::start(PROGRAM, &database.settings().url, &[]).await;
    let ada = process.http().await.person("ada").await;
    let mut socket = ada.connect().await;
    socket.refused("conversation:join", json!({})).await;
    process.signal("TERM").await;
    assert_eq!(socket.closed().await.0, 1001);
    assert_eq!(process.ended().await.code(), Some(0));
}

/// Several processes start at once on a database that nobody has prepared: all come up, on one set of tables.
async fn several_start_at_once(database: &FreshDatabase) {
    let data = tempfile::tempdir().unwrap();
    let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
    let _nodes: Vec<Child> =
        ports.iter().map(|port| program(data.path(), &database.settings().url, *port).spawn().unwrap()).collect();
    for port in &ports {
        ready(&format!("http://127.0.0.1:{port}")).await;
    }
    let one = Http::new(format!("http://127.0.0.1:{}", ports[0])).await.person("ada").await;
    let mut elsewhere = one.http.clone();
    elsewhere.base = format!("http://127.0.0.1:{}", ports[2]);
    elsewhere.get("/users/me").await.ok(200);
}

tests::on_each_fresh_database!(
    every_acknowledged_message_survives_kill_9,
    sigterm_closes_sockets_and_ends_well,
    several_start_at_once
);

/// What is set wrong ends the start with one line that names the variable, and never a secret.
#[tokio::test]
async fn a_start_that_fails_names_the_variable() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (good, port) = (format!("sqlite://{}/a.db", data.path().display()), taken.local_addr().unwrap().port());
    let broken_file = format!("sqlite://{}/a.db", file.display());
    let cases = [
        (program(data.path(), "mysql://u:hunter22@127.0.0.1/x", 0), "DATABASE_URL"),
        (program(data.path(), "postgres://u:hunter22@127.0.0.1:1/x", 0), "DATABASE_URL"),
        (program(data.path(), "nonsense", 0), "DATABASE_URL"),
        (program(data.path(), &broken_file, 0), "DATABASE_URL"),
        (program(data.path(), &good, port), "PORT"),
        (with(program(data.path(), &good, 0), "PORT", "many"), "PORT"),
        (with(program(data.path(), &good, 0), "JWT_SECRET", "hunter22"), "JWT_SECRET"),
        (with(program(data.path(), &good, 0), "DATA_DIR", file.join("x").to_str().unwrap()), "DATA_DIR"),
    ];
    for (command, variable) in cases {
        let (status, said) = refused(command).await;
        assert!(matches!(status, Some(1 | 2)), "{variable}: {status:?} {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(said.starts_with(&format!("confab: {variable}: ")), "{said}");
        assert!(!said.contains("hunter22") && !said.contains(PASSWORD), "{said}");
    }
}

fn with(mut command: Command, name: &str, value: &str) -> Command {
    command.env(name, value);
    command
}
