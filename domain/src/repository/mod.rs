//! The traits behind which the databases live: one per aggregate, each method one transaction.
//!
//! - Look-ups return `Ok(None)`; what a missing thing means is for the use case to say.
//! - Methods that decide something inside their transaction call the entities' rules, and answer a broken rule as
//!   [`Rejected::Refused`].
//! - A commit that was answered `Ok` survives the crash of the process.

mod conversations;
mod messages;
mod sessions;
mod users;

pub use conversations::{ActivityCursor, Changed, ConversationReader, ConversationRepository, Founded};
pub use messages::{Appended, HistoryRange, HistoryVersion, MessageRepository, Revised};
pub use sessions::SessionRepository;
pub use users::{UserFilter, UserRepository};

#[cfg(feature = "mock")]
pub use {
    conversations::{MockConversationReader, MockConversationRepository},
    messages::MockMessageRepository,
    sessions::MockSessionRepository,
    users::MockUserRepository,
};

/// What a database does not do, and why.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// A uniqueness rule was broken.
    #[error("the {0:?} is taken")]
    Conflict(Constraint),
    /// The database does not answer, or not in time; later it may.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] Source),
    /// Anything else, which is a fault.
    #[error("the database failed: {0}")]
    Backend(#[source] Source),
}

/// The cause of a failure, for the log alone.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// The uniqueness rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// One account per username.
    Username,
    /// One account per e-mail.
    Email,
    /// One message per id.
    MessageId,
    /// One direct conversation per pair.
    DirectPair,
    /// One row per key of any other kind: an id that is not new.
    Other,
}

/// Why a repository did not do what a command asked.
#[derive(Debug, thiserror::Error)]
pub enum Rejected<R> {
    /// A rule was broken.
    #[error("refused: {0}")]
    Refused(R),
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
