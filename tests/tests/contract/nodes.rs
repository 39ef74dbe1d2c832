//! Posting on a node that has posted there before, while others change what it has seen.

use domain::conversation::{Action, Conversation, Venue};
use domain::message::Refusal;
use domain::repository::Appended;
use domain::user::ProfileChange;
use domain::value::{ConversationName, DisplayName};
use domain::{ConversationId, UserId};
use infrastructure::{Database, Repositories};
use tests::database::FreshDatabase;

use crate::people::{at, command, draft, group, now, people, post, refusal};

/// Another node, where both have posted.
async fn beside(db: &FreshDatabase, team: ConversationId, both: [UserId; 2]) -> (Database, Repositories) {
    let node = db.another().await;
    let repositories = node.repositories();
    for sender in both.into_iter().chain(both) {
        post(&repositories, team, sender, "seen").await;
    }
    (node, repositories)
}

pub async fn a_node_posts_behind_what_others_posted(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    for seq in (5..25).step_by(2) {
        assert_eq!(post(db, team, ada, "here").await.message.seq, seq);
        assert_eq!(post(&node, team, bob, "there").await.message.seq, seq + 1);
    }
}

pub async fn a_node_lets_nobody_post_who_was_removed_elsewhere(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    command(db, team, ada, Action::Remove(bob)).await.unwrap();
    assert_eq!(refusal(node.messages.append(draft(team, bob, "x")).await), Refusal::NotParticipant);
    // The owner's message moves what is remembered on; nobody comes back by it.
    assert_eq!(post(&node, team, ada, "x").await.message.seq, 6);
    assert_eq!(refusal(node.messages.append(draft(team, bob, "x")).await), Refusal::NotParticipant);
}

pub async fn a_node_lets_nobody_post_who_was_erased_elsewhere(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    db.users.erase(bob, now()).await.unwrap();
    assert_eq!(refusal(node.messages.append(draft(team, bob, "x")).await), Refusal::NotParticipant);
    assert_eq!(post(&node, team, ada, "x").await.message.seq, 5);
}

pub async fn a_node_shows_the_names_of_now(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    let name = DisplayName::parse("Augusta").ok();
    db.users.change(ada, ProfileChange { name, ..Default::default() }, now()).await.unwrap();
    assert_eq!(post(&node, team, ada, "x").await.sender.name, "Augusta");
    let action = Action::Edit { name: Some(ConversationName::parse("Crew").ok()), avatar: None, add_policy: None };
    command(db, team, ada, action).await.unwrap();
    let Appended::New(_, venue) = node.messages.append(draft(team, bob, "x")).await.unwrap() else { panic!("not new") };
    assert_eq!(venue, Venue::Group(Some("Crew".into())));
}

/// Whoever posted in a group is a stranger to the one that is founded under its id when it is gone, also when that has
/// come to the same place.
pub async fn a_node_tells_a_group_from_one_before_it(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    command(db, team, ada, Action::Delete).await.unwrap();
    let name = ConversationName::parse("Others").ok();
    let others = Conversation::group(team, eve, name, &[ada], at(5));
    db.conversations.found(&others).await.unwrap();
    for _ in 0..4 {
        post(db, team, eve, "among us").await;
    }
    assert_eq!(refusal(node.messages.append(draft(team, bob, "x")).await), Refusal::NotParticipant);
    let Appended::New(view, venue) = node.messages.append(draft(team, ada, "x")).await.unwrap() else {
        panic!("not new")
    };
    assert_eq!((view.message.seq, venue), (5, Venue::Group(Some("Others".into()))));
}

pub async fn a_node_stores_no_message_twice(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let (_open, node) = beside(db, team, [ada, bob]).await;
    let draft = draft(team, ada, "once");
    let Appended::New(view, _) = db.messages.append(draft.clone()).await.unwrap() else { panic!("not new") };
    for again in [&node, db, &node, db] {
        assert_eq!(again.messages.append(draft.clone()).await.unwrap(), Appended::Repeated(view.clone()));
    }
    assert_eq!(post(&node, team, bob, "next").await.message.seq, 6);
}

/// Several drafts in one batch, and only some of them can be decided upon by what is remembered.
pub async fn a_batch_of_old_and_new_acquaintances_keeps_its_order(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let (seen, new) = (group(db, &[ada, bob, eve]).await, group(db, &[ada, bob, eve]).await);
    let (_open, node) = beside(db, seen, [ada, bob]).await;
    for round in 0..3 {
        // What is first in a queue is committed alone, unless it waits for a commit.
        let drafts = [(seen, ada), (new, ada), (seen, bob), (seen, eve), (new, eve), (seen, ada)];
        let appends = drafts.map(|(team, sender)| node.messages.append(draft(team, sender, "x")));
        let appended = futures_util::future::join_all(appends).await;
        let seqs = appended.into_iter().map(|appended| match appended.unwrap() {
            Appended::New(view, _) => view.message.seq,
            Appended::Repeated(view) => panic!("{view:?}"),
        });
        let (first, other) = (5 + round * 4, 1 + round * 2);
        assert_eq!(seqs.collect::<Vec<_>>(), [first, other, first + 1, first + 2, other + 1, first + 3]);
    }
}
