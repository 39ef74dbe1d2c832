//! Histories and changes.

use domain::conversation::{Action, Change, Conversation, Venue};
use domain::message::{Revision, RevisionAction};
use domain::repository::HistoryRange;
use domain::user::ProfileChange;
use domain::value::{AvatarUrl, DisplayName, MessageBody, PasswordHash, Username};
use domain::{ConversationId, Seq};
use futures_util::future::join_all;
use tests::database::FreshDatabase;

use crate::people::{command, direct, group, id, limit, now, people, post};

pub async fn pages_go_both_ways(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (pair, other) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    for n in 1..=5 {
        post(db, pair, ada, &n.to_string()).await;
        post(db, other, ada, "elsewhere").await;
    }
    let page = async |range, rows| {
        let page = db.messages.history(pair, ada, range, limit(rows)).await.unwrap();
        (page.items.iter().map(|view| view.message.seq).collect::<Vec<_>>(), page.has_more)
    };
    assert_eq!(page(HistoryRange::Latest, 2).await, (vec![5, 4], true));
    assert_eq!(page(HistoryRange::Latest, 5).await, (vec![5, 4, 3, 2, 1], false));
    assert_eq!(page(HistoryRange::Before(4), 2).await, (vec![3, 2], true));
    assert_eq!(page(HistoryRange::Before(3), 2).await, (vec![2, 1], false));
    assert_eq!(page(HistoryRange::Before(1), 2).await, (vec![], false));
    assert_eq!(page(HistoryRange::After(1), 2).await, (vec![3, 2], true));
    assert_eq!(page(HistoryRange::After(3), 2).await, (vec![5, 4], false));
    assert_eq!(page(HistoryRange::After(5), 2).await, (vec![], false));
    assert_eq!(page(HistoryRange::After(i64::MIN), 1).await, (vec![1], true));
    let stranger = people(db, ["eve"]).await[0];
    for (conversation, viewer) in [(ConversationId(id()), ada), (pair, stranger)] {
        let nothing = db.messages.history(conversation, viewer, HistoryRange::Latest, limit(1)).await.unwrap();
        assert!(nothing.items.is_empty() && !nothing.has_more);
    }
    let left = group(db, &[ada, bob]).await;
    post(db, left, bob, "before").await;
    command(db, left, bob, Action::Leave).await.unwrap();
    let read =
        async |viewer| db.messages.history(left, viewer, HistoryRange::Latest, limit(1)).await.unwrap().items.len();
    assert_eq!((read(ada).await, read(bob).await), (1, 0));
}

pub async fn pages_are_complete_while_others_post(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    for _ in 0..60 {
        post(db, pair, ada, "before").await;
    }
    let posting = async {
        for _ in 0..60 {
            post(db, pair, bob, "meanwhile").await;
        }
    };
    let reading = join_all([1, 7, 100].map(|rows| async move {
        let (mut back, mut range) = (Vec::new(), HistoryRange::Latest);
        loop {
            let page = db.messages.history(pair, ada, range, limit(rows)).await.unwrap();
            back.extend(page.items.iter().map(|view| view.message.seq));
            range = HistoryRange::Before(*back.last().unwrap());
            if !page.has_more {
                break;
            }
        }
        assert!(back[0] >= 60 && back.iter().copied().eq((1..=back[0]).rev()), "back by {rows}: {back:?}");
        let mut forth: Vec<Seq> = Vec::new();
        while forth.len() < 120 {
            let after = HistoryRange::After(forth.last().copied().unwrap_or(0));
            let page = db.messages.history(pair, ada, after, limit(rows)).await.unwrap();
            forth.extend(page.items.iter().rev().map(|view| view.message.seq));
        }
        assert!(forth.iter().copied().eq(1..=120), "forth by {rows}: {forth:?}");
    }));
    tokio::join!(posting, reading);
}

/// Whatever a page shows moves the version, on whichever node it changes, and no version comes again.
pub async fn the_version_moves_with_whatever_a_page_shows(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    let first = post(db, team, ada, "one").await.message.id;
    let version = async || {
        let version = db.messages.history_version(team, bob).await.unwrap().unwrap();
        assert_eq!(node.messages.history_version(team, ada).await.unwrap(), Some(version), "it is nobody's own");
        version
    };
    let revise = async |action| {
        let revision = Revision { message_id: first, conversation_id: team, actor: ada, at: now(), action };
        node.messages.revise(&revision).await.unwrap();
    };
    let change = async |change| db.users.change(ada, change, now()).await.unwrap().unwrap();
    let mut seen = vec![version().await];
    let mut moved = async |what| {
        let version = version().await;
        assert!(!seen.contains(&version), "{what}");
        seen.push(version);
    };

    post(&node, team, bob, "two").await;
    moved("a message").await;
    revise(RevisionAction::Edit(MessageBody::parse("uno").unwrap())).await;
    moved("an edit").await;
    revise(RevisionAction::Delete).await;
    moved("a deletion").await;
    command(&node, team, ada, Action::Add(vec![eve])).await.unwrap();
    moved("an addition").await;
    command(db, team, ada, Action::Remove(eve)).await.unwrap();
    moved("a removal").await;
    change(ProfileChange { name: DisplayName::parse("Countess").ok(), ..Default::default() }).await;
    moved("a name").await;
    change(ProfileChange { username: Username::parse("lovelace").ok(), ..Default::default() }).await;
    moved("a username").await;
    let picture = AvatarUrl::parse("https://example.org/ada.png").ok();
    change(ProfileChange { avatar: Some(picture), ..Default::default() }).await;
    moved("a picture").await;
    node.users.erase(eve, now()).await.unwrap();
    moved("a deleted account").await;
}

pub async fn the_version_stays_when_no_page_changes(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (team, other) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    post(db, team, ada, "one").await;
    let version = async || db.messages.history_version(team, bob).await.unwrap().unwrap();
    let before = version().await;
    post(db, other, ada, "elsewhere").await;
    db.conversations.mark_read(team, bob, 1).await.unwrap();
    db.users.set_last_seen(&[(ada, now())]).await.unwrap();
    db.users.set_password(ada, &PasswordHash("$other".into()), now()).await.unwrap();
    people(db, ["eve"]).await;
    assert_eq!(version().await, before);
}

pub async fn who_takes_no_part_learns_no_version(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    let version = async |id, viewer| db.messages.history_version(id, viewer).await.unwrap();
    assert!(version(team, bob).await.is_some(), "there is one before anything is said");
    assert_eq!(version(team, eve).await, None);
    assert_eq!(version(ConversationId(id()), ada).await, None);
    command(db, team, bob, Action::Leave).await.unwrap();
    assert_eq!(version(team, bob).await, None);
    command(db, team, ada, Action::Add(vec![bob])).await.unwrap();
    assert!(version(team, bob).await.is_some());
}

/// A client may choose the id of its group, also one that was there before.
pub async fn a_group_in_the_place_of_another_has_another_version(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let found = async |id, at| {
        db.conversations.found(&Conversation::group(id, ada, None, &[], at)).await.unwrap();
        post(db, id, ada, "hello").await;
        db.messages.history_version(id, ada).await.unwrap().unwrap()
    };
    let team = ConversationId(id());
    let before = found(team, now()).await;
    command(db, team, ada, Action::Delete).await.unwrap();
    let after = found(team, now()).await;
    assert_eq!(before.seq, after.seq);
    assert_ne!(before, after);
}

pub async fn changes_come_in_order_and_in_pages(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    let first = post(db, team, ada, "one").await.message.id;
    command(db, team, ada, Action::Add(vec![eve])).await.unwrap();
    post(db, team, eve, "two").await;
    let rename = |name: &str| Action::Edit {
        name: Some(domain::value::ConversationName::parse(name).ok()),
        avatar: None,
        add_policy: None,
    };
    command(db, team, ada, rename("Crew")).await.unwrap();
    let action = RevisionAction::Edit(MessageBody::parse("uno").unwrap());
    let revision = Revision { message_id: first, conversation_id: team, actor: ada, at: now(), action };
    db.messages.revise(&revision).await.unwrap();
    command(db, team, ada, Action::Remove(eve)).await.unwrap();

    for rows in [1, 2, 3, 100] {
        let (mut changes, mut after) = (Vec::new(), 0);
        loop {
            let page = db.reader.changes(team, after, limit(rows)).await.unwrap().unwrap();
            assert_eq!(page.seq, 6);
            changes.extend(page.changes);
            if !page.has_more {
                break;
            }
            after = changes.last().map_or(0, Change::seq);
        }
        let places: Vec<_> = changes.iter().map(Change::seq).collect();
        assert_eq!(places, [3, 4, 5, 6], "by {rows}: each thing once, where it last changed");
        assert!(matches!(&changes[0], Change::Message(view) if view.message.content.as_deref() == Some("two")));
        assert!(matches!(&changes[1], Change::Conversation(4, view) if view.name.as_deref() == Some("Crew")));
        assert!(matches!(&changes[2], Change::Message(view) if view.message.content.as_deref() == Some("uno")));
        assert!(matches!(&changes[3], Change::Participant(6, change) if change.left_at.is_some()));
    }
    for after in [-1, i64::MIN] {
        let page = db.reader.changes(team, after, limit(100)).await.unwrap().unwrap();
        assert_eq!(page.changes.len(), 4, "founders have not changed");
    }
    let page = db.reader.changes(team, 6, limit(1)).await.unwrap().unwrap();
    assert!(page.changes.is_empty() && !page.has_more);
}

/// While others post, no page may end short of what it names as the conversation's place.
pub async fn changes_end_at_the_answered_place(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let posting = async {
        for _ in 0..100 {
            post(db, pair, ada, "x").await;
        }
    };
    let reading = async {
        let mut known = 0;
        while known < 100 {
            let page = db.reader.changes(pair, known, limit(100)).await.unwrap().unwrap();
            let places: Vec<_> = page.changes.iter().map(Change::seq).collect();
            assert!(places.iter().copied().eq(known + 1..=page.seq), "after {known}: {places:?} up to {}", page.seq);
            known = page.seq;
        }
    };
    tokio::join!(posting, reading);
}

pub async fn changes_say_where_they_are_and_who_made_them(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let (pair, team) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    command(db, team, bob, Action::Add(vec![eve])).await.unwrap();
    command(db, team, bob, Action::Leave).await.unwrap();
    let changes = async |id| db.reader.changes(id, 0, limit(100)).await.unwrap().unwrap();
    assert_eq!(changes(pair).await.venue, Venue::Direct);
    let page = changes(team).await;
    assert_eq!(page.venue, Venue::Group(Some("Team".into())));
    let told = page.changes.iter().map(|change| match change {
        Change::Participant(_, change) => (change.participant.profile.name.as_str(), change.by.name.as_str()),
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), [("eve", "bob"), ("bob", "bob")]);
}
