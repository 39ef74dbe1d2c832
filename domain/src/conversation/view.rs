//! What is read of conversations.

use super::{AddPolicy, Participant, Role};
use crate::message::MessageView;
use crate::user::Profile;
use crate::{ConversationId, Seq, Timestamp, UserId};

/// What the conversation of a message is to those who are told of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Venue {
    /// A direct conversation.
    Direct,
    /// A group, with its name if it has one.
    Group(Option<String>),
}

/// How a person stands to a conversation that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The conversation's last change.
    pub seq: Seq,
    /// The person's part in it, if they take part.
    pub participant: Option<Participant>,
}

/// A participant with the person behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantView {
    /// The person.
    pub profile: Profile,
    /// As what they take part.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// A conversation as all who take part see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// Which one.
    pub id: ConversationId,
    /// Whether it is a group.
    pub is_group: bool,
    /// A group's name.
    pub name: Option<String>,
    /// A group's picture.
    pub avatar: Option<String>,
    /// A group's owner.
    pub owner_id: Option<UserId>,
    /// Who may add others.
    pub add_policy: AddPolicy,
    /// The first [`ConversationView::SHOWN`] who take part, oldest first.
    pub participants: Vec<ParticipantView>,
    /// How many take part.
    pub participant_count: i64,
    /// The message posted last, be it a tombstone.
    pub last_message: Option<MessageView>,
    /// The place of its last change.
    pub seq: Seq,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name, picture, policy or participants last changed.
    pub updated_at: Timestamp,
    /// When it was made or last posted to: what lists are ordered by.
    pub active_at: Timestamp,
}

impl ConversationView {
    /// How many participants a view shows.
    pub const SHOWN: i64 = 50;
}

/// What one participant alone sees of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewerState {
    /// Messages after the read position, not deleted, not the viewer's own.
    pub unread_count: i64,
    /// The read position.
    pub last_read_seq: Seq,
    /// Whether the viewer has put it away.
    pub archived: bool,
    /// Whether the viewer wants no notice of it.
    pub muted: bool,
}

/// What moving a read position came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadState {
    /// The position now.
    pub last_read_seq: Seq,
    /// What is unread now.
    pub unread_count: i64,
    /// Whether the position moved.
    pub moved: bool,
    /// How many take part.
    pub participant_count: i64,
}

/// A participant's latest change: somebody came, went, or has another role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantChange {
    /// The person and their part, as it is or was.
    pub participant: ParticipantView,
    /// The place at which they last came in.
    pub joined_seq: Seq,
    /// When they went, if they are gone.
    pub left_at: Option<Timestamp>,
    /// Who did it.
    pub by: Profile,
}

/// The present state of one thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A message was posted, edited or deleted.
    Message(Box<MessageView>),
    /// A participant came, went, or has another role.
    Participant(Seq, Box<ParticipantChange>),
    /// Name, picture or policy changed.
    Conversation(Seq, Box<ConversationView>),
}

impl Change {
    /// Its place.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Message(view) => view.message.changed_seq,
            Self::Participant(seq, _) | Self::Conversation(seq, _) => *seq,
        }
    }
}

/// A page of changes, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// What the conversation is.
    pub venue: Venue,
    /// The conversation's present place.
    pub seq: Seq,
    /// The changes.
    pub changes: Vec<Change>,
    /// Whether more follow.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::MessageId;
    use crate::message::Draft;
    use crate::testing::{at, body, person};

    #[test]
    fn a_change_stands_where_the_thing_last_changed() {
        let (conversation_id, user) = (ConversationId(Uuid::nil()), person(1));
        let draft = Draft {
            id: MessageId(Uuid::nil()),
            conversation_id,
            sender_id: user,
            body: body("Hello"),
            reply_to: None,
            at: at(1),
            origin: None,
        };
        let mut message = draft.post(3, None);
        message.changed_seq = 8;
        let posted = Change::Message(Box::new(MessageView { message, sender: Profile::deleted(user) }));
        assert_eq!(posted.seq(), 8);

        let participant = ParticipantView { profile: Profile::deleted(user), role: Role::Member, joined_at: at(1) };
        let change = ParticipantChange { participant, joined_seq: 2, left_at: Some(at(5)), by: Profile::deleted(user) };
        assert_eq!(Change::Participant(9, Box::new(change)).seq(), 9);
    }
}
