//! The ports that are no repository: what use cases need of the world.
//!
//! A port says the need; the adapter in `infrastructure` adds the technology to its name.

mod presence;

pub use presence::{Departure, PresenceChange, PresenceSource, PresenceTracker, TypingSource, TypingTracker};
#[cfg(feature = "mock")]
pub use presence::{MockPresenceTracker, MockTypingTracker};

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::event::Published;
use domain::session::TokenHash;
use domain::value::{Password, PasswordHash};
use domain::{ConversationId, MessageId, SessionId, Timestamp, UserId};

/// The wall clock.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Makes ids, which rise with time (UUID version 7), and suffixes.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// An id for a person.
    fn user(&self) -> UserId;
    /// An id for a session.
    fn session(&self) -> SessionId;
    /// An id for a conversation.
    fn conversation(&self) -> ConversationId;
    /// An id for a message whose client chose none.
    fn message(&self) -> MessageId;
    /// A number of 122 random bits, which nobody can guess.
    fn secret(&self) -> u128;
    /// Six random characters of `a-z0-9`, to tell a name from another.
    fn suffix(&self) -> String;
}

/// Why a password was not hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// Too many are waiting already; hashing is bounded, so that sign-ins cannot starve everything else.
    #[error("too many passwords are being checked")]
    Busy,
    /// The password is among the first that anybody would guess.
    #[error("the password is a common one")]
    Common,
    /// A fault, such as a stored hash that is none.
    #[error("hashing failed: {0}")]
    Fault(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hashes passwords, away from the threads that serve sockets.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a new password; `Common` where such are refused.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError>;

    /// Whether the password is the one behind the hash. With no hash the answer is no, after the same work: nobody
    /// learns from the time it takes whether an account exists.
    async fn verify(&self, password: &Password, hash: Option<PasswordHash>) -> Result<bool, HashingError>;
}

/// A signed access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token as the client presents it.
    pub token: String,
    /// How long it holds.
    pub expires_in: Duration,
}

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Who signed in.
    pub user_id: UserId,
    /// By which session.
    pub session_id: SessionId,
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is none of ours, or not meant for this.
    #[error("the token is not valid")]
    Invalid,
}

/// Issues and checks access tokens.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// A token for a session, good from `now` on.
    fn issue(&self, claims: Claims, now: Timestamp) -> AccessToken;

    /// What a token says, if it is one of ours and holds at `now`.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError>;
}

/// A refresh token in the clear, with what is stored of it.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// What the client gets.
    pub token: String,
    /// What is stored.
    pub hash: TokenHash,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// Makes refresh tokens. They are opaque to clients.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait RefreshTokens: Send + Sync {
    /// The token of a session's generation: at least 128 bits that nobody without the secret can guess, and always
    /// the same, so that a lost reply can be given again.
    fn derive(&self, session: SessionId, generation: i64) -> RefreshToken;

    /// The session that a presented token names, with the token's hash; `None` unless it is authentic, that is, was
    /// once derived for that session: a made-up token must not end somebody's session as a reused one would.
    fn parse(&self, presented: &str) -> Option<(SessionId, TokenHash)>;
}

/// Tells others what has happened. Publishing never fails: a bus that is down loses events, and the hub finds the
/// gap in the repository.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventPublisher: Send + Sync {
    /// Publishes an event whose change is stored. May wait while listeners are behind.
    async fn publish(&self, event: Published) {
        self.publish_all(vec![event]).await;
    }

    /// Publishes events in this order, whose changes were stored together.
    async fn publish_all(&self, events: Vec<Published>);
}

/// Events that were published together.
pub type Publication = Arc<[Arc<Published>]>;

/// Hears what has happened, here and on other nodes.
#[async_trait]
pub trait EventSource: Send {
    /// The next events, in their order; `None` once the bus is closed. Events may come late, twice, or not at all.
    async fn next(&mut self) -> Option<Publication>;
}

/// Whether the things the service stands on are there.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait HealthCheck: Send + Sync {
    /// The name of the dependency, such as `database`.
    fn name(&self) -> &'static str;

    /// Whether it answers.
    async fn check(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_does_not_print() {
        let token = RefreshToken { token: "secret".into(), hash: TokenHash(vec![7]) };
        assert_eq!(format!("{token:?}"), "RefreshToken(…)");
    }
}
