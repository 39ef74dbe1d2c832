//! Who is there and who types: what is of the moment, and kept in no database.
//!
//! What a connection does is told to the trackers at once and without waiting: an adapter for several nodes keeps what
//! is of its own node in memory, and speaks with the others behind the caller's back. What follows from it, also by
//! time alone, comes out of the source of the tracker, in order for each person.

use async_trait::async_trait;
use domain::event::TypingEvent;
use domain::presence::{Presence, Status};
use domain::{ConversationId, Origin, Timestamp, UserId};

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The client said goodbye.
    Clean,
    /// The connection was lost; the client may be back in a moment.
    Dropped,
}

/// Somebody came, went, or said how they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceChange {
    /// Who.
    pub user_id: UserId,
    /// How they are now.
    pub presence: Presence,
}

/// Knows who is there. The connections of a person, on however many devices, count as one.
///
/// A person is there while a connection of theirs is open, and for a grace after the last one was
/// [dropped](Departure::Dropped): back within it, they were never away.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PresenceTracker: Send + Sync {
    /// A connection of the person is open.
    fn connected(&self, user_id: UserId, origin: Origin);

    /// It ended at that moment. Nothing comes of it if it was never open.
    fn disconnected(&self, user_id: UserId, origin: Origin, how: Departure, at: Timestamp);

    /// Over one of their connections, the person says how they are. It is told also if that is what they were before,
    /// and holds for all their connections as long as they are there.
    fn set_status(&self, user_id: UserId, origin: Origin, status: Status);

    /// How a person is; `None` if they are not there.
    async fn status(&self, user_id: UserId) -> Option<Status>;

    /// Who is there, in the order of their ids, after `after`; at most `limit` of them.
    async fn list(&self, after: Option<UserId>, limit: usize) -> Vec<(UserId, Status)>;

    /// The service stops: everyone who is still there goes, and the source ends after what it still has to tell. Who
    /// they are, each with the moment they were last seen.
    fn stop(&self, at: Timestamp) -> Vec<(UserId, Timestamp)>;
}

/// Tells of the coming and going that a [`PresenceTracker`] of this node sees.
#[async_trait]
pub trait PresenceSource: Send {
    /// What changed since the last time, the oldest first, a few dozen people at most, each once; waits until there is
    /// something. `None` once the tracker has stopped.
    async fn next(&mut self) -> Option<Vec<PresenceChange>>;
}

/// Knows who types where. A person who types over several connections types once.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait TypingTracker: Send + Sync {
    /// A connection of the person looks at the conversation.
    fn joined(&self, user_id: UserId, origin: Origin, id: ConversationId);

    /// It looks away, and types there no more.
    fn left(&self, origin: Origin, id: ConversationId);

    /// The person types there over that connection, for a while from now on; `false` if it does not look there.
    fn started(&self, origin: Origin, id: ConversationId) -> bool;

    /// They type there over that connection no more.
    fn stopped(&self, origin: Origin, id: ConversationId);

    /// The person has said what they typed there: they type there over no connection.
    fn spoke(&self, user_id: UserId, id: ConversationId);

    /// The person takes part in the conversation no more.
    fn removed(&self, user_id: UserId, id: ConversationId);

    /// The conversation is gone.
    fn deleted(&self, id: ConversationId);

    /// The connection is gone.
    fn disconnected(&self, origin: Origin);
}

/// Tells of the typing that a [`TypingTracker`] of this node sees.
#[async_trait]
pub trait TypingSource: Send {
    /// What happens next; waits until it does.
    async fn next(&mut self) -> TypingEvent;
}
