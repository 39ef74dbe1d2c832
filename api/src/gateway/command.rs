//! What clients ask for over a connection, and what they are answered, whatever the dialect.

use application::conversations::{NewConversation, ReadUpTo};
use application::messages::{DirectMessage, NewMessage};
use domain::conversation::{Action, ChangePage};
use domain::message::{Addressed, MessageView};
use domain::presence::Status;
use domain::value::MessageBody;
use domain::{ConversationId, Limit, MessageId, Seq, Timestamp, UserId};

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
    /// Say something to one person, who may never have been talked to.
    SendDirect(DirectMessage),
    /// Make a conversation.
    Create(NewConversation),
    /// Change a conversation, or who takes part in it.
    Change(ConversationId, Action),
    /// Read what was said last, in each conversation or in one.
    ReadBack(Talk, Back),
}

/// Where to read what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// The newest message of each conversation.
    Each,
    /// In a group.
    Group(ConversationId),
    /// With one person.
    Person(UserId),
}

/// How far to read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// From before this moment on, if not from now.
    pub before: Option<Timestamp>,
    /// So many messages; `None` for none at all.
    pub limit: Option<Limit>,
}

impl ClientCommand {
    /// Which conversation the connection looks at, or away from, once this is carried out.
    pub fn look(&self) -> Option<(ConversationId, bool)> {
        match self {
            Self::Join(id) => Some((*id, true)),
            Self::Leave(id) => Some((*id, false)),
            _ => None,
        }
    }
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
    /// What was said, newest first.
    Said(Vec<Addressed>),
}
