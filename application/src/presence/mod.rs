//! Who is there, and who types.
//!
//! What a connection does is noted at once and fails never; what follows from it is told by
//! [`AnnouncePresence`] and [`AnnounceTyping`], which the service runs beside the requests.

mod announce;
mod connection;
mod online;
mod stop;
mod typing;

pub use announce::{AnnouncePresence, AnnounceTyping};
pub use connection::{Connected, Disconnected, SetStatus};
pub use online::{ListOnline, ShowUser};
pub use stop::LeaveAll;
pub use typing::{FollowTyping, Look, StartTyping, StopTyping};

use domain::ErrorKind;
use domain::conversation::Refusal;
use domain::repository::RepositoryError;

use crate::error::Failure;

/// Why somebody cannot type.
#[derive(Debug, thiserror::Error)]
pub enum TypingError {
    /// They do not take part in the conversation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Their connection does not look at it.
    #[error("Join the conversation before you type in it.")]
    NotJoined,
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Failure for TypingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::NotJoined => ErrorKind::Conflict,
            Self::Repository(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotJoined => "NOT_JOINED",
            Self::Repository(error) => error.code(),
        }
    }
}
