//! Messages.

use crate::conversation::{Participant, Role};
use crate::user::Profile;
use crate::value::MessageBody;
use crate::{ConversationId, ErrorKind, MessageId, Origin, Seq, Timestamp, UserId};

/// A message, or the tombstone of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The place it was posted at.
    pub seq: Seq,
    /// The place of its last change.
    pub changed_seq: Seq,
    /// Who posted it.
    pub sender_id: UserId,
    /// What it says; `None` once it is deleted.
    pub content: Option<String>,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
    /// When it was posted: later than every message before it in the conversation.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A message with its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The message.
    pub message: Message,
    /// Its sender, as they are now.
    pub sender: Profile,
}

/// A message that still says something, with whom it was meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The message.
    pub view: MessageView,
    /// For whom it was.
    pub to: Recipient,
}

/// For whom a message was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// The other one of a direct conversation, as they are now.
    Person(Profile),
    /// All in a group, with its name if it has one.
    Group(Option<String>),
}

/// A message that somebody wants to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id, the idempotency key.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub sender_id: UserId,
    /// What it says.
    pub body: MessageBody,
    /// The message it answers, in the same conversation.
    pub reply_to: Option<MessageId>,
    /// When it was sent.
    pub at: Timestamp,
    /// The connection whose command it is, if it came by one.
    pub origin: Option<Origin>,
}

/// Where an id that a draft wants is in use already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// By whom.
    pub sender_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
}

/// What posting comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is new.
    Post,
    /// It was posted before: the stored message is the answer, whatever the draft says.
    Repeat,
}

impl Draft {
    /// Decides whether a draft is posted, given what is stored. `takes_part` is whether the sender does, `holder`
    /// where its id is in use, `reply_is_there` whether the message it answers is in the conversation.
    pub fn admit(&self, takes_part: bool, holder: Option<Holder>, reply_is_there: bool) -> Result<Admission, Refusal> {
        if !takes_part {
            return Err(Refusal::NotParticipant);
        }
        match holder {
            Some(holder) if holder.sender_id == self.sender_id && holder.conversation_id == self.conversation_id => {
                Ok(Admission::Repeat)
            }
            Some(_) => Err(Refusal::IdTaken),
            None if !reply_is_there => Err(Refusal::MessageNotFound),
            None => Ok(Admission::Post),
        }
    }

    /// The message it becomes at place `seq`, after the conversation's `last` message.
    pub fn post(self, seq: Seq, last: Option<Timestamp>) -> Message {
        Message {
            id: self.id,
            conversation_id: self.conversation_id,
            seq,
            changed_seq: seq,
            sender_id: self.sender_id,
            content: Some(self.body.into_string()),
            reply_to: self.reply_to,
            created_at: self.at.after(last),
            edited_at: None,
            deleted_at: None,
        }
    }
}

/// What somebody wants to do to a posted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Which message.
    pub message_id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: RevisionAction,
}

/// What can be done to a posted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevisionAction {
    /// Say something else; the sender alone may.
    Edit(MessageBody),
    /// Turn it into a tombstone; the sender, an admin and the owner may.
    Delete,
}

impl Message {
    /// Carries out a revision by a participant at place `seq`, and tells whether it changed anything: if not, the
    /// place is not taken.
    pub fn revise(&mut self, revision: &Revision, actor: &Participant, seq: Seq) -> Result<bool, Refusal> {
        let own = self.sender_id == actor.user_id;
        match &revision.action {
            RevisionAction::Edit(_) if !own => return Err(Refusal::NotAllowed),
            RevisionAction::Edit(_) if self.deleted_at.is_some() => return Err(Refusal::Deleted),
            RevisionAction::Edit(body) if self.content.as_deref() == Some(body.as_str()) => return Ok(false),
            RevisionAction::Edit(body) => {
                self.content = Some(body.as_str().to_owned());
                self.edited_at = Some(revision.at.max(self.created_at));
            }
            RevisionAction::Delete if !own && actor.role < Role::Admin => return Err(Refusal::NotAllowed),
            RevisionAction::Delete if self.deleted_at.is_some() => return Ok(false),
            RevisionAction::Delete => {
                self.content = None;
                self.deleted_at = Some(revision.at.max(self.created_at));
            }
        }
        self.changed_seq = seq;
        Ok(true)
    }
}

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The conversation is not there.
    #[error("There is no such conversation.")]
    ConversationNotFound,
    /// The message, or the one it answers, is not in the conversation.
    #[error("There is no such message in this conversation.")]
    MessageNotFound,
    /// The caller does not take part.
    #[error("You do not take part in this conversation.")]
    NotParticipant,
    /// The caller takes part, but may not do that to this message.
    #[error("You may not change this message.")]
    NotAllowed,
    /// Somebody else, or another conversation, has a message of that id.
    #[error("That message id is in use.")]
    IdTaken,
    /// A tombstone cannot be edited.
    #[error("That message is deleted.")]
    Deleted,
}

impl Refusal {
    /// What kind of failure it is.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::ConversationNotFound | Self::MessageNotFound => ErrorKind::NotFound,
            Self::NotParticipant | Self::NotAllowed => ErrorKind::Forbidden,
            Self::IdTaken | Self::Deleted => ErrorKind::Conflict,
        }
    }

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ConversationNotFound => "CONVERSATION_NOT_FOUND",
            Self::MessageNotFound => "MESSAGE_NOT_FOUND",
            Self::NotParticipant | Self::NotAllowed => "FORBIDDEN",
            Self::IdTaken => "MESSAGE_ID_TAKEN",
            Self::Deleted => "MESSAGE_DELETED",
        }
    }
}

#[cfg(test)]
mod tests;
