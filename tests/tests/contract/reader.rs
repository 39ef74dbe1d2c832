//! What is read of conversations.

use std::collections::BTreeSet;

use domain::conversation::{Action, Conversation, ConversationView, Role, ViewerState};
use domain::message::{Revision, RevisionAction};
use domain::repository::ActivityCursor;
use domain::user::Profile;
use domain::{ConversationId, UserId};
use tests::database::FreshDatabase;

use crate::people::{at, command, direct, group, group_at, id, limit, now, people, post};
use crate::posting::archive;

pub async fn a_view_shows_the_conversation_and_the_viewers_state(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group_at(db, &[ada, bob], at(3)).await;
    let (view, state) = db.reader.view(team, bob).await.unwrap().unwrap();
    assert_eq!(state, ViewerState::default());
    assert_eq!((view.id, view.is_group, view.name.as_deref()), (team, true, Some("Team")));
    assert_eq!((view.owner_id, view.participant_count, view.last_message.as_ref()), (Some(ada), 2, None));
    assert_eq!((view.created_at, view.updated_at, view.active_at), (at(3), at(3), at(3)));
    let last = post(db, team, ada, "hello").await;
    let (view, state) = db.reader.view(team, bob).await.unwrap().unwrap();
    assert_eq!((view.seq, view.active_at, view.updated_at), (1, last.message.created_at, at(3)));
    assert_eq!(view.last_message, Some(last));
    assert_eq!(state.unread_count, 1);

    let pair = direct(db, ada, bob).await;
    let (view, _) = db.reader.view(pair, ada).await.unwrap().unwrap();
    assert_eq!((view.is_group, view.owner_id, view.name), (false, None, None));
    assert_eq!(db.reader.view(ConversationId(id()), ada).await.unwrap(), None);
}

pub async fn a_stranger_sees_nobodys_state(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    post(db, team, ada, "hello").await;
    command(db, team, bob, Action::Leave).await.unwrap();
    for stranger in [bob, UserId(id())] {
        let (view, state) = db.reader.view(team, stranger).await.unwrap().unwrap();
        assert_eq!(state, ViewerState::default());
        assert_eq!(view.participant_count, 1);
    }
}

async fn listed(db: &FreshDatabase, viewer: UserId, archived: bool, rows: i64) -> Vec<ConversationId> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = db.reader.list(viewer, archived, after, limit(rows)).await.unwrap();
        assert!(page.items.len() <= limit(rows).rows());
        seen.extend(page.items.iter().map(|(view, _)| view.id));
        if !page.has_more {
            return seen;
        }
        after = page.items.last().map(|(view, _)| ActivityCursor { active_at: view.active_at, id: view.id });
    }
}

pub async fn lists_page_over_equal_times(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let mut teams = Vec::new();
    for n in 0..15 {
        teams.push(group_at(db, &[ada], at(n / 5)).await);
    }
    let later: Vec<_> = teams.chunks(5).rev().collect();
    for rows in [1, 2, 7, 100] {
        let seen = listed(db, ada, false, rows).await;
        assert_eq!(seen.len(), 15);
        for (chunk, expected) in seen.chunks(5).zip(&later) {
            assert_eq!(chunk.iter().collect::<BTreeSet<_>>(), expected.iter().collect::<BTreeSet<_>>(), "by {rows}");
        }
    }
    post(db, teams[2], ada, "up").await;
    assert_eq!(listed(db, ada, false, 4).await[0], teams[2]);
    assert!(listed(db, bob, false, 4).await.is_empty());
}

pub async fn lists_tell_archived_ones_apart(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (away, here, left) = (group(db, &[ada, bob]).await, group(db, &[ada]).await, group(db, &[bob, ada]).await);
    archive(db, away, ada, false).await;
    command(db, left, ada, Action::Leave).await.unwrap();
    assert_eq!(listed(db, ada, false, 10).await, [here]);
    assert_eq!(listed(db, ada, true, 10).await, [away]);
    assert_eq!(listed(db, bob, true, 10).await, []);
}

pub async fn views_show_the_first_participants_and_count_all(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let mut others = Vec::new();
    for n in 0..60 {
        others.extend(people(db, [format!("person{n:02}").as_str()]).await);
    }
    let big = Conversation::group(ConversationId(id()), ada, None, &others[..55], at(0));
    db.conversations.found(&big).await.unwrap();
    command(db, big.id, ada, Action::Add(others[55..].to_vec())).await.unwrap();
    command(db, big.id, ada, Action::Remove(others[0])).await.unwrap();
    let small = group(db, &[ada, others[3]]).await;
    let page = db.reader.list(ada, false, None, limit(10)).await.unwrap();
    assert_eq!(page.items.len(), 2);
    for (view, _) in page.items {
        if view.id == small {
            assert_eq!((view.participants.len(), view.participant_count), (2, 2));
            continue;
        }
        assert_eq!(view.participant_count, 60);
        assert_eq!(i64::try_from(view.participants.len()).unwrap(), ConversationView::SHOWN);
        assert!(view.participants.is_sorted_by_key(|p| (p.joined_at, p.profile.id)));
        assert!(view.participants.iter().all(|p| p.profile.id != others[0] && p.joined_at == at(0)));
        assert_eq!(view.participants[0].role, Role::Owner);
    }
}

pub async fn participants_page_over_equal_times(db: &FreshDatabase) {
    let names: Vec<String> = (0..9).map(|n| format!("person{n}")).collect();
    let mut members = Vec::new();
    for name in &names {
        members.extend(people(db, [name.as_str()]).await);
    }
    let team = group(db, &members[..7]).await;
    command(db, team, members[0], Action::Add(members[7..].to_vec())).await.unwrap();
    command(db, team, members[3], Action::Leave).await.unwrap();
    for rows in [1, 4, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = db.reader.participants(team, after, limit(rows)).await.unwrap();
            seen.extend(page.items);
            if !page.has_more {
                break;
            }
            after = seen.last().map(|p| (p.joined_at, p.profile.id));
        }
        let ids: Vec<_> = seen.iter().map(|p| p.profile.id).collect();
        let expected: Vec<_> = members.iter().copied().filter(|&member| member != members[3]).collect();
        assert_eq!(ids, expected, "by {rows}");
        assert_eq!(seen[0].role, Role::Owner);
    }
}

pub async fn the_unread_are_counted(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (team, other) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    let message_id = post(db, team, ada, "one").await.message.id;
    post(db, team, ada, "two").await;
    post(db, team, bob, "mine").await;
    post(db, other, ada, "elsewhere").await;
    let unread = async |user| {
        let page = db.reader.list(user, false, None, limit(10)).await.unwrap();
        let count = |id| page.items.iter().find(|(view, _)| view.id == id).unwrap().1.unread_count;
        (count(team), count(other))
    };
    assert_eq!((unread(bob).await, unread(ada).await), ((2, 1), (1, 0)));
    let action = RevisionAction::Delete;
    let delete = Revision { message_id, conversation_id: team, actor: ada, at: now(), action };
    db.messages.revise(&delete).await.unwrap();
    assert_eq!(unread(bob).await, (1, 1));
    assert_eq!(db.conversations.mark_read(team, bob, 3).await.unwrap().unwrap().unread_count, 0);
    assert_eq!(unread(bob).await, (0, 1));
}

pub async fn positions_and_groups_are_listed(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (team, pair, left) = (group(db, &[ada]).await, direct(db, ada, bob).await, group(db, &[bob, ada]).await);
    post(db, pair, bob, "x").await;
    command(db, left, ada, Action::Leave).await.unwrap();
    let positions: BTreeSet<_> = db.reader.positions(ada).await.unwrap().into_iter().collect();
    assert_eq!(positions, BTreeSet::from([(team, 0), (pair, 1)]));
    let mut places = db.reader.places(&[team, ConversationId(id()), pair]).await.unwrap();
    places.sort_unstable();
    let mut expected = [(team, 0), (pair, 1)];
    expected.sort_unstable();
    assert_eq!(places, expected);
    assert_eq!(db.reader.groups_of(ada).await.unwrap(), [team]);
    assert!(db.reader.positions(UserId(id())).await.unwrap().is_empty());
}

pub async fn the_deleted_are_shown_as_such(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    post(db, pair, bob, "bye").await;
    db.users.erase(bob, now()).await.unwrap();
    let gone = Profile::deleted(bob);
    let history = db.messages.history(pair, ada, domain::repository::HistoryRange::Latest, limit(1)).await.unwrap();
    assert_eq!(history.items[0].sender, gone);
    let people = db.reader.participants(pair, None, limit(10)).await.unwrap();
    assert!(people.items.iter().any(|p| p.profile == gone));
    let (view, _) = db.reader.list(ada, false, None, limit(1)).await.unwrap().items.remove(0);
    assert_eq!((view.participant_count, view.last_message.unwrap().sender), (2, gone.clone()));
    let changes = db.reader.changes(pair, 0, limit(10)).await.unwrap().unwrap().changes;
    assert!(matches!(&changes[..], [domain::conversation::Change::Message(view)] if view.sender == gone));
}
