//! What still stands of what was said, by conversation and by person.

use domain::conversation::Action;
use domain::message::{Addressed, Draft, Recipient, Revision, RevisionAction};
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Timestamp, UserId};
use tests::database::FreshDatabase;

use crate::people::{at, command, direct, draft, group, id, limit, now, people, post};

async fn post_at(db: &FreshDatabase, id: ConversationId, sender: UserId, millis: i64) -> MessageId {
    let draft = Draft { at: at(millis), ..draft(id, sender, &format!("at {millis}")) };
    let id = draft.id;
    db.messages.append(draft).await.unwrap();
    id
}

async fn delete(db: &FreshDatabase, conversation_id: ConversationId, actor: UserId, message_id: MessageId) {
    let action = RevisionAction::Delete;
    let revision = Revision { message_id, conversation_id, actor, at: now(), action };
    db.messages.revise(&revision).await.unwrap();
}

fn contents(said: &[Addressed]) -> Vec<&str> {
    said.iter().map(|message| message.view.message.content.as_deref().unwrap()).collect()
}

/// Every page of what `read` gives, by the time of the last one.
async fn pages(read: impl AsyncFn(Option<Timestamp>) -> Vec<Addressed>) -> Vec<Vec<Addressed>> {
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = read(before).await;
        let Some(last) = page.last() else { return pages };
        before = Some(last.view.message.created_at);
        pages.push(page);
    }
}

pub async fn a_moment_is_found_in_any_history(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada]).await;
    assert_eq!(db.messages.said(team, Some(at(5)), limit(9)).await.unwrap(), []);
    assert_eq!(db.messages.said(ConversationId(id()), Some(at(5)), limit(9)).await.unwrap(), []);
    // Places that are no messages lie between, before and after.
    command(db, team, ada, Action::Add(vec![bob])).await.unwrap();
    for n in 1..=20 {
        post_at(db, team, ada, n * 10).await;
        if n % 3 == 0 {
            command(db, team, ada, Action::Remove(bob)).await.unwrap();
            command(db, team, ada, Action::Add(vec![bob])).await.unwrap();
        }
    }
    for moment in 0..=215 {
        let said = db.messages.said(team, Some(at(moment)), limit(100)).await.unwrap();
        let older: Vec<_> = (1..=20).rev().map(|n| n * 10).filter(|millis| *millis < moment).collect();
        let times: Vec<_> = said.iter().map(|message| message.view.message.created_at).collect();
        assert_eq!(times, older.into_iter().map(at).collect::<Vec<_>>(), "before {moment}");
    }
    for extreme in [i64::MIN, i64::MAX] {
        let said = db.messages.said(team, Some(Timestamp::from_millis(extreme)), limit(100)).await.unwrap();
        assert_eq!(said.len(), if extreme < 0 { 0 } else { 20 });
    }
}

pub async fn what_was_said_is_paged_by_time_without_tombstones(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let mut ids = Vec::new();
    for n in 1..=7 {
        // The clock stands still, as it does for who writes fast.
        ids.push(post_at(db, pair, if n % 2 == 0 { ada } else { bob }, 1).await);
    }
    delete(db, pair, bob, ids[6]).await;
    delete(db, pair, ada, ids[3]).await;
    for rows in [1, 2, 5, 100] {
        let pages = pages(async |before| db.messages.said(pair, before, limit(rows)).await.unwrap()).await;
        assert!(pages.iter().all(|page| page.len() <= usize::try_from(rows).unwrap()));
        let all: Vec<_> = pages.concat().iter().map(|message| message.view.message.id).collect();
        assert_eq!(all, [ids[5], ids[4], ids[2], ids[1], ids[0]], "by {rows}");
    }
    for message in db.messages.said(pair, None, limit(100)).await.unwrap() {
        let Recipient::Person(other) = message.to else { panic!("it is no group") };
        assert_eq!([message.view.sender.id == ada, other.id == ada].iter().filter(|is| **is).count(), 1);
        assert_eq!(other.name, if other.id == ada { "ada" } else { "bob" });
    }
}

pub async fn the_latest_are_one_of_each_conversation_of_mine(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let (team, left, empty) = (group(db, &[bob, ada]).await, group(db, &[bob, ada]).await, group(db, &[ada]).await);
    let (with_bob, others, silent) =
        (direct(db, ada, bob).await, direct(db, bob, eve).await, direct(db, eve, ada).await);
    post(db, team, bob, "older").await;
    post(db, with_bob, bob, "to ada").await;
    post(db, left, ada, "I go").await;
    post(db, others, eve, "not for ada").await;
    let taken_back = post(db, team, ada, "taken back").await.message.id;
    let newest = post(db, team, ada, "newest").await.message.id;
    delete(db, team, ada, taken_back).await;
    let alone = post(db, silent, eve, "never mind").await.message.id;
    delete(db, silent, eve, alone).await;
    command(db, left, ada, Action::Leave).await.unwrap();

    let latest = async || db.messages.latest(ada, None, limit(100)).await.unwrap();
    let said = latest().await;
    assert_eq!(contents(&said), ["newest", "to ada"], "and nothing of {empty}");
    assert_eq!(said[0].to, Recipient::Group(Some("Team".into())));
    assert!(matches!(&said[1].to, Recipient::Person(other) if other.id == ada), "who did not send it");
    delete(db, team, ada, newest).await;
    assert_eq!(contents(&latest().await), ["to ada", "older"]);
    let action = RevisionAction::Edit(MessageBody::parse("edited").unwrap());
    let message_id = said[1].view.message.id;
    let revision = Revision { message_id, conversation_id: with_bob, actor: bob, at: now(), action };
    db.messages.revise(&revision).await.unwrap();
    let said = latest().await;
    assert_eq!(contents(&said), ["edited", "older"], "an edit moves nothing");
    assert!(said[0].view.message.edited_at.is_some());
    assert_eq!(db.messages.latest(UserId(id()), None, limit(100)).await.unwrap(), []);
    db.users.erase(bob, now()).await.unwrap();
    assert_eq!(latest().await[0].view.sender.name, "Deleted user");
}

pub async fn pages_of_the_latest_lose_nothing_over_equal_times(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    for n in 0..12 {
        let team = group(db, &[ada]).await;
        post_at(db, team, ada, [10, 20, 30][n % 3]).await;
    }
    for (rows, sizes) in [(1, vec![4, 4, 4]), (3, vec![4, 4, 4]), (4, vec![4, 4, 4]), (5, vec![8, 4]), (12, vec![12])] {
        let pages = pages(async |before| db.messages.latest(ada, before, limit(rows)).await.unwrap()).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "by {rows}");
        let mut ids: Vec<_> = pages.concat().iter().map(|message| message.view.message.id).collect();
        assert!(pages.concat().is_sorted_by_key(|m| std::cmp::Reverse(m.view.message.created_at)));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 12, "by {rows}");
    }
}
