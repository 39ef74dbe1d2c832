//! What PostgreSQL reads, by its own count: what is asked for, however much else there is, and although the server planned
//! when the tables were nearly empty.

use domain::repository::HistoryRange;
use infrastructure::{Database, DatabaseSettings, Repositories};
use tests::database::{FreshDatabase, nobody};
use tests::process::eventually;

use crate::people::{group, limit, people, post};

/// Runs queries on a node of their own, and answers how much the count that this query answers has risen, which is by so
/// much at least.
async fn counted(db: &FreshDatabase, count: &str, at_least: u32, work: impl AsyncFnOnce(&Repositories)) -> u32 {
    let read = async || db.texts(count).await[0].parse::<u32>().unwrap();
    let before = read().await;
    let node = Database::open(&DatabaseSettings { postgres_pool: 1, ..db.settings().clone() }, nobody()).await.unwrap();
    work(&node.repositories()).await;
    // A server process tells what it has read when it ends, at the latest.
    node.close().await;
    eventually("what was read is counted", async || read().await >= before + at_least).await;
    read().await - before
}

/// A page costs what is on it, however long the conversation is; and so does a list, of what is unread.
#[tokio::test]
async fn pages_and_not_whole_conversations() {
    let db = FreshDatabase::postgres().await;
    let [ada, bob] = people(&db, ["ada", "bob"]).await;
    let team = group(&db, &[ada, bob]).await;
    post(&db, team, ada, "the first").await;
    db.tamper(&format!(
        "ALTER TABLE messages SET (autovacuum_enabled = off);
         ANALYZE;
         INSERT INTO messages (conversation_id, seq, id, sender_id, content, created_at, changed_seq)
         SELECT '{team}', n, gen_random_uuid(), '{ada}', 'more', n, n FROM generate_series(2, 5000) AS n;
         UPDATE conversations SET seq = 5000, last_message_seq = 5000;
         UPDATE participants SET last_read_seq = 4990"
    ))
    .await;
    let messages = "SELECT idx_tup_fetch::text FROM pg_stat_user_tables WHERE relname = 'messages'";
    let of_page = counted(&db, messages, 51, async |node| {
        let page = node.messages.history(team, bob, HistoryRange::Latest, limit(50)).await.unwrap();
        assert_eq!((page.items[0].message.seq, page.items.len()), (5000, 50));
    })
    .await;
    assert!(of_page < 100, "{of_page} messages were read for a page of 50");

    db.tamper("ANALYZE").await;
    let of_list = counted(&db, messages, 11, async |node| {
        let list = node.reader.list(bob, false, None, limit(50)).await.unwrap();
        assert_eq!(list.items[0].1.unread_count, 10);
    })
    .await;
    assert!(of_list < 100, "{of_list} messages were read for the last one and a count of 10");
}

/// Posting costs what is posted, however many people take part in whatever else.
#[tokio::test]
async fn who_posts_and_nobody_else() {
    let db = FreshDatabase::postgres().await;
    db.tamper("ALTER TABLE participants SET (autovacuum_enabled = off)").await;
    let [ada, bob] = people(&db, ["ada", "bob"]).await;
    let team = group(&db, &[ada, bob]).await;
    db.tamper(&format!(
        "INSERT INTO conversations (id, kind, add_policy, seq, changed_seq, active_at, created_at, updated_at)
         SELECT gen_random_uuid(), 'group', 'admins', 0, 0, n, n, n FROM generate_series(1, 2000) AS n;
         INSERT INTO participants (conversation_id, user_id, role, joined_at, joined_seq, last_read_seq, archived, muted,
         changed_seq) SELECT id, '{ada}', 'owner', 1, 0, 0, false, false, 0 FROM conversations WHERE id <> '{team}'"
    ))
    .await;
    let participants = "SELECT sum(idx_tup_read)::text FROM pg_stat_user_indexes WHERE relname = 'participants'";
    let of_post = counted(&db, participants, 1, async |node| drop(post(node, team, bob, "hello").await)).await;
    assert!(of_post < 10, "{of_post} participants were read for one who posts");

    let of_posts = counted(&db, participants, 1, async |node| {
        for _ in 0..50 {
            post(node, team, bob, "hello again").await;
        }
    })
    .await;
    assert!(of_posts < 10, "{of_posts} participants were read for one who posts again and again");
}
