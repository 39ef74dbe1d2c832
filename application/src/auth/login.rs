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
        self.sessions.insert(&session).await?;
        let access = self.access.issue(Claims { user_id: user.id, session_id: id }, now);
        Ok(SignedIn { access, refresh_token: refresh.token, user })
    }
}
