//! What has happened and others want to hear of.
//!
//! Events are published after the change is stored. A bus may lose, double or reorder them; whoever delivers them to
//! clients puts them in order by `seq` and reads what is missing from the repository.

use crate::conversation::{ConversationView, Role, Venue};
use crate::message::MessageView;
use crate::presence::Presence;
use crate::user::Profile;
use crate::{ConversationId, Origin, Seq, SessionId, UserId};

/// An event on its way, with the connection that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What happened.
    pub event: Event,
    /// The connection whose command it was, if it came by one.
    pub origin: Option<Origin>,
}

impl Published {
    /// That a message was posted.
    pub fn posted(view: MessageView, venue: Venue, origin: Option<Origin>) -> Self {
        let (conversation_id, seq) = (view.message.conversation_id, view.message.changed_seq);
        let kind = ConversationEventKind::MessagePosted(Box::new(view), venue);
        Self { event: Event::Conversation(ConversationEvent { conversation_id, seq, kind }), origin }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A lasting change of a conversation; those of one conversation are told in the order of `seq`.
    Conversation(ConversationEvent),
    /// Somebody read on. It takes no place in the order.
    Receipt(Receipt),
    /// Somebody came, went, or says how they are. It is of the moment and kept nowhere.
    Presence(PresenceEvent),
    /// Somebody begins or ends typing. It is of the moment and kept nowhere.
    Typing(TypingEvent),
    /// Sessions ended: their tokens are refused and their connections closed.
    SessionsRevoked {
        /// Whose.
        user_id: UserId,
        /// Which.
        sessions: Vec<SessionId>,
    },
}

/// A lasting change of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationEvent {
    /// Where.
    pub conversation_id: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// What changed.
    pub kind: ConversationEventKind,
}

/// What changed in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationEventKind {
    /// The conversation was made, at place 0, with these participants.
    Created(Box<ConversationView>, Vec<UserId>),
    /// Name, picture or policy changed.
    Updated(Box<ConversationView>),
    /// The conversation is gone.
    Deleted,
    /// A message was posted, there.
    MessagePosted(Box<MessageView>, Venue),
    /// A message was edited.
    MessageEdited(Box<MessageView>),
    /// A message became a tombstone.
    MessageDeleted(Box<MessageView>),
    /// Somebody came in.
    ParticipantAdded(Box<ParticipantEvent>),
    /// Somebody went out.
    ParticipantRemoved(Box<ParticipantEvent>),
    /// Somebody has another role.
    ParticipantUpdated(Box<ParticipantEvent>),
}

/// Somebody came, went, or has another role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantEvent {
    /// Who.
    pub user: Profile,
    /// The role they have, or had.
    pub role: Role,
    /// Who did it.
    pub by: Profile,
}

/// Somebody came, went, or says how they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceEvent {
    /// Who.
    pub user_id: UserId,
    /// The name to show.
    pub name: String,
    /// How they are now.
    pub presence: Presence,
    /// The conversations they take part in: who takes part in one of them hears of it, and their own connections.
    pub conversations: Vec<ConversationId>,
}

/// Somebody begins or ends typing. Those who look at the conversation hear of it, except the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypingEvent {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Whether they type now.
    pub is_typing: bool,
}

/// Somebody read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Up to where.
    pub last_read_seq: Seq,
    /// Who hears of it.
    pub audience: Audience,
}

impl Receipt {
    /// In conversations of more people, only the reader's own devices hear of it.
    pub const MAX_AUDIENCE: i64 = 100;
}

/// Who hears of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everyone who takes part.
    Participants,
    /// The person's own connections.
    OwnDevices,
}
