//! Messages.

mod history;
mod revise;
mod send;

pub use history::{Around, HistoryPage, ReadHistory};
pub use revise::ReviseMessage;
pub use send::{NewMessage, SendMessage, Sent};

use domain::ErrorKind;
use domain::message::Refusal;
use domain::repository::{Rejected, RepositoryError};

use crate::error::Failure;

/// Why something about a message fails.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// A rule of messages.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl From<Rejected<Refusal>> for MessageError {
    fn from(rejected: Rejected<Refusal>) -> Self {
        match rejected {
            Rejected::Refused(refusal) => Self::Refused(refusal),
            Rejected::Repository(error) => Self::Repository(error),
        }
    }
}

impl Failure for MessageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Repository(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Repository(error) => error.code(),
        }
    }
}
