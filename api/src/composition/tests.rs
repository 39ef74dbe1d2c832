use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::config::Env;

fn settings(data_dir: &std::path::Path) -> Settings {
    let directory = data_dir.display().to_string();
    let env = Env::of([("PORT", "0"), ("WORKERS", "1"), ("DATA_DIR", &directory)]);
    let mut settings = Settings::from_env(&env).unwrap();
    (settings.auth.hash_memory_kib, settings.auth.hash_iterations) = (8, 1);
    settings
}

#[tokio::test]
async fn the_service_starts_answers_and_stops() {
    let directory = tempfile::tempdir().unwrap();
    let running = start(settings(directory.path())).await.unwrap();
    let mut client = TcpStream::connect(running.address).await.unwrap();
    client.write_all(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut reply = String::new();
    client.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.contains("\"database\":\"ok\""), "{reply}");
    let address = running.address;
    running.stop().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_told_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = settings(directory.path());
    settings.server.port = taken.local_addr().unwrap().port();
    let error = start(settings).await.err().map(|error| error.to_string());
    assert_eq!(error, Some(format!("PORT: {} is in use", taken.local_addr().unwrap())));
}

#[tokio::test]
async fn a_weak_secret_is_refused_wherever_it_is() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("jwt-secret"), "short").unwrap();
    let error = start(settings(directory.path())).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("DATA_DIR: ") && error.contains("jwt-secret"), "{error}");
}

/// Everything that is made of the settings, and not asked by a test for what it does.
fn made_of(set: &[(&str, &str)]) -> String {
    let settings = Settings::from_env(&Env::of(set.iter().copied())).unwrap();
    let doors = doors(&settings);
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        server_options(&settings.server),
        doors.options(),
        doors.socketio(),
        doors.hub(),
        database_settings(&settings.database),
        hashing(&settings.auth, false),
        policy(&settings.auth),
        access_tokens(&settings.auth, &Secret::new("0123456789abcdefghijklmnopqrstuvwxyz").unwrap()),
    )
}

#[test]
fn every_limit_and_time_gets_where_it_holds() {
    for (name, value, holds) in [
        ("DATABASE_WAIT", "1s", &["wait: 1s"][..]),
        ("DATABASE_CONNECT_TIMEOUT", "4s", &["connect: 4s"]),
        ("DATABASE_STATEMENT_TIMEOUT", "13s", &["statement: 13s"]),
        ("DATABASE_LOCK_TIMEOUT", "4s", &["lock: 4s"]),
        ("DATABASE_TRANSACTION_TIMEOUT", "16s", &["idle_in_transaction: 16s"]),
        ("ACCESS_TOKEN_TTL", "61s", &["lifetime: 61s"]),
        ("TOKEN_LEEWAY", "62s", &["leeway: 62"]),
        ("REFRESH_TOKEN_TTL", "63s", &["idle: 63s"]),
        ("SESSION_TTL", "1000h", &["absolute: 3600000s"]),
        ("REFRESH_REUSE_GRACE", "64s", &["reuse_grace: 64s"]),
        ("PASSWORD_HASH_PARALLELISM", "3", &["parallelism: 3"]),
        ("PASSWORD_HASHES_AT_ONCE", "37", &["at_once: 37"]),
        ("PASSWORD_HASH_QUEUE", "38", &["queue: 38"]),
        ("MAX_FRAME_BYTES", "2000", &["max_message: 2000"]),
        ("MAX_PAYLOAD_BYTES", "2000", &["max_payload: 2000"]),
        ("MAX_FRAGMENTS", "77", &["max_fragments: 77", "max_fragments: 77"]),
        ("MAX_ATTACHMENTS", "0", &["max_attachments: 0"]),
        ("MAX_PACKETS", "21", &["max_packets: 21"]),
        ("QUEUE_BYTES", "70000", &["queue_bytes: 70000", "queue_bytes: 70000"]),
        ("QUEUE_FRAMES", "300", &["queue_frames: 300", "queue_frames: 300"]),
        ("PING_INTERVAL", "44s", &["ping_interval: 44s", "ping_interval: 44s"]),
        ("PING_TIMEOUT", "45s", &["ping_timeout: 45s"]),
        ("SOCKETIO_PING_TIMEOUT", "46s", &["ping_timeout: 46s"]),
        ("CONNECT_TIMEOUT", "47s", &["connect_timeout: 47s"]),
        ("UPGRADE_TIMEOUT", "48s", &["handshake: 48s", "upgrade_timeout: 48s"]),
        ("RESUME_WINDOW", "49s", &["window: 49s"]),
        ("RESUME_EVENTS", "51", &["most_missed: 51"]),
        ("POSITION_CHECK", "52s", &["position_check: 52s"]),
        ("TCP_USER_TIMEOUT", "53s", &["tcp_user_timeout: 53s", "write_stall: 53s", "write_stall: 53s"]),
        ("TCP_KEEPALIVE", "54s", &["tcp_keepalive: 54s"]),
        ("REQUEST_HEAD_TIMEOUT", "55s", &["request_head: 55s"]),
        ("REQUEST_BODY_TIMEOUT", "56s", &["body_timeout: 56s"]),
        ("KEEP_ALIVE", "57s", &["keep_alive: 57s"]),
        ("SHUTDOWN_GRACE", "58s", &["grace: 58s"]),
    ] {
        let (by_default, made) = (made_of(&[]), made_of(&[(name, value)]));
        let part = holds[0];
        assert!(!by_default.contains(part), "{name}: {part} is the default");
        assert_eq!(made.matches(part).count(), holds.iter().filter(|&&same| same == part).count(), "{name}: {made}");
        for part in holds {
            assert!(made.contains(part), "{name}: no {part} in {made}");
        }
    }
}
