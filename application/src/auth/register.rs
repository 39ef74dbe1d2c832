//! Signing up.

use std::sync::Arc;

use domain::repository::{Constraint, RepositoryError, UserRepository};
use domain::user::User;
use domain::value::{AvatarUrl, DisplayName, Email, Password, Username};
use domain::{FieldError, Timestamp};

use super::AuthError;
use crate::error::taken;
use crate::ports::{Clock, IdGenerator, PasswordHasher};

/// How often another suffix is tried for a username that is made up.
const SUFFIX_TRIES: usize = 5;

/// What somebody tells of themselves who signs up.
#[derive(Debug, Clone)]
pub struct Registration {
    /// A name to sign in by; made from the e-mail when absent.
    pub username: Option<Username>,
    /// An address to sign in by.
    pub email: Option<Email>,
    /// A name to be shown by; the username when absent.
    pub name: Option<DisplayName>,
    /// The password.
    pub password: Password,
    /// A picture.
    pub avatar: Option<AvatarUrl>,
}

/// Makes an account.
pub struct Register {
    /// Stores it.
    pub users: Arc<dyn UserRepository>,
    /// Hashes its password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Names it.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Register {
    /// Makes the account; `UsernameTaken` or `EmailTaken` if it cannot be.
    pub async fn execute(&self, registration: Registration) -> Result<User, AuthError> {
        let Registration { username, email, name, password, avatar } = registration;
        let (mut username, derived_from) = match (username, &email) {
            (Some(username), _) => (username, None),
            (None, Some(email)) => (Username::derive(email, None), Some(email.clone())),
            (None, None) => return Err(AuthError::Invalid(FieldError::new("username", "or email must be given"))),
        };
        let password_hash = self.hasher.hash(&password).await?;
        let mut tries = 0;
        loop {
            let at = self.clock.now();
            let user = self.user(username, email.clone(), name.clone(), password_hash.clone(), avatar.clone(), at)?;
            match (self.users.insert(&user).await, &derived_from) {
                (Ok(()), _) => return Ok(user),
                (Err(RepositoryError::Conflict(Constraint::Username)), Some(email)) if tries < SUFFIX_TRIES => {
                    tries += 1;
                    username = Username::derive(email, Some(&self.ids.suffix()));
                }
                (Err(error), _) => return Err(taken(error, AuthError::UsernameTaken, AuthError::EmailTaken)),
            }
        }
    }

    fn user(
        &self,
        username: Username,
        email: Option<Email>,
        name: Option<DisplayName>,
        password_hash: domain::value::PasswordHash,
        avatar: Option<AvatarUrl>,
        at: Timestamp,
    ) -> Result<User, AuthError> {
        let name = match name {
            Some(name) => name,
            None => DisplayName::parse(username.as_str()).map_err(|e| AuthError::Invalid(e.of("name")))?,
        };
        Ok(User { id: self.ids.user(), username, email, name, avatar, password_hash, created_at: at, updated_at: at })
    }
}
