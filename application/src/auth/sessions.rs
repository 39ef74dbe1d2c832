//! A person's sign-ins, seen and ended.

use std::sync::Arc;

use domain::SessionId;
use domain::event::Event;
use domain::repository::SessionRepository;
use domain::session::Session;

use super::AuthError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher};

/// Lists the caller's sessions.
pub struct ListSessions {
    /// Knows them.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ListSessions {
    /// The sessions that hold, latest sign-in first.
    pub async fn execute(&self, caller: &Caller) -> Result<Vec<Session>, AuthError> {
        Ok(self.sessions.list(caller.user_id, self.clock.now()).await?)
    }
}

/// Ends one of the caller's sessions: its tokens are refused and its connections closed at once.
pub struct RevokeSession {
    /// Stores the end.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells it.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl RevokeSession {
    /// Ends the session; `SessionNotFound` if the caller has none of that id, be it somebody else's.
    pub async fn execute(&self, caller: &Caller, id: SessionId) -> Result<(), AuthError> {
        if !self.sessions.revoke(caller.user_id, id, self.clock.now()).await? {
            return Err(AuthError::SessionNotFound);
        }
        let event = Event::SessionsRevoked { user_id: caller.user_id, sessions: vec![id] };
        self.events.publish(caller.caused(event)).await;
        Ok(())
    }
}

/// Ends the session the caller is signed in by.
pub struct Logout {
    /// Ends sessions.
    pub revoke: Arc<RevokeSession>,
}

impl Logout {
    /// Ends it. That somebody else was faster is no failure.
    pub async fn execute(&self, caller: &Caller) -> Result<(), AuthError> {
        match self.revoke.execute(caller, caller.session_id).await {
            Err(AuthError::SessionNotFound) => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::event::Published;
    use domain::repository::{MockSessionRepository, RepositoryError};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{ADA, CALLER, NOW, OTHER_SESSION, Recorder, SESSION, clock, outage, ready, session, shown};

    /// Ends sessions in a store that is asked once for this one, and answers so.
    fn revoke(id: SessionId, answer: Result<bool, RepositoryError>) -> (Arc<RevokeSession>, Arc<Recorder>) {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_revoke().with(eq(ADA), eq(id), eq(NOW)).times(1).return_once(|_, _, _| answer);
        let events = Arc::new(Recorder::default());
        let revoke = RevokeSession { sessions: Arc::new(sessions), events: events.clone(), clock: clock() };
        (Arc::new(revoke), events)
    }

    fn told_end_of(id: SessionId) -> Published {
        CALLER.caused(Event::SessionsRevoked { user_id: ADA, sessions: vec![id] })
    }

    #[test]
    fn a_person_sees_their_own_sessions_that_hold_now() {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_list().with(eq(ADA), eq(NOW)).times(1).returning(|_, _| Ok(vec![session()]));
        let list = ListSessions { sessions: Arc::new(sessions), clock: clock() };
        assert_eq!(ready(list.execute(&CALLER)).unwrap(), [session()]);
    }

    #[test]
    fn ending_a_session_is_told() {
        let (revoke, events) = revoke(OTHER_SESSION, Ok(true));
        ready(revoke.execute(&CALLER, OTHER_SESSION)).unwrap();
        assert_eq!(events.heard(), [told_end_of(OTHER_SESSION)]);
    }

    #[test]
    fn a_session_that_is_not_the_callers_or_has_ended_is_not_found() {
        let (revoke, events) = revoke(OTHER_SESSION, Ok(false));
        let refused = ready(revoke.execute(&CALLER, OTHER_SESSION)).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::NotFound, "SESSION_NOT_FOUND", vec![]));
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn signing_out_ends_the_session_one_is_signed_in_by() {
        let (revoke, events) = revoke(SESSION, Ok(true));
        ready(Logout { revoke }.execute(&CALLER)).unwrap();
        assert_eq!(events.heard(), [told_end_of(SESSION)]);
    }

    #[test]
    fn signing_out_twice_is_no_failure_and_told_once() {
        let (revoke, events) = revoke(SESSION, Ok(false));
        ready(Logout { revoke }.execute(&CALLER)).unwrap();
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn signing_out_fails_when_the_end_is_not_stored() {
        let (revoke, events) = revoke(SESSION, Err(outage()));
        let failed = ready(Logout { revoke }.execute(&CALLER)).unwrap_err();
        assert_eq!((failed.kind(), events.heard()), (ErrorKind::Unavailable, vec![]));
    }
}
