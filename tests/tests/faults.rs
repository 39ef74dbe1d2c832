//! Clients that do wrong, a machine that runs short, and the program's end under load. One process each.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "these are tests")]

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::client::{Person, new_id};
use tests::database::FreshDatabase;
use tests::process::{Process, command, eventually, free_port};
use tests::socket::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PROGRAM: &str = env!("CARGO_BIN_EXE_confab-under-test");

async fn start(database: &FreshDatabase) -> Process {
    Process::start(PROGRAM, &database.settings().url, &[("RATE_LIMITS", "off")]).await
}

/// The whole history, oldest first.
async fn history(who: &Person, room: &str) -> Vec<Value> {
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let page = who.http.get(&format!("/conversations/{room}/messages?limit=100{before}")).await.ok(200);
        let page = page.as_array().unwrap();
        let Some(last) = page.last() else { break };
        before = format!("&before={}", last["seq"]);
        all.extend(page.iter().cloned());
    }
    all.reverse();
    all
}

/// What came of sending, by what was sent: whether it was acknowledged.
type Sent = HashMap<String, bool>;

/// What was acknowledged is there, and nothing is there twice, nor what nobody sent.
fn check_stored(sent: &Sent, stored: &[Value]) {
    let mut contents: Vec<&str> = stored.iter().map(|message| message["content"].as_str().unwrap()).collect();
    contents.sort_unstable();
    assert!(contents.windows(2).all(|pair| pair[0] != pair[1]), "nothing is stored twice");
    for content in &contents {
        assert!(sent.contains_key(*content), "{content} was never sent");
    }
    for (content, _) in sent.iter().filter(|(_, acknowledged)| **acknowledged) {
        assert!(contents.binary_search(&content.as_str()).is_ok(), "{content} was acknowledged, and is lost");
    }
}

/// G5, G12: who never reads is cut, has heard nothing with a gap, and costs others nothing and the server little.
async fn a_client_that_never_reads_is_cut(database: &FreshDatabase) {
    const DEAF: usize = 16;
    let process = start(database).await;
    let http = process.http().await;
    let (ada, bob, eve) = (http.person("ada").await, http.person("bob").await, http.person("eve").await);
    let room = ada.group("Room", &[&bob, &eve]).await;
    let (mut at_ada, mut at_bob) = (ada.connect().await, bob.connect().await);
    at_ada.done("conversation:join", json!({"conversationId": room})).await;
    at_bob.done("conversation:join", json!({"conversationId": room})).await;
    let resident = process.resident();
    let mut deaf = Vec::new();
    for _ in 0..DEAF {
        deaf.push(Socket::open_with_buffer(&process.base, eve.token(), 4096).await);
    }
    let mut last = 0;
    let content = "x".repeat(3500);
    for round in 0.. {
        assert!(round < 200, "they are cut before so much waits");
        for _ in 0..25 {
            at_ada.cast("message:send", json!({"conversationId": room, "content": content})).await;
        }
        for _ in 0..25 {
            at_ada.event("ack").await;
            last += 1;
            assert_eq!(at_bob.event("message:received").await["seq"], last);
        }
        if !deaf.iter().any(Socket::stands) {
            break;
        }
    }
    let grown = process.resident().saturating_sub(resident);
    assert!(grown < DEAF as u64 * 2 * 1024 * 1024, "{grown} bytes for {DEAF} who never read");
    for mut socket in deaf {
        let mut seqs = Vec::new();
        while let Some(frame) = socket.remains().await {
            if frame["event"] == "message:received" {
                seqs.push(frame["data"]["seq"].as_i64().unwrap());
            }
        }
        assert!(!seqs.is_empty() && seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    }
}

/// G21: out of descriptors nobody who is there is harmed, and once others have gone it goes on.
async fn a_flood_of_connections_passes(database: &FreshDatabase) {
    let (data, port) = (tempfile::tempdir().unwrap(), free_port().to_string());
    let settings = [("PORT", &*port), ("DATABASE_URL", &database.settings().url)];
    let mut limited = command("/bin/sh", data.path(), &settings);
    limited.args(["-c", "ulimit -n 256 && exec \"$0\" serve", PROGRAM]);
    let process = Process::of(limited, &port).await;
    let ada = process.http().await.person("ada").await;
    let room = ada.group("Room", &[]).await;
    let mut socket = ada.connect().await;
    // Nobody of these ever says a word. Each is sent away when its time is over, also who had to wait to be let in.
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(TcpStream::connect(process.address()).await.unwrap());
    }
    for n in 1..=20 {
        let sent = socket.done("message:send", json!({"conversationId": room, "content": "still here"})).await;
        assert_eq!(sent["seq"], n);
    }
    join_all(silent.iter_mut().map(|one| async {
        // The end, with or without a word of farewell.
        let _ = one.read_to_end(&mut Vec::new()).await;
    }))
    .await;
    assert_eq!(history(&ada, &room).await.len(), 20);
    assert_eq!(
        process
            .http()
            .await
            .person("bob")
            .await
            .connect()
            .await
            .done("conversation:sync", json!({"conversations": {}}))
            .await,
        json!({"conversations": {}})
    );
}

/// Sends by REST until the server refuses to be spoken to, over connections of its own.
async fn send_until_refused(who: Person, room: String, name: usize) -> Sent {
    let client = reqwest::Client::builder().pool_max_idle_per_host(1).build().unwrap();
    let url = format!("{}/api/v1/conversations/{room}/messages", who.http.base);
    let mut sent = Sent::new();
    loop {
        let content = format!("{name}.{}", sent.len());
        let post = client.post(&url).bearer_auth(who.token()).json(&json!({"content": content}));
        let answer = post.send().await;
        let acknowledged = answer.as_ref().is_ok_and(|answer| answer.status() == 201);
        sent.insert(content, acknowledged);
        if answer.is_err() {
            return sent;
        }
    }
}

/// G22: asked to stop under load, it answers what is under way, says goodbye and ends well; nothing acknowledged is
/// lost.
async fn sigterm_under_load_loses_nothing(database: &FreshDatabase) {
    let data = tempfile::tempdir().unwrap();
    let settings = [("RATE_LIMITS", "off")];
    let process = Process::start_in(PROGRAM, data.path(), &database.settings().url, &settings).await;
    let ada = process.http().await.person("ada").await;
    let room = ada.group("Room", &[]).await;
    let senders: Vec<_> =
        (0..8).map(|name| tokio::spawn(send_until_refused(ada.clone(), room.clone(), name))).collect();
    let mut socket = ada.connect().await;
    for _ in 0..50 {
        socket.event("message:received").await;
    }
    process.signal("TERM").await;
    assert_eq!(socket.closed().await.0, 1001);
    assert_eq!(process.ended().await.code(), Some(0));
    let sent: Sent = join_all(senders).await.into_iter().flat_map(Result::unwrap).collect();
    let process = Process::start_in(PROGRAM, data.path(), &database.settings().url, &settings).await;
    let ada = process.http().await.sign_in("ada", &ada.id).await;
    check_stored(&sent, &history(&ada, &room).await);
}

/// G22: while it waits for somebody who does not come to an end, a second signal ends it at once.
async fn a_second_sigterm_ends_it_at_once(database: &FreshDatabase) {
    let process = Process::start(PROGRAM, &database.settings().url, &[("SHUTDOWN_GRACE", "10m")]).await;
    let ada = process.http().await.person("ada").await;
    let mut socket = ada.connect().await;
    let mut slow = TcpStream::connect(process.address()).await.unwrap();
    let head =
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    socket.done("conversation:sync", json!({"conversations": {}})).await;
    process.signal("TERM").await;
    assert_eq!(socket.closed().await.0, 1001);
    process.signal("TERM").await;
    let status = process.ended().await;
    assert_ne!(status.code(), Some(0), "{status}");
}

/// A connection on which a request is begun; when it is dropped, it is reset.
async fn begun(address: &str, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.set_zero_linger().unwrap();
    stream
}

/// G2, G24: requests that are reset at any byte are carried out, or not: none is stored and not told, or half.
async fn requests_reset_half_way_are_whole_or_nothing(database: &FreshDatabase) {
    let process = start(database).await;
    let ada = process.http().await.person("ada").await;
    let room = ada.group("Room", &[]).await;
    let mut socket = ada.connect().await;
    socket.done("conversation:join", json!({"conversationId": room})).await;
    let (mut sent, mut told) = (Sent::new(), Vec::new());
    for n in 0..300 {
        let (content, id) = (format!("message {n}"), new_id());
        let body = json!({"content": content, "id": id}).to_string();
        let head = format!(
            "POST /api/v1/conversations/{room}/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            ada.token(),
            body.len()
        );
        let request = [head.into_bytes(), body.into_bytes()].concat();
        // Most are sent whole: what is cut is then the work. Some are cut once it is done, but not answered perhaps.
        let bytes = if n % 4 == 0 { request.len() * n / 300 } else { request.len() };
        let connection = begun(process.address(), &request[..bytes]).await;
        if n % 10 == 1 {
            told.push(socket.event("message:received").await);
        }
        drop(connection);
        sent.insert(content, false);
    }
    let last = ada.say(&room, "the last").await;
    sent.insert("the last".to_owned(), true);
    // What is still under way may come after it.
    let stored = history(&ada, &room).await;
    check_stored(&sent, &stored);
    assert!(stored.contains(&last));
    while told.len() < stored.len() {
        told.push(socket.event("message:received").await);
    }
    assert_eq!(told, stored, "told is what is stored, in the same order");
    let count = process.descriptors();
    eventually("what was opened is closed", async || process.descriptors() <= count).await;
}

tests::on_each_fresh_database!(
    a_client_that_never_reads_is_cut,
    a_flood_of_connections_passes,
    sigterm_under_load_loses_nothing,
    a_second_sigterm_ends_it_at_once,
    requests_reset_half_way_are_whole_or_nothing,
);

async fn may_mount() -> bool {
    let mut attempt = tokio::process::Command::new("unshare");
    attempt.args(["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/mnt"]);
    attempt.status().await.is_ok_and(|status| status.success())
}

/// G18: on a full disk writes are refused and reads answered; with room again, everything goes on, and all is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_passes() {
    const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
    let (data, port) = (tempfile::tempdir().unwrap(), free_port().to_string());
    let mut small = command("unshare", data.path(), &[("PORT", &port), ("RATE_LIMITS", "off"), ("PATH", PATH)]);
    let script = "mount -t tmpfs -o size=16m none \"$DATA_DIR\" && cd \"$DATA_DIR\" && exec \"$0\" serve";
    small.args(["--mount", "--map-root-user", "sh", "-c", script, PROGRAM]);
    if !may_mount().await {
        eprintln!("left out: neither root nor user namespaces, so no small disk can be had");
        return;
    }
    let process = Process::of(small, &port).await;
    let inside = format!("/proc/{}/root{}", process.id(), data.path().display());
    let ada = process.http().await.person("ada").await;
    let room = ada.group("Room", &[]).await;
    let first = ada.say(&room, "first").await;
    let filler = format!("{inside}/filler");
    let filling = std::fs::write(&filler, vec![1; 32 * 1024 * 1024]);
    assert_eq!(filling.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    // The file has some room left of its own.
    let path = format!("/conversations/{room}/messages");
    let (mut sent, mut refused) = (Sent::from([("first".to_owned(), true)]), 0);
    for n in 0..2000 {
        let content = format!("{n} {}", "x".repeat(3000));
        let answer = ada.http.post(&path, json!({"content": content})).await;
        let acknowledged = answer.status == 201;
        if !acknowledged {
            assert!(answer.headers.contains_key("retry-after"));
            answer.refused(503, "UNAVAILABLE");
            refused += 1;
        }
        sent.insert(content, acknowledged);
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5, "the disk is full");
    let stored = history(&ada, &room).await;
    assert_eq!(stored[0], first);
    check_stored(&sent, &stored);
    std::fs::remove_file(&filler).unwrap();
    eventually("it goes on", async || ada.http.post(&path, json!({"content": "again"})).await.status == 201).await;
    sent.insert("again".to_owned(), true);
    check_stored(&sent, &history(&ada, &room).await);
    let database = format!("{inside}/confab.db");
    assert_eq!(tests::database::integrity_of(&database), "ok");
}
