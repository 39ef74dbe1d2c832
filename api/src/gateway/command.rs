//! What clients ask for over a connection, and what they are answered, whatever the dialect.

use application::conversations::ReadUpTo;
use application::messages::NewMessage;
use domain::conversation::ChangePage;
use domain::message::MessageView;
use domain::presence::Status;
use domain::value::MessageBody;
use domain::{ConversationId, MessageId, Seq};

use crate::Problem;

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
    /// Begin to type, or go on.
    StartTyping(ConversationId),
    /// Type no more.
    StopTyping(ConversationId),
    /// Say how they are.
    SetStatus(Status),
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
    Synced(Vec<(ConversationId, Result<ChangePage, Problem>)>),
}
