//! What clients ask for over a connection, and what they are answered, whatever the dialect.

use application::Failure;
use application::conversations::ReadUpTo;
use application::messages::NewMessage;
use domain::conversation::ChangePage;
use domain::message::MessageView;
use domain::value::MessageBody;
use domain::{ConversationId, ErrorKind, FieldError, MessageId, Seq};

/// What a client asks for. Its input is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientCommand {
    /// Look at a conversation.
    Join(ConversationId),
    /// Look away.
    Leave(ConversationId),
    /// Say something.
    Send(NewMessage),
    /// Say it otherwise.
    Edit(ConversationId, MessageId, MessageBody),
    /// Take it back.
    Delete(ConversationId, MessageId),
    /// Read on.
    Read(ConversationId, ReadUpTo),
    /// Catch up in several conversations at once.
    Sync(Vec<(ConversationId, Seq)>),
}

/// What a client is answered.
#[derive(Debug)]
pub enum Reply {
    /// It looks at the conversation, which has come that far.
    Joined(Seq),
    /// It is done, and there is nothing to show.
    Done,
    /// The message as it is now.
    Message(Box<MessageView>),
    /// The read position as it is now.
    Read(domain::conversation::ReadState),
    /// What was missed, conversation by conversation.
    Synced(Vec<(ConversationId, Result<ChangePage, CommandError>)>),
}

/// Why a command fails: what every door says of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// The stable code.
    pub code: &'static str,
    /// What it means, for people.
    pub message: String,
    /// The fields at fault.
    pub fields: Vec<FieldError>,
}

impl CommandError {
    /// Input that breaks a rule, field by field.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { code: "VALIDATION_FAILED", message: "The input is not valid.".into(), fields }
    }

    /// What a client may know of a failure. The cause of a fault goes to the log, here and only here.
    pub fn from_failure(failure: &impl Failure) -> Self {
        let message = match failure.kind() {
            ErrorKind::Internal => {
                tracing::error!(error = %failure, "a command failed");
                "Something went wrong on our side.".into()
            }
            ErrorKind::Unavailable => {
                tracing::warn!(error = %failure, "a dependency does not answer");
                "The service cannot do that right now; try again.".into()
            }
            _ => failure.to_string(),
        };
        Self { code: failure.code(), message, fields: failure.fields().to_vec() }
    }
}
