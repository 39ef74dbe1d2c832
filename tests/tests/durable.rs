//! G1: what is acknowledged is on disk. Looked at from outside, in the system calls of the process, and from inside the
//! database.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "these are tests")]

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tests::database::FreshDatabase;
use tests::process::{Process, command, eventually, free_port};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_confab-under-test");
/// The calls that write to files and sockets, and those that bring files to disk.
const CALLS: &str = "trace=write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync";

/// Whether system calls can be looked at here.
async fn may_trace() -> bool {
    let status = Command::new("strace").args(["-o", "/dev/null", "true"]).status().await;
    status.is_ok_and(|status| status.success())
}

/// The program on an SQLite file, its calls written down in `trace`. It is the process that was started itself, and
/// strace its child, so that it ends as others do.
fn traced(database: &FreshDatabase, data: &Path, trace: &Path, port: &str, synchronous: &str) -> Command {
    let settings = [("DATABASE_URL", &*database.settings().url), ("PORT", port), ("SQLITE_SYNCHRONOUS", synchronous)];
    let program = command(PROGRAM, data, &settings);
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-y", "-qq", "-s", "65536", "-e", CALLS, "-o"]).arg(trace).arg(PROGRAM);
    command.env_clear().current_dir(data).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.envs(program.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
    #[expect(clippy::disallowed_methods, reason = "strace is looked for where the tests were")]
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// What became of a message, in the order in which it happened: places in the trace.
#[derive(Debug, Default)]
struct Course {
    /// It was written to the log of the database for the last time before it was first told.
    written: Option<usize>,
    /// After that the log was brought to disk, and that was done.
    synced: Option<usize>,
    /// It was first said to a client.
    told: Option<usize>,
}

impl Course {
    /// Reads it from lines like `1234 pwrite64(9</tmp/confab.db-wal>, "...", 4096, 56) = 4096`. A call that another thread
    /// cuts in on has two: `1234 fdatasync(9</tmp/confab.db-wal> <unfinished ...>`, `1234 <... fdatasync resumed>) = 0`.
    fn of(content: &str, trace: &str) -> Self {
        let mut course = Self::default();
        let mut syncing: Vec<&str> = Vec::new();
        for (place, line) in trace.lines().enumerate() {
            let Some((thread, call)) = line.split_once(' ') else { continue };
            let (call, is_log) = (call.trim_start(), line.contains("-wal>"));
            let is_sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
            if is_log && is_sync && !line.ends_with("<unfinished ...>") && line.ends_with("= 0") {
                course.synced = Some(place);
            } else if is_log && is_sync {
                syncing.push(thread);
            } else if call.contains("sync resumed>") && line.ends_with("= 0") && syncing.contains(&thread) {
                syncing.retain(|other| *other != thread);
                course.synced = Some(place);
            } else if is_log && line.contains(content) {
                // What was being brought to disk before need not hold it.
                syncing.clear();
                (course.written, course.synced) = (Some(place), None);
            } else if (line.contains("<socket:") || line.contains("<TCP")) && line.contains(content) {
                course.told = Some(place);
                return course;
            }
        }
        course
    }
}

/// Sends messages to a traced process through both doors: what became of each.
async fn courses(synchronous: &str) -> Option<Vec<Course>> {
    if !may_trace().await {
        eprintln!("left out: strace is missing, or may not trace here");
        return None;
    }
    let (database, data) = (FreshDatabase::sqlite().await, tempfile::tempdir().unwrap());
    let (trace, port) = (data.path().join("trace"), free_port().to_string());
    let process = Process::of(traced(&database, data.path(), &trace, &port, synchronous), &port).await;
    let ada = process.http().await.person("ada").await;
    let room = ada.group("Room", &[]).await;
    let mut socket = ada.connect().await;
    let mut contents = Vec::new();
    for n in 0..4 {
        contents.push(format!("posted-{n}-in-full"));
        ada.say(&room, &contents[2 * n]).await;
        contents.push(format!("sent-{n}-in-full"));
        socket.done("message:send", json!({"conversationId": room, "content": contents[2 * n + 1]})).await;
    }
    process.signal("TERM").await;
    assert!(process.ended().await.success());
    let told = async || {
        let trace = std::fs::read_to_string(&trace).unwrap();
        contents.iter().all(|content| Course::of(content, &trace).told.is_some())
    };
    eventually("all of the trace is written", told).await;
    let trace = std::fs::read_to_string(&trace).unwrap();
    Some(contents.iter().map(|content| Course::of(content, &trace)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_on_disk_before_anybody_is_told() {
    for course in courses("full").await.into_iter().flatten() {
        assert!(course.written.is_some() && course.written < course.synced, "written, then on disk: {course:?}");
        assert!(course.synced < course.told, "on disk, then told: {course:?}");
    }
}

/// What the test above finds is missing where it is not asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_less_asked_for_it_is_told_before_it_is_on_disk() {
    for course in courses("normal").await.into_iter().flatten() {
        assert!(course.written < course.told && course.synced.is_none(), "{course:?}");
    }
}

/// A database that is set not to wait for its disk is made to.
#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_waits_for_its_disk_whatever_it_is_set_to() {
    // What a message's own transaction was committed with, noted by the database itself.
    const NOTE: &str = "CREATE TABLE commits (setting text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO commits VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON messages EXECUTE FUNCTION note()";
    for (set, expected) in [("off", "on"), ("on", "on"), ("local", "local")] {
        let database = FreshDatabase::postgres().await;
        let name = database.settings().url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
        database.tamper(&format!("{NOTE}; ALTER DATABASE {name} SET synchronous_commit = {set}")).await;
        let process = Process::start(PROGRAM, &database.settings().url, &[]).await;
        let ada = process.http().await.person("ada").await;
        let room = ada.group("Room", &[]).await;
        ada.say(&room, "hello").await;
        assert_eq!(database.texts("SELECT DISTINCT setting FROM commits").await, [expected], "set to {set}");
    }
}
