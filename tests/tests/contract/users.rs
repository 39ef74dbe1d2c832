//! Accounts.

use domain::repository::{Constraint, RepositoryError, UserFilter};
use domain::session::{Session, TokenHash};
use domain::user::{Profile, ProfileChange, User};
use domain::value::{AvatarUrl, DisplayName, Email, Login, PasswordHash, Username};
use domain::{SessionId, Timestamp, UserId};
use futures_util::future::join_all;
use infrastructure::Repositories;
use tests::database::FreshDatabase;

use crate::people::{at, direct, id, limit, people, post, user};

fn conflict<T: std::fmt::Debug>(result: Result<T, RepositoryError>) -> Constraint {
    match result {
        Err(RepositoryError::Conflict(constraint)) => constraint,
        other => panic!("no conflict: {other:?}"),
    }
}

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub async fn an_account_is_found_as_it_was_stored(db: &FreshDatabase) {
    let ada = User { avatar: AvatarUrl::parse("https://example.org/a.png").ok(), updated_at: at(7), ..user("ada") };
    let bob = User { email: None, ..user("bob") };
    for user in [&ada, &bob] {
        db.users.insert(user).await.unwrap();
        assert_eq!(db.users.find(user.id).await.unwrap().as_ref(), Some(user));
        let login = Login::Username(user.username.clone());
        assert_eq!(db.users.find_by_login(&login).await.unwrap().as_ref(), Some(user));
    }
    let login = Login::Email(ada.email.clone().unwrap());
    assert_eq!(db.users.find_by_login(&login).await.unwrap(), Some(ada));
}

pub async fn nobody_unknown_is_found(db: &FreshDatabase) {
    assert_eq!(db.users.find(UserId(id())).await.unwrap(), None);
    assert_eq!(db.users.find_by_login(&Login::Username(name("nobody"))).await.unwrap(), None);
    let email = Email::parse("nobody@example.org").unwrap();
    assert_eq!(db.users.find_by_login(&Login::Email(email)).await.unwrap(), None);
    assert_eq!(db.users.change(UserId(id()), ProfileChange::default(), at(1)).await.unwrap(), None);
    db.users.set_password(UserId(id()), &PasswordHash("x".to_owned()), at(1)).await.unwrap();
    db.users.erase(UserId(id()), at(1)).await.unwrap();
}

pub async fn names_are_unique(db: &FreshDatabase) {
    db.users.insert(&user("ada")).await.unwrap();
    let same = User { email: None, ..user("ada") };
    assert_eq!(conflict(db.users.insert(&same).await), Constraint::Username);
}

pub async fn emails_are_unique(db: &FreshDatabase) {
    db.users.insert(&user("ada")).await.unwrap();
    let same = User { email: Email::parse("ada@example.org").ok(), ..user("bob") };
    assert_eq!(conflict(db.users.insert(&same).await), Constraint::Email);
    for username in ["eve", "fay"] {
        db.users.insert(&User { email: None, ..user(username) }).await.unwrap();
    }
}

pub async fn a_known_id_is_a_conflict_of_another_kind(db: &FreshDatabase) {
    let ada = user("ada");
    db.users.insert(&ada).await.unwrap();
    let same = User { id: ada.id, ..user("bob") };
    assert_eq!(conflict(db.users.insert(&same).await), Constraint::Other);
}

pub async fn of_parallel_registrations_of_one_name_one_succeeds(db: &FreshDatabase) {
    let other_node = db.another().await.repositories();
    for round in 0..5 {
        let username = format!("ada{round}");
        let inserts = (0..8).map(|n| {
            let users = if n % 2 == 0 { &db.users } else { &other_node.users };
            let user = User { email: None, ..user(&username) };
            async move { users.insert(&user).await }
        });
        let (made, refused): (Vec<_>, Vec<_>) = join_all(inserts).await.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        for result in refused {
            assert_eq!(conflict(result), Constraint::Username);
        }
    }
}

async fn usernames(db: &Repositories, filter: UserFilter) -> Vec<String> {
    let page = db.users.list(&filter).await.unwrap();
    page.items.into_iter().map(|user| user.username.as_str().to_owned()).collect()
}

pub async fn pages_follow_the_bytes_of_usernames(db: &FreshDatabase) {
    let sorted = ["0ab", "a-b", "a.b", "a0b", "a_b", "aab", "ab-", "ab."];
    for username in ["a_b", "ab.", "0ab", "aab", "a-b", "ab-", "a0b", "a.b"] {
        db.users.insert(&user(username)).await.unwrap();
    }
    for rows in [1, 3, 8, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let filter = UserFilter { search: None, after: after.take(), limit: limit(rows) };
            let page = db.users.list(&filter).await.unwrap();
            seen.extend(page.items.iter().map(|user| user.username.as_str().to_owned()));
            if !page.has_more {
                break;
            }
            after = page.items.last().map(|user| user.username.clone());
        }
        assert_eq!(seen, sorted, "by {rows}");
    }
}

pub async fn a_search_is_plain_text_without_case(db: &FreshDatabase) {
    for (username, shown) in [
        ("ada", "Ada Lovelace"),
        ("bob", "100% Bob_by"),
        ("eve", r"Back\slash 'quoted' ; --"),
        ("fay", "Ömer ÇELİK 🦀"),
        ("gus", "ΟΔΥΣΣΕΑΣ"),
    ] {
        let name = DisplayName::parse(shown).unwrap();
        db.users.insert(&User { name, ..user(username) }).await.unwrap();
    }
    for (search, found) in [
        ("", vec!["ada", "bob", "eve", "fay", "gus"]),
        ("LOVE", vec!["ada"]),
        ("AD", vec!["ada"]),
        ("%", vec!["bob"]),
        ("_", vec!["bob"]),
        ("0%", vec!["bob"]),
        ("b_b", vec!["bob"]),
        (r"\", vec!["eve"]),
        (r"k\s", vec!["eve"]),
        ("'QUOTED'", vec!["eve"]),
        ("' OR 1=1 --", vec![]),
        ("ömer ç", vec!["fay"]),
        ("🦀", vec!["fay"]),
        ("σεας", vec![]),
        ("ΣΕΑΣ", vec!["gus"]),
        ("%_%", vec![]),
        ("*", vec![]),
    ] {
        let search = Some(search.to_owned());
        let filter = UserFilter { search: search.clone(), ..UserFilter::default() };
        assert_eq!(usernames(db, filter).await, found, "{search:?}");
    }
    let filter = UserFilter { search: Some("e".to_owned()), after: Some(name("eve")), limit: limit(1) };
    assert_eq!(usernames(db, filter).await, ["fay"]);
}

pub async fn odd_searches_match_nobody(db: &FreshDatabase) {
    db.users.insert(&user("ada")).await.unwrap();
    for search in ["ada\nada", "\n", "a\0", &"a".repeat(100_000)] {
        let filter = UserFilter { search: Some(search.to_owned()), ..UserFilter::default() };
        assert!(usernames(db, filter).await.is_empty());
    }
}

pub async fn a_change_changes_what_it_names(db: &FreshDatabase) {
    let ada = user("ada");
    db.users.insert(&ada).await.unwrap();
    let change = ProfileChange {
        name: DisplayName::parse("Augusta").ok(),
        username: Some(name("augusta")),
        email: Some(None),
        avatar: Some(AvatarUrl::parse("https://example.org/a.png").ok()),
    };
    let changed = db.users.change(ada.id, change.clone(), at(9)).await.unwrap().unwrap();
    let mut expected = ada;
    assert!(change.apply(&mut expected, at(9)));
    assert_eq!(changed, expected);
    assert_eq!(db.users.find(expected.id).await.unwrap().as_ref(), Some(&expected));
    let filter = |search: &str| UserFilter { search: Some(search.to_owned()), ..UserFilter::default() };
    assert_eq!(usernames(db, filter("AUGUSTA")).await, ["augusta"]);
    assert!(usernames(db, filter("ada")).await.is_empty());
    let same = db.users.change(expected.id, ProfileChange::default(), at(10)).await.unwrap();
    assert_eq!(same.map(|user| user.updated_at), Some(at(9)));
}

pub async fn a_change_to_a_taken_name_is_refused(db: &FreshDatabase) {
    let [ada, _] = people(db, ["ada", "bob"]).await;
    let username = ProfileChange { username: Some(name("bob")), ..ProfileChange::default() };
    assert_eq!(conflict(db.users.change(ada, username, at(1)).await), Constraint::Username);
    let email = ProfileChange { email: Some(Email::parse("bob@example.org").ok()), ..ProfileChange::default() };
    assert_eq!(conflict(db.users.change(ada, email, at(1)).await), Constraint::Email);
    assert_eq!(db.users.find(ada).await.unwrap().unwrap().username, name("ada"));
}

/// Two who want each other's name wait for one another; neither may fail for another reason than the name.
pub async fn parallel_swaps_of_names_end(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    for _ in 0..10 {
        let swap = |username: &str| ProfileChange { username: Some(name(username)), ..ProfileChange::default() };
        let (one, other) =
            tokio::join!(db.users.change(ada, swap("bob"), at(1)), db.users.change(bob, swap("ada"), at(1)));
        assert_eq!(conflict(one), Constraint::Username);
        assert_eq!(conflict(other), Constraint::Username);
    }
}

pub async fn a_password_is_replaced(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    db.users.set_password(ada, &PasswordHash("other".to_owned()), at(5)).await.unwrap();
    let found = db.users.find(ada).await.unwrap().unwrap();
    assert_eq!((found.password_hash.0.as_str(), found.updated_at), ("other", at(5)));
}

pub async fn those_that_there_are_are_found_together(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    db.users.erase(bob, at(1)).await.unwrap();
    let mut found = db.users.find_all(&[eve, bob, ada, UserId(id()), ada]).await.unwrap();
    found.sort_by_key(|user| user.id);
    assert_eq!(found.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["ada", "eve"]);
    assert_eq!(db.users.find(ada).await.unwrap().as_ref(), found.first());
    assert_eq!(db.users.find_all(&[]).await.unwrap(), []);
}

pub async fn who_was_seen_last_moves_forward_only(db: &FreshDatabase) {
    let [ada, bob, eve] = people(db, ["ada", "bob", "eve"]).await;
    let before = db.users.find(ada).await.unwrap();
    let seen = async |id| db.users.last_seen(id).await.unwrap();
    assert_eq!((seen(ada).await, seen(UserId(id())).await), (None, None));
    db.users.set_last_seen(&[]).await.unwrap();
    db.users.set_last_seen(&[(bob, at(5)), (ada, at(7)), (UserId(id()), at(9))]).await.unwrap();
    assert_eq!((seen(ada).await, seen(bob).await, seen(eve).await), (Some(at(7)), Some(at(5)), None));
    db.users.set_last_seen(&[(ada, at(6)), (bob, at(6))]).await.unwrap();
    assert_eq!((seen(ada).await, seen(bob).await), (Some(at(7)), Some(at(6))));
    assert_eq!(db.users.find(ada).await.unwrap(), before, "nothing else of the account changes");
    let renamed = ProfileChange { name: DisplayName::parse("Augusta").ok(), ..ProfileChange::default() };
    db.users.change(ada, renamed, at(8)).await.unwrap();
    assert_eq!(seen(ada).await, Some(at(7)), "a change of the profile leaves it");
    db.users.erase(ada, at(9)).await.unwrap();
    db.users.set_last_seen(&[(ada, at(10))]).await.unwrap();
    assert_eq!(seen(ada).await, None);
}

/// Two nodes that note the same people in opposite orders wait for one another.
pub async fn many_are_seen_in_parallel(db: &FreshDatabase) {
    let everyone = people(db, ["ada", "bob", "cleo", "dora", "eve", "fay"]).await;
    let other = db.another().await.repositories();
    for round in 0..10 {
        let one: Vec<_> = everyone.iter().map(|id| (*id, at(round * 2))).collect();
        let two: Vec<_> = everyone.iter().rev().map(|id| (*id, at(round * 2 + 1))).collect();
        let (first, second) = tokio::join!(db.users.set_last_seen(&one), other.users.set_last_seen(&two));
        first.and(second).unwrap();
        for id in everyone {
            assert_eq!(db.users.last_seen(id).await.unwrap(), Some(at(round * 2 + 1)));
        }
    }
}

fn session(user_id: UserId, now: Timestamp) -> Session {
    Session {
        id: SessionId(id()),
        user_id,
        device: None,
        created_at: now,
        last_used_at: now,
        expires_at: at(1_000_000),
        generation: 1,
        refresh_hash: TokenHash(vec![1]),
        previous_hash: None,
        revoked_at: None,
    }
}

pub async fn an_erased_account_is_nobodys(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    post(db, pair, ada, "remember me").await;
    let session = session(ada, at(1));
    assert!(db.sessions.insert(&session, &user("ada").password_hash).await.unwrap());

    db.users.erase(ada, at(9)).await.unwrap();
    db.users.erase(ada, at(10)).await.unwrap();

    assert_eq!(db.users.find(ada).await.unwrap(), None);
    assert_eq!(db.users.find_by_login(&Login::Username(name("ada"))).await.unwrap(), None);
    assert_eq!(db.sessions.find(session.id).await.unwrap(), None);
    assert_eq!(usernames(db, UserFilter::default()).await, ["bob"]);
    assert_eq!(db.users.change(ada, ProfileChange::default(), at(11)).await.unwrap(), None);
    db.users.set_password(ada, &PasswordHash("x".to_owned()), at(11)).await.unwrap();
    let (view, _) = db.reader.view(pair, bob).await.unwrap().unwrap();
    assert_eq!(view.last_message.unwrap().sender, Profile::deleted(ada));
    assert!(view.participants.iter().any(|p| p.profile == Profile::deleted(ada)));
    // Username and e-mail are free again.
    db.users.insert(&user("ada")).await.unwrap();
}

pub async fn what_people_write_is_kept_verbatim(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let pair = direct(db, ada, bob).await;
    for text in [
        "'; DROP TABLE users; --",
        r#"quote " backslash \ percent % under _ dollar $1 question ?"#,
        "🦀👩‍👩‍👧‍👦 \u{202e}rtl\u{202c} e\u{301} \u{feff}",
        "  tabs\tand\nlines\r\nand\u{1}controls\u{7f}  ",
        &"🦀".repeat(4000),
    ] {
        let view = post(db, pair, ada, text).await;
        let found = db.messages.find(pair, view.message.id).await.unwrap().unwrap();
        assert_eq!(found.content.as_deref(), Some(text));
    }
}
