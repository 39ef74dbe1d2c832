use async_trait::async_trait;

use super::RepositoryError;
use crate::session::{Session, TokenHash};
use crate::value::PasswordHash;
use crate::{SessionId, Timestamp, UserId};

/// Sign-ins.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Stores a new session of who has shown the password behind `password`. `false`, and nothing is stored, if the
    /// account is gone or has another password by now: a sign-in that races with either must not outlive it.
    async fn insert(&self, session: &Session, password: &PasswordHash) -> Result<bool, RepositoryError>;

    /// The session of that id, over or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, RepositoryError>;

    /// The session of that id as it was a moment ago at most, and after whatever was done to it here. It is asked for
    /// with every call.
    async fn recall(&self, id: SessionId) -> Result<Option<Session>, RepositoryError> {
        self.find(id).await
    }

    /// A person's sessions that hold at `now`, latest sign-in first.
    async fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, RepositoryError>;

    /// Goes on from generation `from` to the next: `next` becomes the present token, the present one the previous,
    /// `at` the last use. `false` if the session is no longer at `from` or is revoked: somebody was faster.
    async fn advance(
        &self,
        id: SessionId,
        from: i64,
        next: &TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, RepositoryError>;

    /// Ends a session of that person; `false` if they have none of that id that is not ended yet.
    async fn revoke(&self, user_id: UserId, id: SessionId, at: Timestamp) -> Result<bool, RepositoryError>;

    /// Ends all sessions of a person but `except`, and answers which those were.
    async fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
    ) -> Result<Vec<SessionId>, RepositoryError>;
}
