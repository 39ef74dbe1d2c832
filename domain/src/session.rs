//! Sign-ins. A session is what a refresh token continues and what sockets live by.

use std::time::Duration;

use crate::{SessionId, Timestamp, UserId};

/// The SHA-256 of a refresh token, the only form in which one is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(pub Vec<u8>);

/// One sign-in of one person on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What the client called itself.
    pub device: Option<String>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last continued.
    pub last_used_at: Timestamp,
    /// From then on it is over, unless it is continued before.
    pub expires_at: Timestamp,
    /// How often it was continued; names its present refresh token.
    pub generation: i64,
    /// The present refresh token, not yet used.
    pub refresh_hash: TokenHash,
    /// The refresh token spent last.
    pub previous_hash: Option<TokenHash>,
    /// When the person or the system ended it.
    pub revoked_at: Option<Timestamp>,
}

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Without being continued.
    pub idle: Duration,
    /// In all, however often it is continued.
    pub absolute: Duration,
    /// How long a spent refresh token still continues its session while its successor is unused: a reply that was lost
    /// must not sign anybody out.
    pub reuse_grace: Duration,
}

/// What presenting a refresh token comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is the present one: spend it and go on to the next generation.
    Advance,
    /// It was spent a moment ago and its successor was not used: the reply was lost, give the successor again.
    Repeat,
    /// It was spent before: somebody has a copy, the session must end.
    Reused,
    /// The session is over, or the token was never one of its own.
    Over,
}

impl Session {
    /// The moment a session ends that was begun and last continued at these times.
    pub fn expiry(policy: &SessionPolicy, created_at: Timestamp, used_at: Timestamp) -> Timestamp {
        used_at.plus(policy.idle).min(created_at.plus(policy.absolute))
    }

    /// Whether it still holds at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Judges a refresh token that bears this session's authentic mark (RFC 9700, section 4.14.2).
    pub fn judge(&self, policy: &SessionPolicy, presented: &TokenHash, now: Timestamp) -> Rotation {
        let is_previous = || self.previous_hash.as_ref() == Some(presented);
        if !self.is_active(now) {
            Rotation::Over
        } else if *presented == self.refresh_hash {
            Rotation::Advance
        } else if is_previous() && now.since(self.last_used_at) <= policy.reuse_grace {
            Rotation::Repeat
        } else {
            Rotation::Reused
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const POLICY: SessionPolicy = SessionPolicy {
        idle: Duration::from_hours(720),
        absolute: Duration::from_hours(2160),
        reuse_grace: Duration::from_secs(15),
    };

    fn session() -> Session {
        Session {
            id: SessionId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            device: None,
            created_at: Timestamp::from_millis(0),
            last_used_at: Timestamp::from_millis(1_000),
            expires_at: Timestamp::from_millis(1_000_000),
            generation: 1,
            refresh_hash: TokenHash(vec![2]),
            previous_hash: Some(TokenHash(vec![1])),
            revoked_at: None,
        }
    }

    #[test]
    fn the_present_token_advances() {
        assert_eq!(session().judge(&POLICY, &TokenHash(vec![2]), Timestamp::from_millis(999_999)), Rotation::Advance);
    }

    #[test]
    fn the_spent_token_repeats_for_15_seconds_only() {
        let spent = TokenHash(vec![1]);
        assert_eq!(session().judge(&POLICY, &spent, Timestamp::from_millis(16_000)), Rotation::Repeat);
        assert_eq!(session().judge(&POLICY, &spent, Timestamp::from_millis(16_001)), Rotation::Reused);
    }

    #[test]
    fn anything_older_is_reuse() {
        assert_eq!(session().judge(&POLICY, &TokenHash(vec![0]), Timestamp::from_millis(1_000)), Rotation::Reused);
    }

    #[test]
    fn a_session_that_is_over_takes_nothing() {
        let ended = Session { revoked_at: Some(Timestamp::from_millis(5)), ..session() };
        assert_eq!(ended.judge(&POLICY, &TokenHash(vec![2]), Timestamp::from_millis(6)), Rotation::Over);
        assert_eq!(session().judge(&POLICY, &TokenHash(vec![2]), Timestamp::from_millis(1_000_000)), Rotation::Over);
        assert!(!ended.is_active(Timestamp::from_millis(0)));
    }

    #[test]
    fn a_session_ends_absolutely_however_often_it_is_continued() {
        let policy = POLICY;
        let born = Timestamp::from_millis(0);
        assert_eq!(Session::expiry(&policy, born, born), born.plus(30 * DAY));
        assert_eq!(Session::expiry(&policy, born, born.plus(80 * DAY)), born.plus(90 * DAY));
    }
}
