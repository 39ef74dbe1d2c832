//! When the database is away, full, or busy.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use domain::repository::{Rejected, RepositoryError};
use futures_util::future::join_all;
use infrastructure::{Database, DatabaseSettings, DatabaseTimes};
use tests::database::{FreshDatabase, nobody};

use crate::people::{direct, draft, people, post};

fn is_unavailable<T>(result: &Result<T, RepositoryError>) -> bool {
    matches!(result, Err(RepositoryError::Unavailable(_)))
}

fn is_refused_for_now<T, R>(result: &Result<T, Rejected<R>>) -> bool {
    matches!(result, Err(Rejected::Repository(RepositoryError::Unavailable(_))))
}

#[tokio::test]
async fn sqlite_locked_by_another_process_is_unavailable_and_readable() {
    let db = FreshDatabase::sqlite().await;
    let [ada, bob] = people(&db, ["ada", "bob"]).await;
    let pair = direct(&db, ada, bob).await;
    let path = db.directory().unwrap().join("confab.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();

    let begun = Instant::now();
    let erased = db.users.erase(ada, crate::people::now()).await;
    assert!(is_unavailable(&erased), "{erased:?}");
    assert!(begun.elapsed() < Duration::from_secs(4));
    let posted = db.messages.append(draft(pair, ada, "x")).await;
    assert!(is_refused_for_now(&posted), "{posted:?}");
    assert!(db.users.find(ada).await.unwrap().is_some(), "reading goes on");

    other.batch_execute("COMMIT").unwrap();
    post(&db, pair, ada, "back").await;
}

/// Its time alone ends the call: the lock would be waited for longer than a test.
#[tokio::test]
async fn a_call_to_sqlite_has_its_time() {
    let db = FreshDatabase::sqlite().await;
    let [ada] = people(&db, ["ada"]).await;
    let times =
        DatabaseTimes { wait: Duration::from_mins(1), statement: Duration::from_millis(200), ..Default::default() };
    let settings = DatabaseSettings { times, ..db.settings().clone() };
    let node = Database::open(&settings, nobody()).await.unwrap().repositories();
    let path = db.directory().unwrap().join("confab.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let erased =
        tokio::time::timeout(Duration::from_secs(30), node.users.erase(ada, crate::people::now())).await.unwrap();
    assert!(is_unavailable(&erased), "{erased:?}");
    other.batch_execute("COMMIT").unwrap();
}

#[tokio::test]
async fn a_full_queue_is_unavailable() {
    let db = FreshDatabase::sqlite().await;
    let [ada, bob] = people(&db, ["ada", "bob"]).await;
    let pair = direct(&db, ada, bob).await;
    let settings = DatabaseSettings { append_queue: 4, ..db.settings().clone() };
    let small = Database::open(&settings, nobody()).await.unwrap().repositories();
    let results = join_all((0..50).map(|_| small.messages.append(draft(pair, ada, "x")))).await;
    let (stored, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert!(!stored.is_empty() && !refused.is_empty());
    assert!(refused.iter().all(is_refused_for_now));
    let last = post(&db, pair, ada, "next").await.message.seq;
    assert_eq!(usize::try_from(last).unwrap(), stored.len() + 1);
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn killed_connections_heal() {
        let db = FreshDatabase::postgres().await;
        let [ada, bob] = people(&db, ["ada", "bob"]).await;
        let pair = direct(&db, ada, bob).await;
        for _ in 0..5 {
            join_all((0..20).map(|_| db.users.find(ada))).await;
            let calls = async {
                let mut failed = 0;
                for _ in 0..50 {
                    let found = db.users.find(ada).await;
                    assert!(found.is_ok() || is_unavailable(&found), "{found:?}");
                    let posted = db.messages.append(draft(pair, ada, "x")).await;
                    assert!(posted.is_ok() || is_refused_for_now(&posted), "{posted:?}");
                    failed += usize::from(found.is_err()) + usize::from(posted.is_err());
                }
                failed
            };
            let (failed, ()) = tokio::join!(calls, db.tamper(KILL));
            assert!(failed <= db.settings().postgres_pool, "{failed} calls failed, more than one for each connection");
            assert!(db.users.find(ada).await.is_ok());
            post(&db, pair, ada, "back").await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_exhausted_pool_is_unavailable_in_time() {
        let db = FreshDatabase::postgres().await;
        let [ada, bob] = people(&db, ["ada", "bob"]).await;
        let pair = direct(&db, ada, bob).await;
        let settings = DatabaseSettings { postgres_pool: 1, ..db.settings().clone() };
        let small = Database::open(&settings, nobody()).await.unwrap().repositories();
        let (client, connection) = tokio_postgres::connect(&settings.url, tokio_postgres::NoTls).await.unwrap();
        let driving = tokio::spawn(connection);
        client.batch_execute("BEGIN; LOCK TABLE conversations").await.unwrap();

        let begun = Instant::now();
        let waiting = small.conversations.mark_read(pair, ada, 1);
        let others = join_all((0..20).map(|_| async {
            tokio::task::yield_now().await;
            small.users.find(ada).await
        }));
        let (locked, found) = tokio::join!(waiting, others);
        assert!(is_unavailable(&locked), "{locked:?}");
        assert!(found.iter().filter(|result| is_unavailable(result)).count() >= 19);
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());

        client.batch_execute("COMMIT").await.unwrap();
        drop(client);
        driving.await.unwrap().unwrap();
        assert!(small.users.find(ada).await.unwrap().is_some());
        post(&small, pair, ada, "back").await;
    }

    /// Each time alone ends a call: the others would not within the time of a test.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_time_is_as_it_is_set() {
        const SHORT: Duration = Duration::from_millis(200);
        const LONG: Duration = Duration::from_mins(5);
        let db = FreshDatabase::postgres().await;
        let [ada, bob] = people(&db, ["ada", "bob"]).await;
        let pair = direct(&db, ada, bob).await;
        let long = DatabaseTimes { wait: LONG, connect: LONG, statement: LONG, lock: LONG, idle_in_transaction: LONG };
        let lock = db.lock("conversations").await;
        for (name, times) in [
            ("lock", DatabaseTimes { lock: SHORT, ..long }),
            ("statement", DatabaseTimes { statement: SHORT, ..long }),
            ("wait", DatabaseTimes { wait: SHORT, lock: Duration::from_secs(1), ..long }),
            ("idle", DatabaseTimes { idle_in_transaction: SHORT, lock: Duration::from_secs(1), ..long }),
        ] {
            let settings = DatabaseSettings { postgres_pool: 1, times, ..db.settings().clone() };
            let node = Database::open(&settings, nobody()).await.unwrap().repositories();
            let locked = node.conversations.mark_read(pair, ada, 1);
            let behind = async {
                tokio::task::yield_now().await;
                node.users.find(ada).await
            };
            let both = tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(locked, behind) });
            let (locked, behind) = both.await.unwrap_or_else(|_| panic!("{name} does not end it"));
            assert!(is_unavailable(&locked), "{name}: {locked:?}");
            let by_lock = format!("{locked:?}").contains("lock timeout");
            assert_eq!(by_lock, name != "statement", "{name}: {locked:?}");
            match name {
                "lock" | "idle" => assert!(behind.is_ok(), "{behind:?}"),
                "wait" => assert!(is_unavailable(&behind), "{behind:?}"),
                // Its own time is over at about the same moment.
                _ => (),
            }
        }
        lock.release().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn calls_that_are_cut_off_leave_nothing_open() {
        let db = FreshDatabase::postgres().await;
        let [ada, bob] = people(&db, ["ada", "bob"]).await;
        let pair = direct(&db, ada, bob).await;
        for n in 0..200 {
            let patience = Duration::from_micros(n * 15);
            let _ = tokio::time::timeout(patience, db.conversations.mark_read(pair, ada, 1)).await;
            let found = db.users.find(bob).await.unwrap().unwrap();
            assert_eq!(found.id, bob, "nobody gets somebody else's answer");
        }
        db.tamper(
            "DO $$ BEGIN PERFORM pg_sleep(0.2); IF EXISTS (SELECT FROM pg_stat_activity \
             WHERE datname = current_database() AND state LIKE 'idle in transaction%') \
             THEN RAISE 'a transaction is open'; END IF; END $$",
        )
        .await;
    }
}
