//! Every limit at its value, and one beyond.

use domain::value::Username;
use governor::clock::FakeRelativeClock;

use super::*;
use crate::config::{Env, Settings};

const ADA: UserId = UserId(Uuid::from_u128(0xada));
const BOB: UserId = UserId(Uuid::from_u128(0xb0b));
const ROOM: Uuid = Uuid::from_u128(1);

fn limits(set: &[(&str, &str)]) -> (Limits, FakeRelativeClock) {
    let settings = Settings::from_env(&Env::of(set.iter().copied())).unwrap().limits;
    let clock = FakeRelativeClock::default();
    (Limits::at(&settings, &Ticks::Told(clock.clone())), clock)
}

fn from(limits: &Limits, address: &str) -> Option<Address> {
    limits.locate(address.parse().ok(), &HeaderMap::new())
}

fn login(name: &str) -> Login {
    Login::Username(Username::parse(name).unwrap())
}

fn wrong() -> Result<(), Problem> {
    Err(Problem::unauthenticated())
}

/// How often it is allowed before it is refused, and for how many seconds it is refused then.
fn allowed(mut attempt: impl FnMut() -> Result<(), Problem>) -> (usize, u32) {
    for count in 0..2000 {
        if let Err(problem) = attempt() {
            assert_eq!((problem.kind, problem.code), (ErrorKind::RateLimited, "RATE_LIMITED"));
            return (count, problem.retry_after.unwrap());
        }
    }
    panic!("there is no limit");
}

#[test]
fn the_defaults_are_those_of_the_table() {
    let (limits, _) = limits(&[]);
    let at = from(&limits, "192.0.2.1");
    assert_eq!(allowed(|| limits.registration(at)), (30, 60));
    assert_eq!(allowed(|| limits.refresh(at)), (120, 1));
    assert_eq!(allowed(|| limits.handshake(at)), (200, 1));
    assert_eq!(allowed(|| limits.call(ADA)), (500, 1));
    assert_eq!(allowed(|| limits.message(ADA, ROOM)), (200, 1));
    let mut number = 0;
    let mut succeed = || {
        number += 1;
        limits.sign_in(at, &login(&format!("user{number}"))).map(|sign_in| sign_in.settle(&Ok(())))
    };
    assert_eq!(allowed(&mut succeed), (20, 3));
    assert!(limits.call(BOB).is_ok() && limits.message(BOB, ROOM).is_ok());
    assert!(limits.registration(from(&limits, "192.0.2.2")).is_ok());
}

#[test]
fn the_strict_ones_too() {
    let (limits, clock) = limits(&[("RATE_LIMITS", "strict")]);
    assert_eq!(allowed(|| limits.registration(from(&limits, "192.0.2.1"))), (3, 1200));
    assert_eq!(allowed(|| limits.message(ADA, ROOM)), (5, 1));
    clock.advance(Duration::from_mins(2));
    let mut room = 0;
    let mut everywhere = || {
        room += 1;
        limits.message(ADA, Uuid::from_u128(room / 4))
    };
    assert_eq!(allowed(&mut everywhere), (60, 1));
}

#[test]
fn five_failures_from_one_address_close_an_account_to_that_address_alone() {
    let (limits, clock) = limits(&[]);
    let (here, there) = (from(&limits, "192.0.2.1"), from(&limits, "192.0.2.2"));
    let fail = |at, name: &str| limits.sign_in(at, &login(name)).map(|sign_in| sign_in.settle(&wrong()));
    assert_eq!(allowed(|| fail(here, "ada")), (5, 60));
    assert!(fail(here, "bob").is_ok() && fail(there, "ada").is_ok());
    clock.advance(Duration::from_mins(1));
    assert!(fail(here, "ada").is_ok() && fail(here, "ada").is_err());
}

#[test]
fn a_hundred_failures_close_an_account_to_everybody_also_to_who_is_exempt() {
    let (limits, _) = limits(&[("SIGN_IN_FAILURES_PER_ADDRESS", "off")]);
    let mut at = 0;
    let mut fail = || {
        at += 1;
        limits.sign_in(from(&limits, &format!("192.0.2.{at}")), &login("ada")).map(|sign_in| sign_in.settle(&wrong()))
    };
    assert_eq!(allowed(&mut fail), (100, 36));
    assert!(limits.sign_in(from(&limits, "127.0.0.1"), &login("ada")).is_err());
    assert!(limits.sign_in(from(&limits, "127.0.0.1"), &login("bob")).is_ok());
}

#[test]
fn what_succeeds_or_meets_a_fault_of_ours_is_no_failure() {
    let (limits, _) = limits(&[("SIGN_IN_RATE_PER_ADDRESS", "off")]);
    let at = from(&limits, "192.0.2.1");
    for outcome in [Ok(()), Err(Problem::internal("the database"))] {
        for _ in 0..200 {
            limits.sign_in(at, &login("ada")).unwrap().settle(&outcome);
        }
    }
    // An attempt whose outcome is not known yet counts.
    let open: Vec<_> = (0..5).map(|_| limits.sign_in(at, &login("ada")).unwrap()).collect();
    assert!(limits.sign_in(at, &login("ada")).is_err());
    for guess in open {
        guess.settle(&Ok(()));
    }
    assert!(limits.sign_in(at, &login("ada")).is_ok());
}

#[test]
fn a_password_that_confirms_something_is_guessed_no_more_often() {
    let (limits, _) = limits(&[]);
    let at = from(&limits, "192.0.2.1");
    let refused = || Err::<(), _>(Problem::new(ErrorKind::Forbidden, "WRONG_PASSWORD", ""));
    assert_eq!(allowed(|| limits.confirmation(at, ADA).map(|guess| guess.settle(&refused()))), (5, 60));
    assert!(limits.confirmation(at, BOB).is_ok());
    assert_eq!(allowed(|| limits.confirmation(None, BOB).map(|guess| guess.settle(&refused()))).0, 99);
}

#[test]
fn a_message_that_one_conversation_refuses_takes_nothing_from_the_others() {
    let (limits, _) = limits(&[("MESSAGE_RATE", "4:1/h"), ("MESSAGE_RATE_PER_CONVERSATION", "2:1/h")]);
    assert_eq!(allowed(|| limits.message(ADA, ROOM)).0, 2);
    assert_eq!(allowed(|| limits.message(ADA, ROOM)).0, 0);
    assert_eq!(allowed(|| limits.message(ADA, Uuid::from_u128(2))).0, 2);
    assert_eq!(allowed(|| limits.message(ADA, Uuid::from_u128(3))).0, 0);
}

#[test]
fn who_is_exempt_is_so_from_limits_per_address_alone() {
    let (limits, _) = limits(&[("RATE_LIMIT_EXEMPT", "loopback,10.0.0.0/8")]);
    for exempt in ["127.0.0.1", "::1", "10.1.2.3"] {
        let at = from(&limits, exempt);
        assert!((0..1000).all(|_| limits.registration(at).is_ok() && limits.refresh(at).is_ok()));
        let held: Vec<_> = (0..300).map(|n| limits.connection(UserId(Uuid::from_u128(n)), at)).collect();
        assert!(held.iter().all(Result::is_ok));
    }
    assert_eq!(allowed(|| limits.call(ADA)).0, 500);
}

#[test]
fn connections_are_counted_while_they_last() {
    let (limits, _) = limits(&[]);
    let at = from(&limits, "192.0.2.1");
    let mut held: Vec<_> = (0..20).map(|_| limits.connection(ADA, at).unwrap()).collect();
    assert!(limits.connection(ADA, at).is_err() && limits.connection(ADA, None).is_err());
    held.extend((0..180).map(|n| limits.connection(UserId(Uuid::from_u128(n)), at).unwrap()));
    let refused = limits.connection(BOB, at).err().unwrap();
    assert_eq!(refused.code, "RATE_LIMITED");
    assert!(limits.connection(BOB, from(&limits, "192.0.2.2")).is_ok());
    held.pop();
    assert!(limits.connection(BOB, at).is_ok());
}

#[test]
fn off_is_off() {
    let (limits, _) = limits(&[("RATE_LIMITS", "off")]);
    let at = from(&limits, "192.0.2.1");
    for _ in 0..2000 {
        limits.sign_in(at, &login("ada")).unwrap().settle(&wrong());
        assert!(limits.call(ADA).is_ok() && limits.message(ADA, ROOM).is_ok() && limits.registration(at).is_ok());
    }
}

#[test]
fn seconds_are_whole_and_at_least_one() {
    for (wait, told) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (2000, 2)] {
        assert_eq!(whole_seconds(Duration::from_millis(wait)), told);
    }
}
