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
        let hash = self.hasher.hash(&change.new).await?;
        let now = self.clock.now();
        self.users.set_password(user.id, &hash, now).await?;
        let sessions = self.sessions.revoke_all(user.id, Some(caller.session_id), now).await?;
        if !sessions.is_empty() {
            self.events.publish(caller.caused(Event::SessionsRevoked { user_id: user.id, sessions })).await;
        }
        Ok(())
    }
}
