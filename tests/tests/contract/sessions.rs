//! Sign-ins.

use domain::session::{Session, TokenHash};
use domain::value::PasswordHash;
use domain::{SessionId, Timestamp, UserId};
use futures_util::future::join_all;
use tests::database::FreshDatabase;

use crate::people::{at, id, people};

fn session(user_id: UserId, created_at: Timestamp) -> Session {
    Session {
        id: SessionId(id()),
        user_id,
        device: Some("phone 'ö' 🦀".to_owned()),
        created_at,
        last_used_at: created_at,
        expires_at: at(1_000),
        generation: 1,
        refresh_hash: TokenHash(vec![1; 32]),
        previous_hash: None,
        revoked_at: None,
    }
}

/// The password that people are made with.
fn password() -> PasswordHash {
    crate::people::user("ada").password_hash
}

async fn signed_in(db: &FreshDatabase, user: UserId, created_at: Timestamp) -> Session {
    let session = session(user, created_at);
    assert!(db.sessions.insert(&session, &password()).await.unwrap());
    session
}

pub async fn a_session_is_found_as_it_was_stored(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let full = Session {
        device: None,
        previous_hash: Some(TokenHash(vec![0, 255, 7])),
        revoked_at: Some(at(5)),
        ..session(ada, at(1))
    };
    assert!(db.sessions.insert(&full, &password()).await.unwrap());
    let plain = signed_in(db, ada, at(2)).await;
    assert_eq!(db.sessions.find(full.id).await.unwrap(), Some(full));
    assert_eq!(db.sessions.find(plain.id).await.unwrap(), Some(plain));
    assert_eq!(db.sessions.find(SessionId(id())).await.unwrap(), None);
}

pub async fn lists_hold_what_is_active_latest_first(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let old = signed_in(db, ada, at(1)).await;
    let new = signed_in(db, ada, at(2)).await;
    signed_in(db, bob, at(3)).await;
    let revoked = signed_in(db, ada, at(4)).await;
    assert!(db.sessions.revoke(ada, revoked.id, at(5)).await.unwrap());
    let over = Session { expires_at: at(10), ..session(ada, at(3)) };
    assert!(db.sessions.insert(&over, &password()).await.unwrap());
    assert_eq!(db.sessions.list(ada, at(9)).await.unwrap(), [over, new.clone(), old.clone()]);
    assert_eq!(db.sessions.list(ada, at(10)).await.unwrap(), [new, old]);
    assert!(db.sessions.list(ada, at(1_000)).await.unwrap().is_empty());
}

pub async fn a_session_advances_once_per_generation(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let first = signed_in(db, ada, at(1)).await;
    let next = TokenHash(vec![2; 32]);
    assert!(db.sessions.advance(first.id, 1, &next, at(7), at(2_000)).await.unwrap());
    let advanced = Session {
        last_used_at: at(7),
        expires_at: at(2_000),
        generation: 2,
        refresh_hash: next.clone(),
        previous_hash: Some(first.refresh_hash.clone()),
        ..first.clone()
    };
    assert_eq!(db.sessions.find(first.id).await.unwrap(), Some(advanced));
    assert!(!db.sessions.advance(first.id, 1, &next, at(8), at(2_000)).await.unwrap());
    assert!(!db.sessions.advance(SessionId(id()), 1, &next, at(8), at(2_000)).await.unwrap());
}

pub async fn of_parallel_advances_one_succeeds(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    let session = signed_in(db, ada, at(1)).await;
    for generation in 1..6 {
        let next = TokenHash(vec![9; 32]);
        let advances = (0..16).map(|_| db.sessions.advance(session.id, generation, &next, at(2), at(2_000)));
        let successes = join_all(advances).await.into_iter().filter(|result| *result.as_ref().unwrap()).count();
        assert_eq!(successes, 1);
    }
}

pub async fn a_revoked_session_stays_so(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let session = signed_in(db, ada, at(1)).await;
    assert!(!db.sessions.revoke(bob, session.id, at(2)).await.unwrap(), "somebody else's");
    assert!(db.sessions.revoke(ada, session.id, at(3)).await.unwrap());
    assert!(!db.sessions.revoke(ada, session.id, at(4)).await.unwrap());
    assert!(!db.sessions.advance(session.id, 1, &TokenHash(vec![2]), at(5), at(9)).await.unwrap());
    let found = db.sessions.find(session.id).await.unwrap().unwrap();
    assert_eq!((found.revoked_at, found.generation), (Some(at(3)), 1));
}

pub async fn all_but_one_are_revoked(db: &FreshDatabase) {
    let [ada, bob] = people(db, ["ada", "bob"]).await;
    let kept = signed_in(db, ada, at(1)).await;
    let (one, two) = (signed_in(db, ada, at(2)).await, signed_in(db, ada, at(3)).await);
    let gone = signed_in(db, ada, at(4)).await;
    db.sessions.revoke(ada, gone.id, at(5)).await.unwrap();
    let other = signed_in(db, bob, at(5)).await;
    let mut revoked = db.sessions.revoke_all(ada, Some(kept.id), at(6)).await.unwrap();
    revoked.sort();
    assert_eq!(revoked, [one.id, two.id]);
    assert_eq!(db.sessions.list(ada, at(7)).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(db.sessions.revoke_all(ada, None, at(8)).await.unwrap(), [kept.id]);
    assert!(db.sessions.revoke_all(ada, None, at(9)).await.unwrap().is_empty());
    assert_eq!(db.sessions.list(bob, at(9)).await.unwrap(), [other]);
}

pub async fn nobody_signs_in_to_an_erased_account(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    db.users.erase(ada, at(1)).await.unwrap();
    assert!(!db.sessions.insert(&session(ada, at(2)), &password()).await.unwrap());
    assert!(!db.sessions.insert(&session(UserId(id()), at(2)), &password()).await.unwrap());
    assert!(db.sessions.list(ada, at(3)).await.unwrap().is_empty());
}

pub async fn nobody_signs_in_by_a_password_of_yesterday(db: &FreshDatabase) {
    let [ada] = people(db, ["ada"]).await;
    db.users.set_password(ada, &PasswordHash("another".to_owned()), at(1)).await.unwrap();
    assert!(!db.sessions.insert(&session(ada, at(2)), &password()).await.unwrap());
    assert!(db.sessions.list(ada, at(3)).await.unwrap().is_empty());
}
