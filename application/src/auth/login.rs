//! Signing in.

use std::sync::Arc;

use domain::repository::{SessionRepository, UserRepository};
use domain::session::{Session, SessionPolicy};
use domain::value::Password;

use super::{AuthError, SignedIn};
use crate::ports::{AccessTokens, Claims, Clock, IdGenerator, PasswordHasher, RefreshTokens};

/// Somebody says who they are.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// The username or e-mail.
    pub login: domain::value::Login,
    /// The password.
    pub password: Password,
    /// What the client calls itself, for the list of sessions.
    pub device: Option<String>,
}

/// Opens a session for who knows the password.
pub struct Login {
    /// Knows the account.
    pub users: Arc<dyn UserRepository>,
    /// Stores the session.
    pub sessions: Arc<dyn SessionRepository>,
    /// Checks the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Issues the access token.
    pub access: Arc<dyn AccessTokens>,
    /// Makes the refresh token.
    pub refresh: Arc<dyn RefreshTokens>,
    /// Names the session.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long the session lives.
    pub policy: SessionPolicy,
}

impl Login {
    /// Opens the session; `InvalidCredentials`, after the same work, whether the account or the password is wrong.
    pub async fn execute(&self, attempt: LoginAttempt) -> Result<SignedIn, AuthError> {
        let user = self.users.find_by_login(&attempt.login).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let known = self.hasher.verify(&attempt.password, hash).await?;
        let Some(user) = user.filter(|_| known) else { return Err(AuthError::InvalidCredentials) };

        let now = self.clock.now();
        let id = self.ids.session();
        let refresh = self.refresh.derive(id, 0);
        let session = Session {
            id,
            user_id: user.id,
            device: attempt.device,
            created_at: now,
            last_used_at: now,
            expires_at: Session::expiry(&self.policy, now, now),
            generation: 0,
            refresh_hash: refresh.hash,
            previous_hash: None,
            revoked_at: None,
        };
        if !self.sessions.insert(&session, &user.password_hash).await? {
            return Err(AuthError::InvalidCredentials);
        }
        let access = self.access.issue(Claims { user_id: user.id, session_id: id }, now);
        Ok(SignedIn { access, refresh_token: refresh.token, user })
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::repository::{MockSessionRepository, MockUserRepository};
    use domain::user::User;
    use domain::value::{Email, PasswordHash, Username};
    use mockall::predicate::{eq, function};

    use super::*;
    use crate::Failure;
    use crate::ports::{HashingError, MockIdGenerator, MockPasswordHasher};
    use crate::testing::{
        ADA, NOW, OTHER_SESSION, POLICY, access_token, access_tokens, ada, clock, hasher_that_answers, outage,
        password, ready, refresh_token, refresh_tokens, shown,
    };

    fn by_username() -> domain::value::Login {
        domain::value::Login::Username(Username::parse("ada").unwrap())
    }

    /// A store that is asked once for that account, and answers so.
    fn users(login: domain::value::Login, found: Option<User>) -> MockUserRepository {
        let mut users = MockUserRepository::new();
        users.expect_find_by_login().with(eq(login)).times(1).return_once(|_| Ok(found));
        users
    }

    /// A store that must take this one session.
    fn sessions(expected: Session) -> MockSessionRepository {
        let mut sessions = MockSessionRepository::new();
        let shown = |hash: &PasswordHash| *hash == ada().password_hash;
        sessions.expect_insert().with(eq(expected), function(shown)).times(1).returning(|_, _| Ok(true));
        sessions
    }

    fn login(users: MockUserRepository, sessions: MockSessionRepository, hasher: MockPasswordHasher) -> Login {
        let mut ids = MockIdGenerator::new();
        ids.expect_session().return_const(OTHER_SESSION);
        Login {
            users: Arc::new(users),
            sessions: Arc::new(sessions),
            hasher: Arc::new(hasher),
            access: access_tokens(),
            refresh: refresh_tokens(refresh_token(OTHER_SESSION, 0)),
            ids: Arc::new(ids),
            clock: clock(),
            policy: POLICY,
        }
    }

    fn attempt(login: domain::value::Login) -> LoginAttempt {
        LoginAttempt { login, password: password("correct horse"), device: Some("Firefox".into()) }
    }

    fn opened() -> Session {
        Session {
            id: OTHER_SESSION,
            user_id: ADA,
            device: Some("Firefox".into()),
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW.plus(POLICY.idle),
            generation: 0,
            refresh_hash: refresh_token(OTHER_SESSION, 0).hash,
            previous_hash: None,
            revoked_at: None,
        }
    }

    #[test]
    fn the_right_password_opens_a_session_that_is_stored_with_the_hash_of_its_token() {
        let email = domain::value::Login::Email(Email::parse("ada@example.org").unwrap());
        for by in [by_username(), email] {
            let hasher = hasher_that_answers(true, "correct horse", Some("hash of ada"));
            let login = login(users(by.clone(), Some(ada())), sessions(opened()), hasher);
            let signed_in = ready(login.execute(attempt(by))).unwrap();
            let held = SignedIn {
                access: access_token(ADA, OTHER_SESSION),
                refresh_token: refresh_token(OTHER_SESSION, 0).token,
                user: ada(),
            };
            assert_eq!(signed_in, held);
        }
    }

    #[test]
    fn a_wrong_password_opens_nothing() {
        let hasher = hasher_that_answers(false, "correct horse", Some("hash of ada"));
        let login = login(users(by_username(), Some(ada())), MockSessionRepository::new(), hasher);
        let refused = ready(login.execute(attempt(by_username()))).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Unauthenticated, "INVALID_CREDENTIALS", vec![]));
    }

    #[test]
    fn an_unknown_account_costs_a_comparison_and_is_answered_like_a_wrong_password() {
        // Even if that comparison, with nothing, said yes.
        for known in [false, true] {
            let hasher = hasher_that_answers(known, "correct horse", None);
            let login = login(users(by_username(), None), MockSessionRepository::new(), hasher);
            let refused = ready(login.execute(attempt(by_username()))).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Unauthenticated, "INVALID_CREDENTIALS", vec![]));
        }
    }

    #[test]
    fn a_busy_hasher_is_no_wrong_password() {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_verify().times(1).returning(|_, _| Err(HashingError::Busy));
        let login = login(users(by_username(), Some(ada())), MockSessionRepository::new(), hasher);
        assert_eq!(ready(login.execute(attempt(by_username()))).unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn a_password_that_was_changed_meanwhile_opens_no_session() {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_insert().times(1).returning(|_, _| Ok(false));
        let hasher = hasher_that_answers(true, "correct horse", Some("hash of ada"));
        let login = login(users(by_username(), Some(ada())), sessions, hasher);
        let refused = ready(login.execute(attempt(by_username()))).unwrap_err();
        assert_eq!(refused.code(), "INVALID_CREDENTIALS");
    }

    #[test]
    fn a_session_that_is_not_stored_is_not_handed_out() {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_insert().times(1).returning(|_, _| Err(outage()));
        let hasher = hasher_that_answers(true, "correct horse", Some("hash of ada"));
        let login = login(users(by_username(), Some(ada())), sessions, hasher);
        assert_eq!(ready(login.execute(attempt(by_username()))).unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
