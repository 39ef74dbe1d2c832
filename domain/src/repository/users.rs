use async_trait::async_trait;

use super::RepositoryError;
use crate::user::{ProfileChange, User};
use crate::value::{Login, PasswordHash, Username};
use crate::{Limit, Page, Timestamp, UserId};

/// Which people to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Those whose username or shown name contains this, without case. It is plain text: no character is special.
    pub search: Option<String>,
    /// Those after this username.
    pub after: Option<Username>,
    /// At most so many.
    pub limit: Limit,
}

/// Accounts. Deleted ones are never found.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// Stores a new account; `Conflict(Username)` or `Conflict(Email)` if taken, also under a race.
    async fn insert(&self, user: &User) -> Result<(), RepositoryError>;

    /// The account of that id.
    async fn find(&self, id: UserId) -> Result<Option<User>, RepositoryError>;

    /// Those of these accounts that there are, in no particular order; at most as many as a page has are asked for.
    async fn find_all(&self, ids: &[UserId]) -> Result<Vec<User>, RepositoryError>;

    /// The account with that username or e-mail.
    async fn find_by_login(&self, login: &Login) -> Result<Option<User>, RepositoryError>;

    /// Accounts in the order of their usernames (by byte).
    async fn list(&self, filter: &UserFilter) -> Result<Page<User>, RepositoryError>;

    /// Changes a profile and answers what it is now; `Conflict` if username or e-mail is taken.
    async fn change(&self, id: UserId, change: ProfileChange, at: Timestamp) -> Result<Option<User>, RepositoryError>;

    /// Stores another password.
    async fn set_password(&self, id: UserId, hash: &PasswordHash, at: Timestamp) -> Result<(), RepositoryError>;

    /// Notes when people were last seen. A moment before the one that is stored changes nothing.
    async fn set_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<(), RepositoryError>;

    /// When a person was last seen, if that was noted.
    async fn last_seen(&self, id: UserId) -> Result<Option<Timestamp>, RepositoryError>;

    /// Deletes the account: username and e-mail become free, the profile becomes
    /// [`Profile::deleted`](crate::user::Profile::deleted), all sessions are gone. From then on nobody can add them anywhere.
    async fn erase(&self, id: UserId, at: Timestamp) -> Result<(), RepositoryError>;
}
