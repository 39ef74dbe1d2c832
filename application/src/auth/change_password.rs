//! Another password.

use std::sync::Arc;

use domain::event::Event;
use domain::repository::{SessionRepository, UserRepository};
use domain::value::Password;

use super::AuthError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher, PasswordHasher};

/// What it takes to change a password.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present one, to show that it is not just an open laptop.
    pub current: Password,
    /// The next one.
    pub new: Password,
}

/// Changes the caller's password and ends all their other sessions.
pub struct ChangePassword {
    /// Stores the password.
    pub users: Arc<dyn UserRepository>,
    /// Ends the sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// Checks the one and hashes the other.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Tells the end of the sessions.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ChangePassword {
    /// Changes it; `WrongPassword` if the present one is not that.
    pub async fn execute(&self, caller: &Caller, change: PasswordChange) -> Result<(), AuthError> {
        let user = self.users.find(caller.user_id).await?.ok_or(AuthError::Unauthenticated)?;
        if !self.hasher.verify(&change.current, Some(user.password_hash)).await? {
            return Err(AuthError::WrongPassword);
        }
        let hash = self.hasher.hash(&change.new).await.map_err(AuthError::choosing("newPassword"))?;
        let now = self.clock.now();
        self.users.set_password(user.id, &hash, now).await?;
        let sessions = self.sessions.revoke_all(user.id, Some(caller.session_id), now).await?;
        if !sessions.is_empty() {
            self.events.publish(caller.caused(Event::SessionsRevoked { user_id: user.id, sessions })).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::{MockSessionRepository, MockUserRepository};
    use domain::{ErrorKind, SessionId};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::ports::{HashingError, MockPasswordHasher};
    use crate::testing::{
        ADA, CALLER, NOW, OTHER_SESSION, Recorder, SESSION, ada, clock, hash, hasher_that_answers, outage, password,
        ready, shown,
    };

    fn change(
        users: MockUserRepository,
        sessions: MockSessionRepository,
        hasher: MockPasswordHasher,
    ) -> (Result<(), AuthError>, Arc<Recorder>) {
        let events = Arc::new(Recorder::default());
        let change = ChangePassword {
            users: Arc::new(users),
            sessions: Arc::new(sessions),
            hasher: Arc::new(hasher),
            events: events.clone(),
            clock: clock(),
        };
        let passwords = PasswordChange { current: password("old password"), new: password("new password") };
        (ready(change.execute(&CALLER, passwords)), events)
    }

    fn users_with_ada() -> MockUserRepository {
        let mut users = MockUserRepository::new();
        users.expect_find().with(eq(ADA)).times(1).returning(|_| Ok(Some(ada())));
        users
    }

    fn expect_new_password(users: &mut MockUserRepository, hasher: &mut MockPasswordHasher) {
        let new_hash = || hash("hash of new password");
        hasher
            .expect_hash()
            .withf(|password| password.expose() == "new password")
            .times(1)
            .returning(move |_| Ok(new_hash()));
        users.expect_set_password().with(eq(ADA), eq(new_hash()), eq(NOW)).times(1).returning(|_, _, _| Ok(()));
    }

    /// A store where so many other sessions end.
    fn sessions_that_end(ended: Vec<SessionId>) -> MockSessionRepository {
        let mut sessions = MockSessionRepository::new();
        sessions
            .expect_revoke_all()
            .with(eq(ADA), eq(Some(SESSION)), eq(NOW))
            .times(1)
            .return_once(|_, _, _| Ok(ended));
        sessions
    }

    #[test]
    fn another_password_is_stored_hashed_and_the_other_sessions_end() {
        for (ended, heard) in [
            (
                vec![OTHER_SESSION],
                vec![CALLER.caused(Event::SessionsRevoked { user_id: ADA, sessions: vec![OTHER_SESSION] })],
            ),
            (vec![], vec![]),
        ] {
            let (mut users, mut hasher) =
                (users_with_ada(), hasher_that_answers(true, "old password", Some("hash of ada")));
            expect_new_password(&mut users, &mut hasher);
            let (answer, events) = change(users, sessions_that_end(ended), hasher);
            answer.unwrap();
            assert_eq!(events.heard(), heard);
        }
    }

    #[test]
    fn a_wrong_password_changes_nothing() {
        let hasher = hasher_that_answers(false, "old password", Some("hash of ada"));
        let (answer, events) = change(users_with_ada(), MockSessionRepository::new(), hasher);
        assert_eq!(shown(&answer.unwrap_err()), (ErrorKind::Forbidden, "WRONG_PASSWORD", vec![]));
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn who_has_no_account_any_more_is_not_signed_in() {
        let mut users = MockUserRepository::new();
        users.expect_find().times(1).returning(|_| Ok(None));
        let (answer, _) = change(users, MockSessionRepository::new(), MockPasswordHasher::new());
        assert_eq!(answer.unwrap_err().code(), "UNAUTHENTICATED");
    }

    #[test]
    fn a_common_password_is_refused_where_it_stands() {
        let mut hasher = hasher_that_answers(true, "old password", Some("hash of ada"));
        hasher.expect_hash().times(1).returning(|_| Err(HashingError::Common));
        let (answer, events) = change(users_with_ada(), MockSessionRepository::new(), hasher);
        assert_eq!(shown(&answer.unwrap_err()), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["newPassword"]));
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn nothing_is_stored_when_the_hasher_is_busy() {
        let mut hasher = hasher_that_answers(true, "old password", Some("hash of ada"));
        hasher.expect_hash().times(1).returning(|_| Err(HashingError::Busy));
        let (answer, _) = change(users_with_ada(), MockSessionRepository::new(), hasher);
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn no_session_ends_when_the_password_is_not_stored() {
        let mut users = users_with_ada();
        users.expect_set_password().times(1).returning(|_, _, _| Err(outage()));
        let mut hasher = hasher_that_answers(true, "old password", Some("hash of ada"));
        hasher.expect_hash().times(1).returning(|_| Ok(hash("hash of new password")));
        let (answer, events) = change(users, MockSessionRepository::new(), hasher);
        assert_eq!((answer.unwrap_err().kind(), events.heard()), (ErrorKind::Unavailable, vec![]));
    }
}
