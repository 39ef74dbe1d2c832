//! Conversations and who takes part.

use std::collections::BTreeSet;

use domain::conversation::{
    Action, AddPolicy, Change, Conversation, Participant, Refusal, Role, Standing, Step, StepKind,
};
use domain::repository::Founded;
use domain::value::ConversationName;
use domain::{ConversationId, Seq, UserId};
use futures_util::future::join_all;
use tests::database::FreshDatabase;

use crate::people::{at, command, direct, group, id, limit, people, post, refusal};

async fn seq(db: &FreshDatabase, id: ConversationId) -> Seq {
    let somebody = UserId(uuid::Uuid::nil());
    db.conversations.standing(id, somebody).await.unwrap().unwrap().seq
}

async fn takes_part(db: &FreshDatabase, id: ConversationId, user: UserId) -> bool {
    db.conversations.standing(id, user).await.unwrap().unwrap().participant.is_some()
}

fn rename(name: &str) -> Action {
    Action::Edit { name: Some(ConversationName::parse(name).ok()), avatar: None, add_policy: None }
}

pub async fn a_group_is_stored_with_its_participants(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let conversation = Conversation::group(ConversationId(id()), ada, None, &[bob], at(5));
    assert_eq!(db.conversations.found(&conversation).await.unwrap(), Founded::New);
    let standing = |user| db.conversations.standing(conversation.id, user);
    let owner = Participant { user_id: ada, role: Role::Owner, joined_at: at(5) };
    assert_eq!(standing(ada).await.unwrap(), Some(Standing { seq: 0, participant: Some(owner) }));
    assert_eq!(standing(bob).await.unwrap().unwrap().participant.unwrap().role, Role::Member);
    assert_eq!(standing(eve).await.unwrap(), Some(Standing { seq: 0, participant: None }));
    assert_eq!(db.conversations.standing(ConversationId(id()), ada).await.unwrap(), None);
    let changes = db.reader.changes(conversation.id, 0, limit(100)).await.unwrap().unwrap();
    assert_eq!((changes.seq, changes.changes.len(), changes.has_more), (0, 0, false));
}

pub async fn a_group_of_unknown_people_is_not_stored(db: &FreshDatabase) {
    let [ada, gone] = people(db, ["ada", "gone"]).await;
    db.users.erase(gone, at(1)).await.unwrap();
    for stranger in [gone, UserId(id())] {
        for conversation in [
            Conversation::group(ConversationId(id()), ada, None, &[stranger], at(1)),
            Conversation::direct(ConversationId(id()), ada, stranger, at(1)),
        ] {
            assert_eq!(refusal(db.conversations.found(&conversation).await), Refusal::UserNotFound);
            assert_eq!(db.conversations.standing(conversation.id, ada).await.unwrap(), None);
        }
    }
}

pub async fn a_pair_has_one_direct_conversation_under_a_race(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    for (one, other) in [(ada, bob), (eve, ada), (bob, eve)] {
        let founding = (0..16).map(|n| {
            let node = if n % 2 == 0 { &node.conversations } else { &db.conversations };
            let (one, other) = if n % 3 == 0 { (one, other) } else { (other, one) };
            let conversation = Conversation::direct(ConversationId(id()), one, other, at(n));
            async move {
                match node.found(&conversation).await.unwrap() {
                    Founded::New => (true, conversation.id),
                    Founded::Existing(id) => (false, id),
                }
            }
        });
        let results = join_all(founding).await;
        assert_eq!(results.iter().filter(|(new, _)| *new).count(), 1);
        assert_eq!(results.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(), 1);
        assert!(takes_part(db, results[0].1, one).await && takes_part(db, results[0].1, other).await);
    }
}

pub async fn a_group_founded_again_is_the_same(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let name = |text| ConversationName::parse(text).ok();
    let group = |owner, text| Conversation::group(ConversationId(uuid::Uuid::max()), owner, name(text), &[], at(5));
    let found = async |conversation: &Conversation| db.conversations.found(conversation).await;
    let team = group(ada, "Team");
    assert_eq!(found(&team).await.unwrap(), Founded::New);
    command(db, team.id, ada, Action::Add(vec![bob])).await.unwrap();
    assert_eq!(found(&team).await.unwrap(), Founded::Existing(team.id));
    assert_eq!(seq(db, team.id).await, 1, "it stays as it is");
    assert_eq!(refusal(found(&group(bob, "Team")).await), Refusal::IdTaken);
    assert_eq!(refusal(found(&group(ada, "Crew")).await), Refusal::IdTaken);
    assert_eq!(refusal(found(&Conversation::direct(team.id, ada, bob, at(5))).await), Refusal::IdTaken);
    let pair = direct(db, ada, bob).await;
    let taken = Conversation { id: pair, ..group(ada, "Team") };
    assert_eq!(refusal(found(&taken).await), Refusal::IdTaken);
    assert_eq!(db.conversations.direct(bob, ada).await.unwrap(), Some(pair));
    assert_eq!(db.conversations.direct(ada, ada).await.unwrap(), None);
}

pub async fn of_parallel_foundings_under_one_id_one_succeeds(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    for n in 0..5 {
        let chosen = ConversationId(id());
        let founding = (0..16).map(|m| {
            let node = if m % 2 == 0 { &node.conversations } else { &db.conversations };
            let founder = if (n + m) % 3 == 0 { ada } else { bob };
            let group = Conversation::group(chosen, founder, ConversationName::parse("Team").ok(), &[], at(m));
            async move { (founder, node.found(&group).await) }
        });
        let results = join_all(founding).await;
        let owner = results.iter().find(|(_, result)| matches!(result, Ok(Founded::New))).unwrap().0;
        assert_eq!(results.iter().filter(|(_, result)| matches!(result, Ok(Founded::New))).count(), 1);
        for (founder, result) in results {
            match result {
                Ok(Founded::New) => {}
                Ok(Founded::Existing(id)) => assert_eq!((founder, id), (owner, chosen)),
                refused => assert!(founder != owner && refusal(refused) == Refusal::IdTaken),
            }
        }
    }
}

pub async fn steps_are_stored_at_their_places(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada]).await;
    let added = command(db, team, ada, Action::Add(vec![bob, eve, ada, bob])).await.unwrap();
    let steps = [Step { seq: 1, kind: StepKind::Added(bob) }, Step { seq: 2, kind: StepKind::Added(eve) }];
    assert_eq!(added.steps, steps);
    let told: BTreeSet<_> = added.profiles.iter().map(|p| p.username.clone().unwrap()).collect();
    assert_eq!(told, ["ada", "bob", "eve"].map(str::to_owned).into(), "who did it among them");
    assert_eq!(added.audience.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([ada, bob, eve]));

    assert!(command(db, team, ada, Action::Add(vec![bob])).await.unwrap().steps.is_empty());
    command(db, team, ada, Action::SetRole(bob, Role::Admin)).await.unwrap();
    command(db, team, bob, rename("Crew")).await.unwrap();
    assert!(command(db, team, bob, rename("Crew")).await.unwrap().steps.is_empty());
    let removed = command(db, team, bob, Action::Remove(eve)).await.unwrap();
    assert_eq!(removed.audience.len(), 3, "who goes hears of it");

    let page = db.reader.changes(team, 0, limit(100)).await.unwrap().unwrap();
    assert_eq!(page.seq, 5);
    let [Change::Participant(3, admin), Change::Conversation(4, view), Change::Participant(5, gone)] =
        page.changes.as_slice()
    else {
        panic!("{page:?}")
    };
    assert_eq!((admin.participant.role, admin.joined_seq, admin.left_at, admin.by.id), (Role::Admin, 1, None, ada));
    assert_eq!((view.name.as_deref(), view.owner_id, view.seq), (Some("Crew"), Some(ada), 5));
    assert_eq!((gone.participant.profile.id, gone.joined_seq, gone.by.id), (eve, 2, bob));
    assert!(gone.left_at.is_some() && !takes_part(db, team, eve).await);
}

pub async fn refusals_come_in_their_order(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    let nowhere = ConversationId(id());
    assert_eq!(refusal(command(db, nowhere, ada, Action::Leave).await), Refusal::NotFound);
    assert_eq!(refusal(command(db, team, eve, Action::Leave).await), Refusal::NotParticipant);
    assert_eq!(refusal(command(db, team, bob, Action::Delete).await), Refusal::NotAllowed);
    assert_eq!(refusal(command(db, team, bob, Action::Remove(ada)).await), Refusal::NotAllowed);
    assert_eq!(refusal(command(db, team, ada, Action::SetRole(eve, Role::Admin)).await), Refusal::ParticipantNotFound);
    assert_eq!(seq(db, team).await, 0);
}

pub async fn unknown_people_are_refused_before_other_rules(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let (pair, team) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    let policy = Action::Edit { name: None, avatar: None, add_policy: Some(AddPolicy::Admins) };
    command(db, team, ada, policy).await.unwrap();
    let unknown = UserId(id());
    let add = |people: &[UserId]| Action::Add(people.to_vec());
    assert_eq!(refusal(command(db, team, eve, add(&[unknown])).await), Refusal::NotParticipant);
    assert_eq!(refusal(command(db, team, bob, add(&[unknown])).await), Refusal::UserNotFound);
    assert_eq!(refusal(command(db, team, bob, add(&[eve])).await), Refusal::NotAllowed);
    assert_eq!(refusal(command(db, pair, bob, add(&[unknown])).await), Refusal::UserNotFound);
    assert_eq!(refusal(command(db, pair, bob, add(&[eve])).await), Refusal::Direct);
    assert_eq!(refusal(command(db, team, ada, add(&[eve, unknown])).await), Refusal::UserNotFound);
    assert!(!takes_part(db, team, eve).await, "nobody is added");
}

pub async fn who_comes_back_has_nothing_unread(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    command(db, team, ada, Action::SetRole(bob, Role::Admin)).await.unwrap();
    post(db, team, ada, "one").await;
    command(db, team, ada, Action::Remove(bob)).await.unwrap();
    post(db, team, ada, "two").await;
    command(db, team, ada, Action::Add(vec![bob])).await.unwrap();
    let (view, state) = db.reader.view(team, bob).await.unwrap().unwrap();
    assert_eq!((state.unread_count, state.last_read_seq, state.archived, state.muted), (0, 5, false, false));
    assert_eq!(view.participants[1].role, Role::Member);
    let page = db.reader.changes(team, 4, limit(10)).await.unwrap().unwrap();
    let [Change::Participant(5, change)] = page.changes.as_slice() else { panic!("{page:?}") };
    assert_eq!((change.joined_seq, change.left_at), (5, None));
    post(db, team, ada, "three").await;
    assert_eq!(db.reader.view(team, bob).await.unwrap().unwrap().1.unread_count, 1);
}

pub async fn an_owner_hands_on(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob, eve]).await;
    command(db, team, ada, Action::SetRole(eve, Role::Owner)).await.unwrap();
    let owner = async || db.reader.view(team, eve).await.unwrap().unwrap().0.owner_id;
    assert_eq!(owner().await, Some(eve));
    let left = command(db, team, eve, Action::Leave).await.unwrap();
    let kinds: Vec<_> = left.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::RoleChanged(ada, Role::Owner), StepKind::Removed(eve, Role::Owner)]);
    assert_eq!(owner().await, Some(ada));
    assert!(!takes_part(db, team, eve).await);
}

pub async fn the_last_one_out_deletes_the_group(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let team = group(db, &[ada]).await;
    post(db, team, ada, "alone").await;
    let left = command(db, team, ada, Action::Leave).await.unwrap();
    assert_eq!(left.steps, [Step { seq: 2, kind: StepKind::Deleted }]);
    assert_eq!((left.profiles.len(), left.audience), (0, vec![ada]));
    assert_eq!(db.conversations.standing(team, ada).await.unwrap(), None);
}

pub async fn deleting_takes_everything(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (team, other) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    let message = post(db, team, bob, "gone soon").await.message;
    post(db, other, bob, "here to stay").await;
    command(db, team, ada, Action::Delete).await.unwrap();
    assert_eq!(db.reader.view(team, ada).await.unwrap(), None);
    assert_eq!(db.reader.changes(team, 0, limit(1)).await.unwrap(), None);
    assert_eq!(db.messages.find(team, message.id).await.unwrap(), None);
    assert_eq!(db.reader.positions(ada).await.unwrap(), [(other, 1)]);
    let draft = crate::people::draft(team, ada, "too late");
    assert_eq!(refusal(db.messages.append(draft).await), domain::message::Refusal::ConversationNotFound);
}

pub async fn an_erased_person_is_added_nowhere(db: &FreshDatabase) {
    let [ada, owner] = people(db, ["ada", "owner"]).await;
    let node = db.another().await.repositories();
    let team = group(db, &[owner]).await;
    let add = command(&node, team, owner, Action::Add(vec![ada]));
    let (erased, added) = tokio::join!(db.users.erase(ada, at(1)), add);
    erased.unwrap();
    match added {
        Ok(_) => assert!(takes_part(db, team, ada).await),
        refused => assert_eq!(refusal(refused), Refusal::UserNotFound),
    }
    assert_eq!(refusal(command(db, team, owner, Action::Add(vec![ada])).await), Refusal::UserNotFound);
}

pub async fn parallel_commands_take_every_place_once(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let names: Vec<String> = (0..12).map(|n| format!("person{n:02}")).collect();
    let [ada] = people(db, ["ada"]).await;
    let team = group(db, &[ada]).await;
    let mut others = Vec::new();
    for name in &names {
        others.extend(people(db, [name.as_str()]).await);
    }
    let adding = others.iter().enumerate().map(|(n, &other)| {
        let node = if n % 2 == 0 { db } else { &node };
        command(node, team, ada, Action::Add(vec![other]))
    });
    let places: BTreeSet<Seq> = join_all(adding).await.into_iter().map(|added| added.unwrap().steps[0].seq).collect();
    assert_eq!(places, (1..=12).collect());
    assert_eq!(seq(db, team).await, 12);
}

pub async fn a_read_position_moves_forward_only(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let team = group(db, &[ada, bob]).await;
    for text in ["one", "two", "three"] {
        post(db, team, ada, text).await;
    }
    let read = async |seq| db.conversations.mark_read(team, bob, seq).await.unwrap().unwrap();
    let state = read(2).await;
    assert_eq!((state.last_read_seq, state.unread_count, state.moved, state.participant_count), (2, 1, true, 2));
    for seq in [2, 1, 0, -5, i64::MIN] {
        let state = read(seq).await;
        assert_eq!((state.last_read_seq, state.unread_count, state.moved), (2, 1, false));
    }
    let state = read(i64::MAX).await;
    assert_eq!((state.last_read_seq, state.unread_count, state.moved), (3, 0, true));
    assert_eq!(db.conversations.mark_read(team, eve, 1).await.unwrap(), None);
    assert_eq!(db.conversations.mark_read(ConversationId(id()), bob, 1).await.unwrap(), None);
    command(db, team, bob, Action::Leave).await.unwrap();
    assert_eq!(db.conversations.mark_read(team, bob, 1).await.unwrap(), None);
}
