//! Profiles, seen and changed.

use std::sync::Arc;

use domain::repository::{UserFilter, UserRepository};
use domain::user::{ProfileChange, User};
use domain::{Page, UserId};

use super::UserError;
use crate::Caller;
use crate::error::taken;
use crate::ports::Clock;

/// Lists everyone who has an account.
pub struct ListUsers {
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
}

impl ListUsers {
    /// A page of them, in the order of their usernames.
    pub async fn execute(&self, filter: UserFilter) -> Result<Page<User>, UserError> {
        Ok(self.users.list(&filter).await?)
    }
}

/// Shows one person.
pub struct GetUser {
    /// Knows them.
    pub users: Arc<dyn UserRepository>,
}

impl GetUser {
    /// The person of that id; `NotFound` if there is none, or no longer.
    pub async fn execute(&self, id: UserId) -> Result<User, UserError> {
        self.users.find(id).await?.ok_or(UserError::NotFound)
    }
}

/// Changes the caller's profile.
pub struct ChangeProfile {
    /// Stores it.
    pub users: Arc<dyn UserRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeProfile {
    /// The profile after the change; `UsernameTaken` or `EmailTaken` if it cannot be.
    pub async fn execute(&self, caller: &Caller, change: ProfileChange) -> Result<User, UserError> {
        let changed = self.users.change(caller.user_id, change, self.clock.now()).await;
        changed
            .map_err(|error| taken(error, UserError::UsernameTaken, UserError::EmailTaken))?
            .ok_or(UserError::Unauthenticated)
    }
}
