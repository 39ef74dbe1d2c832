//! Messages.

mod history;
mod revise;
mod said;
mod send;
mod send_direct;

pub use history::{Around, HistoryPage, ReadHistory};
pub use revise::ReviseMessage;
pub use said::{ReadLatest, ReadSaid};
pub use send::{NewMessage, SendMessage, Sent};
pub use send_direct::{DirectMessage, SendDirect};

use domain::message::Refusal;
use domain::repository::{Rejected, RepositoryError};
use domain::{ErrorKind, FieldError};

use crate::conversations::ConversationError;
use crate::error::Failure;

/// Why something about a message fails.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// A rule of messages.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The direct conversation that it would be said in cannot be opened.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
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
            Self::Conversation(error) => error.kind(),
            Self::Repository(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Conversation(error) => error.code(),
            Self::Repository(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Conversation(error) => error.fields(),
            Self::Refused(_) | Self::Repository(_) => &[],
        }
    }
}
