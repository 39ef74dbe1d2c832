//! Conversations and who takes part in them.

mod change;
mod connect;
mod create;
pub(crate) mod events;
mod list;
mod mark_read;
mod missed;
mod sync;

pub use change::ChangeConversation;
pub use connect::Connect;
pub use create::{CreateConversation, Created, NewConversation, OpenDirect};
pub use list::{GetConversation, ListConversations, ListParticipants};
pub use mark_read::{MarkRead, ReadUpTo};
pub use missed::{Missed, ReadMissed};
pub use sync::{Join, ReadChanges};

use domain::conversation::{Participant, Refusal, Standing};
use domain::repository::{Rejected, RepositoryError};
use domain::{ErrorKind, FieldError, Seq};

use crate::error::{Failure, VALIDATION_FAILED};

/// Why something about a conversation fails.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// A rule of conversations.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no message of that id in the conversation.
    #[error("There is no such message in this conversation.")]
    MessageNotFound,
    /// Input that breaks a rule.
    #[error("The input is not valid.")]
    Invalid(FieldError),
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl ConversationError {
    /// Lets in who takes part: the conversation's last place and their part in it. `NotFound` if there is no such
    /// conversation, `NotParticipant` for a stranger.
    pub fn admit(standing: Option<Standing>) -> Result<(Seq, Participant), Refusal> {
        let standing = standing.ok_or(Refusal::NotFound)?;
        Ok((standing.seq, standing.participant.ok_or(Refusal::NotParticipant)?))
    }
}

impl From<Rejected<Refusal>> for ConversationError {
    fn from(rejected: Rejected<Refusal>) -> Self {
        match rejected {
            Rejected::Refused(refusal) => Self::Refused(refusal),
            Rejected::Repository(error) => Self::Repository(error),
        }
    }
}

impl Failure for ConversationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::MessageNotFound => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Repository(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::MessageNotFound => "MESSAGE_NOT_FOUND",
            Self::Invalid(_) => VALIDATION_FAILED,
            Self::Repository(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(field) => std::slice::from_ref(field),
            _ => &[],
        }
    }
}
