//! Who is calling?

use std::sync::Arc;

use domain::repository::SessionRepository;
use domain::session::Session;

use super::AuthError;
use crate::Caller;
use crate::ports::{AccessTokens, Clock, TokenError};

/// Tells who presents an access token. The session behind it must still hold: a token outlives its session nowhere.
pub struct Authenticate {
    /// Checks the token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Knows whether the session holds.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Authenticate {
    /// The caller behind `token`; `Unauthenticated` or `TokenExpired` if there is none.
    pub async fn execute(&self, token: &str) -> Result<Caller, AuthError> {
        let claims = self.tokens.verify(token, self.clock.now()).map_err(|error| match error {
            TokenError::Expired => AuthError::TokenExpired,
            TokenError::Invalid => AuthError::Unauthenticated,
        })?;
        let caller = Caller { user_id: claims.user_id, session_id: claims.session_id, origin: None };
        self.check(&caller, self.sessions.recall(caller.session_id).await?.as_ref())?;
        Ok(caller)
    }

    /// Whether the caller's session still holds. Asked again once a connection can be reached by a revocation, so
    /// that none slips through between the check and the registration.
    pub async fn recheck(&self, caller: &Caller) -> Result<(), AuthError> {
        self.check(caller, self.sessions.find(caller.session_id).await?.as_ref())
    }

    fn check(&self, caller: &Caller, session: Option<&Session>) -> Result<(), AuthError> {
        let holds = |session: &Session| session.user_id == caller.user_id && session.is_active(self.clock.now());
        if session.is_some_and(holds) { Ok(()) } else { Err(AuthError::Unauthenticated) }
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::repository::MockSessionRepository;
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::ports::{Claims, MockAccessTokens};
    use crate::testing::{ADA, BOB, CALLER, NOW, SESSION, clock, outage, ready, session, shown};

    /// Checks a token that says this.
    fn authenticate(says: Result<Claims, TokenError>, sessions: MockSessionRepository) -> Result<Caller, AuthError> {
        let mut tokens = MockAccessTokens::new();
        tokens.expect_verify().with(eq("token"), eq(NOW)).times(1).return_once(move |_, _| says);
        let authenticate = Authenticate { tokens: Arc::new(tokens), sessions: Arc::new(sessions), clock: clock() };
        ready(authenticate.execute("token"))
    }

    fn found(session: Option<Session>) -> MockSessionRepository {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_recall().with(eq(SESSION)).times(1).return_once(|_| Ok(session));
        sessions
    }

    const ADAS: Claims = Claims { user_id: ADA, session_id: SESSION };

    #[test]
    fn a_token_of_a_session_that_holds_names_the_caller() {
        let caller = authenticate(Ok(ADAS), found(Some(session()))).unwrap();
        assert_eq!(caller, Caller { user_id: ADA, session_id: SESSION, origin: None });
    }

    #[test]
    fn a_token_that_does_not_hold_is_refused_before_its_session_is_looked_up() {
        for (error, code) in [(TokenError::Expired, "TOKEN_EXPIRED"), (TokenError::Invalid, "UNAUTHENTICATED")] {
            let refused = authenticate(Err(error), MockSessionRepository::new()).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Unauthenticated, code, vec![]));
        }
    }

    #[test]
    fn a_token_does_not_outlive_its_session() {
        let revoked = Session { revoked_at: Some(NOW), ..session() };
        let expired = Session { expires_at: NOW, ..session() };
        let somebody_elses = Session { user_id: BOB, ..session() };
        for session in [None, Some(revoked), Some(expired), Some(somebody_elses)] {
            let refused = authenticate(Ok(ADAS), found(session.clone())).unwrap_err();
            assert_eq!(refused.code(), "UNAUTHENTICATED", "{session:?}");
        }
    }

    #[test]
    fn a_session_that_cannot_be_looked_up_is_not_taken_for_ended() {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_recall().times(1).returning(|_| Err(outage()));
        assert_eq!(authenticate(Ok(ADAS), sessions).unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn a_caller_is_checked_again_without_the_token() {
        for (session, holds) in [(Some(session()), true), (None, false)] {
            let mut sessions = MockSessionRepository::new();
            sessions.expect_find().with(eq(SESSION)).times(1).return_once(|_| Ok(session));
            let authenticate = Authenticate {
                tokens: Arc::new(MockAccessTokens::new()),
                sessions: Arc::new(sessions),
                clock: clock(),
            };
            assert_eq!(ready(authenticate.recheck(&CALLER)).is_ok(), holds);
        }
    }
}
