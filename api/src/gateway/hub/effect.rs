//! What the hub wants done, by whoever runs it.

use std::hash::Hash;
use std::sync::Arc;

use domain::event::Published;
use domain::{ConversationId, Seq, UserId};
use sockets::Lane;

/// A connection, as whoever runs the hub knows it.
pub trait Link: Copy + Eq + Hash + std::fmt::Debug {
    /// The worker it lives on, below 64.
    fn worker(&self) -> usize;
}

/// Whom a delivery goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The connections of all who take part.
    Conversation(ConversationId),
    /// A person's connections.
    User(UserId),
}

/// What the hub wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<L> {
    /// The connection hears the topic from now on, in this lane.
    Join(L, Topic, Lane),
    /// It hears the topic no more.
    Leave(L, Topic),
    /// Tell everyone who hears the topic, on these workers (a bit each).
    Deliver {
        /// Whom.
        topic: Topic,
        /// Where they are.
        workers: u64,
        /// The lanes they are in, a bit each.
        lanes: u64,
        /// What.
        event: Arc<Published>,
        /// The connection that caused it, if it is here.
        origin: Option<L>,
        /// The place of a lasting event among all that is told here.
        position: Option<u64>,
    },
    /// Tell these alone, each in its lane.
    Tell(Vec<(L, Lane)>, Arc<Published>),
    /// The connection's session has ended.
    Close(L),
    /// Read what the conversation's store has after the place, and bring it as [`Hub::repaired`](super::core::Hub::repaired).
    Repair(ConversationId, Seq),
    /// Read the same to answer a question, and bring it as [`Hub::caught_up`](super::core::Hub::caught_up), however long that takes.
    CatchUp {
        /// The conversation.
        id: ConversationId,
        /// The question.
        question: u64,
        /// The place.
        after: Seq,
    },
}
