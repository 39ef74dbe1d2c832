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
use domain::value::MessageBody;
use domain::{ErrorKind, FieldError};

use crate::conversations::ConversationError;
use crate::error::{Failure, VALIDATION_FAILED};

/// Why something about a message fails.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// A rule of messages.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The text is longer than is allowed here.
    #[error("The input is not valid.")]
    TooLong(Vec<FieldError>),
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
            Self::TooLong(_) => ErrorKind::Invalid,
            Self::Conversation(error) => error.kind(),
            Self::Repository(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::TooLong(_) => VALIDATION_FAILED,
            Self::Conversation(error) => error.code(),
            Self::Repository(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::TooLong(fields) => fields,
            Self::Conversation(error) => error.fields(),
            Self::Refused(_) | Self::Repository(_) => &[],
        }
    }
}

/// Refuses a text of more than `most` characters.
fn check_length(body: &MessageBody, most: usize) -> Result<(), MessageError> {
    // A text has at least as many bytes as characters.
    let fits = body.as_str().len() <= most || body.as_str().chars().nth(most).is_none();
    let fault = || FieldError::new("content", format!("must be at most {most} characters"));
    if fits { Ok(()) } else { Err(MessageError::TooLong(vec![fault()])) }
}
