//! Staying signed in.

use std::sync::Arc;

use domain::Timestamp;
use domain::event::{Event, Published};
use domain::repository::{SessionRepository, UserRepository};
use domain::session::{Rotation, Session, SessionPolicy, TokenHash};

use super::{AuthError, SignedIn};
use crate::ports::{AccessTokens, Claims, Clock, EventPublisher, RefreshTokens};

/// How often a race for the same token is run again. The second run finds the token spent a moment ago, so more than
/// two are needed only if the session moves on in between.
const TRIES: usize = 4;

/// Continues a session by its refresh token, which is spent by it (RFC 9700, section 4.14).
pub struct RefreshSession {
    /// Knows whose session it is.
    pub users: Arc<dyn UserRepository>,
    /// Stores the rotation.
    pub sessions: Arc<dyn SessionRepository>,
    /// Issues the next access token.
    pub access: Arc<dyn AccessTokens>,
    /// Makes the next refresh token.
    pub refresh: Arc<dyn RefreshTokens>,
    /// Tells the end of a session.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long the session lives.
    pub policy: SessionPolicy,
}

impl RefreshSession {
    /// Continues the session. `Unauthenticated` if it is over or the token is none of ours; `RefreshTokenReused`, and
    /// the session ends, if the token was spent before and this is no lost reply.
    pub async fn execute(&self, presented: &str) -> Result<SignedIn, AuthError> {
        let (id, hash) = self.refresh.parse(presented).ok_or(AuthError::Unauthenticated)?;
        for _ in 0..TRIES {
            let session = self.sessions.find(id).await?.ok_or(AuthError::Unauthenticated)?;
            let now = self.clock.now();
            let generation = match session.judge(&self.policy, &hash, now) {
                Rotation::Over => return Err(AuthError::Unauthenticated),
                Rotation::Reused => return Err(self.end(&session, now).await),
                Rotation::Repeat => session.generation,
                Rotation::Advance if self.advance(&session, now).await? => session.generation + 1,
                Rotation::Advance => continue,
            };
            return self.signed_in(&session, generation, now).await;
        }
        Err(AuthError::Unauthenticated)
    }

    async fn advance(&self, session: &Session, now: Timestamp) -> Result<bool, AuthError> {
        let next: TokenHash = self.refresh.derive(session.id, session.generation + 1).hash;
        let expires_at = Session::expiry(&self.policy, session.created_at, now);
        Ok(self.sessions.advance(session.id, session.generation, &next, now, expires_at).await?)
    }

    async fn end(&self, session: &Session, now: Timestamp) -> AuthError {
        match self.sessions.revoke(session.user_id, session.id, now).await {
            Ok(_) => {
                let event = Event::SessionsRevoked { user_id: session.user_id, sessions: vec![session.id] };
                self.events.publish(Published { event, origin: None }).await;
                AuthError::RefreshTokenReused
            }
            Err(error) => error.into(),
        }
    }

    async fn signed_in(&self, session: &Session, generation: i64, now: Timestamp) -> Result<SignedIn, AuthError> {
        let user = self.users.find(session.user_id).await?.ok_or(AuthError::Unauthenticated)?;
        let access = self.access.issue(Claims { user_id: user.id, session_id: session.id }, now);
        let refresh_token = self.refresh.derive(session.id, generation).token;
        Ok(SignedIn { access, refresh_token, user })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::repository::{MockSessionRepository, MockUserRepository, RepositoryError};
    use domain::{ErrorKind, SessionId};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::ports::RefreshToken;
    use crate::testing::{
        ADA, NOW, POLICY, Recorder, SESSION, access_token, access_tokens, ada, clock, outage, ready, refresh_token,
        refresh_tokens, session, shown,
    };

    struct Refreshed {
        answer: Result<SignedIn, AuthError>,
        heard: Vec<Published>,
    }

    /// Presents a token to a store that knows the account unless `users` says otherwise.
    fn present(token: RefreshToken, sessions: MockSessionRepository, users: Option<MockUserRepository>) -> Refreshed {
        let users = users.unwrap_or_else(|| {
            let mut users = MockUserRepository::new();
            users.expect_find().with(eq(ADA)).returning(|_| Ok(Some(ada())));
            users
        });
        let events = Arc::new(Recorder::default());
        let presented = token.token.clone();
        let refresh = RefreshSession {
            users: Arc::new(users),
            sessions: Arc::new(sessions),
            access: access_tokens(),
            refresh: refresh_tokens(token),
            events: events.clone(),
            clock: clock(),
            policy: POLICY,
        };
        let answer = ready(refresh.execute(&presented));
        Refreshed { answer, heard: events.heard() }
    }

    /// A store where the session is found like this.
    fn found(session: Option<Session>) -> MockSessionRepository {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_find().with(eq(SESSION)).times(1).return_once(|_| Ok(session));
        sessions
    }

    /// Expects that the session goes on from `from`, and answers whether it does.
    fn expect_advance(
        sessions: &mut MockSessionRepository,
        from: i64,
        expires_at: Timestamp,
        done: bool,
        times: usize,
    ) {
        let next = refresh_token(SESSION, from + 1).hash;
        sessions
            .expect_advance()
            .with(eq(SESSION), eq(from), eq(next), eq(NOW), eq(expires_at))
            .times(times)
            .returning(move |_, _, _, _, _| Ok(done));
    }

    fn expect_revoke(sessions: &mut MockSessionRepository, answer: Result<bool, RepositoryError>) {
        sessions.expect_revoke().with(eq(ADA), eq(SESSION), eq(NOW)).times(1).return_once(|_, _, _| answer);
    }

    /// What who holds the session's token of that generation has.
    fn signed_in(generation: i64) -> SignedIn {
        let refresh_token = refresh_token(SESSION, generation).token;
        SignedIn { access: access_token(ADA, SESSION), refresh_token, user: ada() }
    }

    #[test]
    fn the_present_token_is_spent_for_the_next() {
        let mut sessions = found(Some(session()));
        expect_advance(&mut sessions, 3, NOW.plus(POLICY.idle), true, 1);
        let Refreshed { answer, heard } = present(refresh_token(SESSION, 3), sessions, None);
        assert_eq!((answer.unwrap(), heard), (signed_in(4), vec![]));
    }

    #[test]
    fn no_session_outlives_its_absolute_end() {
        let created_at = Timestamp::from_millis(NOW.as_millis() - 71 * 3_600_000);
        let mut sessions = found(Some(Session { created_at, ..session() }));
        expect_advance(&mut sessions, 3, NOW.plus(Duration::from_hours(1)), true, 1);
        assert_eq!(present(refresh_token(SESSION, 3), sessions, None).answer.unwrap(), signed_in(4));
    }

    #[test]
    fn a_token_spent_a_moment_ago_gets_its_successor_again() {
        let Refreshed { answer, heard } = present(refresh_token(SESSION, 2), found(Some(session())), None);
        assert_eq!((answer.unwrap(), heard), (signed_in(3), vec![]));
    }

    #[test]
    fn a_token_spent_before_ends_the_session_and_that_is_told() {
        let long_ago = Timestamp::from_millis(NOW.as_millis() - 15_001);
        for (token, session) in [
            (refresh_token(SESSION, 1), session()),
            (refresh_token(SESSION, 2), Session { last_used_at: long_ago, ..session() }),
        ] {
            let mut sessions = found(Some(session));
            expect_revoke(&mut sessions, Ok(true));
            let Refreshed { answer, heard } = present(token, sessions, None);
            assert_eq!(shown(&answer.unwrap_err()), (ErrorKind::Unauthenticated, "REFRESH_TOKEN_REUSED", vec![]));
            let event = Event::SessionsRevoked { user_id: ADA, sessions: vec![SESSION] };
            assert_eq!(heard, [Published { event, origin: None }]);
        }
    }

    #[test]
    fn a_session_whose_end_is_not_stored_is_not_told_to_have_ended() {
        let mut sessions = found(Some(session()));
        expect_revoke(&mut sessions, Err(outage()));
        let Refreshed { answer, heard } = present(refresh_token(SESSION, 1), sessions, None);
        assert_eq!((answer.unwrap_err().kind(), heard), (ErrorKind::Unavailable, vec![]));
    }

    #[test]
    fn a_session_that_is_over_or_unknown_is_not_continued() {
        let revoked = Session { revoked_at: Some(NOW), ..session() };
        let expired = Session { expires_at: NOW, ..session() };
        for (session, generation) in [(None, 3), (Some(revoked), 3), (Some(expired.clone()), 3), (Some(expired), 1)] {
            let Refreshed { answer, heard } = present(refresh_token(SESSION, generation), found(session), None);
            assert_eq!(shown(&answer.unwrap_err()), (ErrorKind::Unauthenticated, "UNAUTHENTICATED", vec![]));
            assert_eq!(heard, []);
        }
    }

    #[test]
    fn a_token_that_is_none_of_ours_touches_nothing() {
        let mut refresh = crate::ports::MockRefreshTokens::new();
        refresh.expect_parse().with(eq("made up")).times(1).returning(|_| None::<(SessionId, TokenHash)>);
        let refresh = RefreshSession {
            users: Arc::new(MockUserRepository::new()),
            sessions: Arc::new(MockSessionRepository::new()),
            access: access_tokens(),
            refresh: Arc::new(refresh),
            events: Arc::new(Recorder::default()),
            clock: clock(),
            policy: POLICY,
        };
        assert_eq!(ready(refresh.execute("made up")).unwrap_err().code(), "UNAUTHENTICATED");
    }

    #[test]
    fn who_loses_a_race_for_a_token_gets_what_the_winner_got() {
        let won = Session {
            generation: 4,
            refresh_hash: refresh_token(SESSION, 4).hash,
            previous_hash: Some(refresh_token(SESSION, 3).hash),
            last_used_at: NOW,
            ..session()
        };
        let mut seen = [session(), won].into_iter();
        let mut sessions = MockSessionRepository::new();
        sessions.expect_find().times(2).returning(move |_| Ok(seen.next()));
        expect_advance(&mut sessions, 3, NOW.plus(POLICY.idle), false, 1);
        let Refreshed { answer, heard } = present(refresh_token(SESSION, 3), sessions, None);
        assert_eq!((answer.unwrap(), heard), (signed_in(4), vec![]));
    }

    #[test]
    fn a_race_that_is_always_lost_ends() {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_find().times(TRIES).returning(|_| Ok(Some(session())));
        expect_advance(&mut sessions, 3, NOW.plus(POLICY.idle), false, TRIES);
        let Refreshed { answer, heard } = present(refresh_token(SESSION, 3), sessions, None);
        assert_eq!((answer.unwrap_err().code(), heard), ("UNAUTHENTICATED", vec![]));
    }

    #[test]
    fn a_deleted_account_is_not_signed_in() {
        let mut users = MockUserRepository::new();
        users.expect_find().with(eq(ADA)).times(1).returning(|_| Ok(None));
        let refreshed = present(refresh_token(SESSION, 2), found(Some(session())), Some(users));
        assert_eq!(refreshed.answer.unwrap_err().code(), "UNAUTHENTICATED");
    }
}
