//! Posting and revising messages.

use std::collections::BTreeSet;

use domain::conversation::{Action, Role, Venue};
use domain::message::{Draft, Refusal, Revision, RevisionAction};
use domain::repository::{Appended, HistoryRange, Rejected};
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Seq, UserId};
use futures_util::future::join_all;
use tests::database::FreshDatabase;

use crate::people::{at, command, direct, draft, group, id, limit, now, people, post, refusal};

pub async fn a_message_is_stored_as_it_was_sent(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let first = post(db, pair, ada, "first").await;
    let draft = Draft { reply_to: Some(first.message.id), ..draft(pair, bob, "second") };
    let Appended::New(view, _) = db.messages.append(draft.clone()).await.unwrap() else { panic!("not new") };
    assert_eq!(view.message, draft.clone().post(2, Some(first.message.created_at)));
    assert_eq!(view.sender.username.as_deref(), Some("bob"));
    assert_eq!(db.messages.find(pair, draft.id).await.unwrap().as_ref(), Some(&view.message));
    let page = db.messages.history(pair, ada, HistoryRange::Latest, limit(10)).await.unwrap();
    assert_eq!(page.items, [view.clone(), first]);
    assert_eq!(db.messages.append(draft).await.unwrap(), Appended::Repeated(view));
    assert_eq!(db.messages.find(ConversationId(id()), page.items[0].message.id).await.unwrap(), None);
}

pub async fn a_new_message_says_what_its_conversation_is(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (pair, team) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    let venue = async |id| match db.messages.append(draft(id, ada, "x")).await.unwrap() {
        Appended::New(_, venue) => venue,
        Appended::Repeated(view) => panic!("{view:?}"),
    };
    assert_eq!((venue(pair).await, venue(team).await), (Venue::Direct, Venue::Group(Some("Team".into()))));
    let action = Action::Edit { name: Some(None), avatar: None, add_policy: None };
    command(db, team, ada, action).await.unwrap();
    assert_eq!(venue(team).await, Venue::Group(None), "the present name, and there is none");
}

pub async fn refusals_are_told_apart(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let pair = direct(db, ada, bob).await;
    let nowhere = ConversationId(id());
    let reply = |draft: Draft| Draft { reply_to: Some(MessageId(id())), ..draft };
    let append = async |draft| refusal(db.messages.append(draft).await);
    assert_eq!(append(draft(nowhere, ada, "x")).await, Refusal::ConversationNotFound);
    assert_eq!(append(draft(pair, eve, "x")).await, Refusal::NotParticipant);
    assert_eq!(append(draft(pair, UserId(id()), "x")).await, Refusal::NotParticipant);
    assert_eq!(append(reply(draft(pair, eve, "x"))).await, Refusal::NotParticipant);
    assert_eq!(append(reply(draft(pair, ada, "x"))).await, Refusal::MessageNotFound);
    assert_eq!(post(db, pair, ada, "x").await.message.seq, 1, "a refusal takes no place");
}

pub async fn equal_drafts_in_parallel_are_one_message(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    for round in 1..=5 {
        let draft = draft(pair, ada, "once");
        let results = join_all((0..16).map(|_| db.messages.append(draft.clone()))).await;
        let mut new = 0;
        for result in results {
            match result.unwrap() {
                Appended::New(view, _) => {
                    new += 1;
                    assert_eq!(view.message.seq, round);
                }
                Appended::Repeated(view) => assert_eq!(view.message.seq, round),
            }
        }
        assert_eq!(new, 1);
    }
}

pub async fn an_id_belongs_to_its_first_sender(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (pair, team) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    let mine = draft(pair, ada, "mine");
    db.messages.append(mine.clone()).await.unwrap();
    for other in [Draft { sender_id: bob, ..mine.clone() }, Draft { conversation_id: team, ..mine.clone() }] {
        assert_eq!(refusal(db.messages.append(other).await), Refusal::IdTaken);
    }
    let other_text = Draft { body: MessageBody::parse("changed").unwrap(), ..mine };
    let Appended::Repeated(view) = db.messages.append(other_text).await.unwrap() else { panic!("not repeated") };
    assert_eq!(view.message.content.as_deref(), Some("mine"));
}

async fn all(db: &FreshDatabase, id: ConversationId, viewer: UserId) -> Vec<domain::message::Message> {
    let (mut messages, mut after) = (Vec::new(), 0);
    loop {
        let page = db.messages.history(id, viewer, HistoryRange::After(after), limit(100)).await.unwrap();
        messages.extend(page.items.into_iter().rev().map(|view| view.message));
        if !page.has_more {
            return messages;
        }
        after = messages.last().unwrap().seq;
    }
}

pub async fn places_have_no_holes_under_parallel_senders(db: &FreshDatabase) {
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"].map(|name| format!("{name}-person"));
    let senders = people(db, names.each_ref().map(String::as_str)).await;
    let teams = [group(db, &senders).await, group(db, &senders).await];
    let sending = senders.iter().map(|&sender| async move {
        for n in 0..40 {
            post(db, teams[n % 2], sender, "x").await;
        }
    });
    join_all(sending).await;
    for team in teams {
        let messages = all(db, team, senders[0]).await;
        assert_eq!(messages.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=160).collect::<Vec<Seq>>());
        assert!(messages.is_sorted_by(|a, b| a.created_at < b.created_at));
    }
}

pub async fn one_senders_messages_keep_their_order(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let drafts: Vec<_> = (0..300).map(|n| draft(pair, ada, &n.to_string())).collect();
    join_all(drafts.iter().map(|draft| db.messages.append(draft.clone()))).await.into_iter().for_each(|r| {
        r.unwrap();
    });
    let stored: Vec<_> = all(db, pair, ada).await.into_iter().map(|m| m.id).collect();
    assert_eq!(stored, drafts.iter().map(|draft| draft.id).collect::<Vec<_>>());
}

pub async fn times_rise_while_the_clock_stands_still(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let posting = (0..20).map(|_| db.messages.append(Draft { at: at(77), ..draft(pair, ada, "x") }));
    join_all(posting).await;
    db.messages.append(Draft { at: at(-5_000), ..draft(pair, ada, "x") }).await.unwrap();
    let times: Vec<_> = all(db, pair, ada).await.into_iter().map(|m| m.created_at).collect();
    assert_eq!(times, (77..98).map(at).collect::<Vec<_>>());
}

pub async fn two_nodes_append_to_one_conversation(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (one, two) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    let sending = (0..8).map(|n| {
        let (node, sender) = if n % 2 == 0 { (&node.messages, ada) } else { (&db.messages, bob) };
        async move {
            for round in 0..25 {
                let team = if (round + n) % 2 == 0 { one } else { two };
                node.append(draft(team, sender, "x")).await.unwrap();
            }
        }
    });
    join_all(sending).await;
    let mut total = 0;
    for team in [one, two] {
        let messages = all(db, team, ada).await;
        total += messages.len();
        assert!(messages.iter().map(|m| m.seq).eq(1..=Seq::try_from(messages.len()).unwrap()));
        assert!(messages.is_sorted_by(|a, b| a.created_at < b.created_at));
    }
    assert_eq!(total, 200);
}

pub async fn two_nodes_post_one_id_once(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (one, two) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    for _ in 0..20 {
        // The same id in two conversations is not ordered by any row's lock: only the unique key sees it.
        let mine = draft(one, ada, "x");
        let theirs = Draft { conversation_id: two, ..mine.clone() };
        let bystander = draft(one, bob, "beside");
        let appends = [
            db.messages.append(mine.clone()),
            db.messages.append(bystander.clone()),
            node.messages.append(theirs),
            node.messages.append(draft(two, bob, "beside")),
        ];
        let [mine, beside, theirs, beside_too]: [_; 4] = join_all(appends).await.try_into().unwrap();
        assert!(beside.is_ok() && beside_too.is_ok(), "{beside:?} {beside_too:?}");
        let refused = if mine.is_ok() { theirs } else { mine };
        assert_eq!(refusal(refused), Refusal::IdTaken);
    }
}

pub async fn nothing_is_posted_after_removal(db: &FreshDatabase) {
    let node = db.another().await.repositories();
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada]).await;
    for _ in 0..40 {
        command(db, team, ada, Action::Add(vec![bob])).await.unwrap();
        let sending = async {
            let mut last = 0;
            loop {
                match db.messages.append(draft(team, bob, "x")).await {
                    Ok(Appended::New(view, _)) => last = view.message.seq,
                    other => {
                        assert_eq!(refusal(other), Refusal::NotParticipant);
                        return last;
                    }
                }
            }
        };
        let removing = async {
            tokio::task::yield_now().await;
            command(&node, team, ada, Action::Remove(bob)).await.unwrap().steps[0].seq
        };
        let (last, removed) = tokio::join!(sending, removing);
        assert!(last < removed, "posted at {last}, removed at {removed}");
    }
    let total = db.conversations.standing(team, ada).await.unwrap().unwrap().seq;
    let messages = all(db, team, ada).await.len();
    assert_eq!(total, Seq::try_from(messages).unwrap() + 80, "no hole");
}

pub async fn a_message_brings_an_archived_conversation_back(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    archive(db, pair, bob, false).await;
    assert!(db.reader.view(pair, bob).await.unwrap().unwrap().1.archived);
    post(db, pair, ada, "hello?").await;
    assert!(!db.reader.view(pair, bob).await.unwrap().unwrap().1.archived);
    archive(db, pair, bob, true).await;
    post(db, pair, ada, "hello?").await;
    let state = db.reader.view(pair, bob).await.unwrap().unwrap().1;
    assert!(state.archived && state.muted, "{state:?}");
}

/// Puts a conversation away. No repository method does that yet, so it is done to the table.
pub async fn archive(db: &FreshDatabase, id: ConversationId, user: UserId, muted: bool) {
    let hex = |id: uuid::Uuid| id.as_simple().to_string();
    match db.directory() {
        None => {
            let (id, user) = (id.0, user.0);
            db.tamper(&format!(
                "UPDATE participants SET archived = true, muted = {muted} \
                 WHERE conversation_id = '{id}' AND user_id = '{user}'"
            ))
            .await;
        }
        Some(directory) => {
            let statement = format!(
                "UPDATE participants SET archived = 1, muted = {} WHERE conversation_id = x'{}' AND user_id = x'{}'",
                i32::from(muted),
                hex(id.0),
                hex(user.0)
            );
            crate::setup::on_file(&directory.join("confab.db"), &statement);
        }
    }
}

pub async fn a_deleted_account_posts_nothing(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let message = post(db, pair, ada, "mine").await.message;
    db.users.erase(ada, now()).await.unwrap();
    assert_eq!(refusal(db.messages.append(draft(pair, ada, "ghost")).await), Refusal::NotParticipant);
    let revision = Revision {
        message_id: message.id,
        conversation_id: pair,
        actor: ada,
        at: now(),
        action: RevisionAction::Delete,
    };
    assert_eq!(refusal(db.messages.revise(&revision).await), Refusal::NotParticipant);
}

pub async fn replies_stay_in_their_conversation(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let (pair, team) = (direct(db, ada, bob).await, group(db, &[ada, bob]).await);
    let elsewhere = post(db, team, ada, "elsewhere").await.message.id;
    let reply = Draft { reply_to: Some(elsewhere), ..draft(pair, ada, "here") };
    assert_eq!(refusal(db.messages.append(reply).await), Refusal::MessageNotFound);
    let first = draft(pair, ada, "first");
    let second = Draft { reply_to: Some(first.id), ..draft(pair, bob, "second") };
    let both = join_all([db.messages.append(first), db.messages.append(second)]).await;
    assert!(both.iter().all(Result::is_ok), "{both:?}");
}

pub async fn what_waits_is_stored_at_the_end(db: &FreshDatabase) {
    let node = db.another().await;
    let messages = node.repositories().messages;
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let posting = join_all((0..50).map(|_| messages.append(draft(pair, ada, "x"))));
    // Polled first, so that everything is queued before the end begins.
    let (posted, ()) = tokio::join!(biased; posting, node.close());
    assert!(posted.iter().all(Result::is_ok));
    assert_eq!(all(db, pair, ada).await.len(), 50);
    let late = messages.append(draft(pair, ada, "late")).await;
    let unavailable = matches!(late, Err(Rejected::Repository(domain::repository::RepositoryError::Unavailable(_))));
    assert!(unavailable, "{late:?}");
}

pub async fn a_caller_who_goes_away_stops_nothing(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    for n in 0..50 {
        let patience = std::time::Duration::from_micros(n * 20);
        let _ = tokio::time::timeout(patience, db.messages.append(draft(pair, ada, "perhaps"))).await;
        let leave = Action::Add(vec![bob]);
        let _ = tokio::time::timeout(patience, command(db, pair, ada, leave)).await;
    }
    post(db, pair, ada, "sure").await;
    let messages = all(db, pair, ada).await;
    assert!(messages.iter().map(|m| m.seq).eq(1..=Seq::try_from(messages.len()).unwrap()));
    assert_eq!(messages.last().unwrap().content.as_deref(), Some("sure"));
}

pub async fn a_message_is_edited_and_deleted(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let team = group(db, &[ada, bob]).await;
    let message = post(db, team, bob, "befor").await.message;
    let revision = |actor, action| Revision { message_id: message.id, conversation_id: team, actor, at: now(), action };
    let edit = |text: &str| RevisionAction::Edit(MessageBody::parse(text).unwrap());

    let edited = db.messages.revise(&revision(bob, edit("before"))).await.unwrap();
    assert!(edited.changed && edited.view.message.edited_at.is_some());
    assert_eq!((edited.view.message.seq, edited.view.message.changed_seq), (1, 2));
    let again = db.messages.revise(&revision(bob, edit("before"))).await.unwrap();
    assert!(!again.changed);
    assert_eq!(again.view, edited.view);

    let deleted = db.messages.revise(&revision(ada, RevisionAction::Delete)).await.unwrap();
    assert!(deleted.changed && deleted.view.message.content.is_none());
    assert_eq!(deleted.view.message.changed_seq, 3);
    assert!(!db.messages.revise(&revision(bob, RevisionAction::Delete)).await.unwrap().changed);
    assert_eq!(refusal(db.messages.revise(&revision(bob, edit("back"))).await), Refusal::Deleted);
    assert_eq!(db.messages.find(team, message.id).await.unwrap(), Some(deleted.view.message));
    assert_eq!(post(db, team, bob, "next").await.message.seq, 4);
    let repeat = Draft { id: message.id, ..draft(team, bob, "again") };
    assert!(matches!(db.messages.append(repeat).await.unwrap(), Appended::Repeated(view)
        if view.message.deleted_at.is_some()));
}

pub async fn revisions_are_refused_in_their_order(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let (team, other) = (group(db, &[ada, bob]).await, group(db, &[ada, bob]).await);
    let message = post(db, team, ada, "mine").await.message.id;
    let revise = async |message_id, conversation_id, actor| {
        let action = RevisionAction::Delete;
        refusal(db.messages.revise(&Revision { message_id, conversation_id, actor, at: now(), action }).await)
    };
    assert_eq!(revise(message, ConversationId(id()), ada).await, Refusal::ConversationNotFound);
    assert_eq!(revise(MessageId(id()), team, eve).await, Refusal::NotParticipant);
    assert_eq!(revise(MessageId(id()), team, ada).await, Refusal::MessageNotFound);
    assert_eq!(revise(message, other, ada).await, Refusal::MessageNotFound);
    assert_eq!(revise(message, team, bob).await, Refusal::NotAllowed);
    command(db, team, ada, Action::SetRole(bob, Role::Admin)).await.unwrap();
    let action = RevisionAction::Delete;
    let revision = Revision { message_id: message, conversation_id: team, actor: bob, at: now(), action };
    assert!(db.messages.revise(&revision).await.unwrap().changed);
}

/// Workers of actix have runtimes of their own, with one thread.
pub async fn calls_come_from_any_runtime(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let repositories = infrastructure::Repositories::clone(db);
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let posting = (0..30).map(|_| post(&repositories, pair, ada, "x"));
                    let seqs: BTreeSet<_> = join_all(posting).await.into_iter().map(|view| view.message.seq).collect();
                    assert_eq!(seqs.len(), 30);
                    repositories.users.find(ada).await.unwrap().unwrap();
                });
            })
        })
        .collect();
    // The threads' runtimes end here, and take nothing with them that others need.
    for worker in workers {
        tokio::task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
    }
    assert_eq!(all(db, pair, ada).await.len(), 90);
    assert_eq!(db.users.find(ada).await.unwrap().unwrap().id, ada);
}
