//! What the log tells.

use reqwest::Method;
use serde_json::json;
use tests::client::{Http, PASSWORD};
use tests::database::FreshDatabase;
use tests::polling::Polling;
use tests::process::{Process, command, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_confab-under-test");

/// Does at every door what has a secret in it.
async fn use_every_door(http: &Http) -> Vec<String> {
    let ada = http.person("ada").await;
    let room = ada.group("A name that is nobody's business", &[]).await;
    ada.say(&room, "words that are nobody's business").await;
    let mut socket = ada.connect().await;
    socket.done("message:send", json!({"conversationId": room, "content": "words that are nobody's business"})).await;
    let browser = tests::socket::Socket::open_as_browser(&http.base, ada.token()).await;
    let mut frames = tests::frames::Frames::connect(&ada).await;
    frames.done("messageInGroup", json!({"messageId": tests::client::new_id(), "groupId": room, "content": "words that are nobody's business"})).await;
    let mut polling = Polling::open(&http.base, "/chat", &json!({"token": ada.token()})).await.unwrap();
    polling.done("message:send", json!({"conversationId": room, "content": "words that are nobody's business"})).await;
    let query = format!("token={0}&access_token={0}&q=words+that+are+nobody", ada.token());
    for path in ["/api/v1/users/me", "/nowhere", "/ws", "/socket.io/"] {
        http.send(http.raw(Method::GET, &format!("{path}?{query}"))).await;
    }
    let tokens = http.post("/auth/refresh", json!({"refreshToken": ada.refresh})).await.ok(200);
    http.post("/auth/login", json!({"username": "ada", "password": "a wrong password"}))
        .await
        .refused(401, "INVALID_CREDENTIALS");
    http.post("/auth/login", json!({"username": PASSWORD, "password": "x"})).await;
    ada.http.post("/conversations", json!({"name": {"a": "words that are nobody's business"}})).await.fields();
    let next = ["accessToken", "refreshToken"].map(|key| tokens[key].as_str().unwrap().to_owned());
    drop((socket, browser, frames, polling));
    [vec![ada.token().to_owned(), ada.refresh.clone()], next.to_vec()].concat()
}

/// S10, S23, S69: however much is logged, no token, password, hash or word of anybody's is.
async fn the_log_tells_no_secret(database: &FreshDatabase) {
    const LOG: &str = "trace,hyper=off,mio=off";
    let (data, port) = (tempfile::tempdir().unwrap(), free_port().to_string());
    let path = data.path().join("log");
    let settings = [
        ("PORT", &*port),
        ("DATABASE_URL", &database.settings().url),
        ("LOG", LOG),
        ("LOG_FORMAT", "json"),
        ("RATE_LIMITS", "off"),
    ];
    let mut program = command(PROGRAM, data.path(), &settings);
    let file = std::fs::File::create(&path).unwrap();
    program.stdout(file.try_clone().unwrap()).stderr(file);
    let process = Process::of(program, &port).await;
    let secrets = use_every_door(&process.http().await).await;
    let ada = process.http().await;
    ada.send(ada.raw(Method::GET, "/a%0d%0ab").header("x-request-id", "a%0ab")).await;
    process.signal("TERM").await;
    assert_eq!(process.ended().await.code(), Some(0));
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains("answered"), "there is a log");
    let jwt_secret = std::fs::read_to_string(data.path().join("jwt-secret")).unwrap();
    let words = [
        "nobody's business",
        "nobody s business",
        PASSWORD,
        "a wrong password",
        "$argon2",
        "words+that",
        jwt_secret.trim(),
    ];
    for secret in secrets.iter().map(String::as_str).chain(words) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "a line by itself: {line}");
    }
}

tests::on_each_fresh_database!(the_log_tells_no_secret);
