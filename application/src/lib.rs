//! The use cases of Confab, and the ports they need.
//!
//! Every door (REST, WebSocket, …) calls these and nothing else, so that every client meets the same rules.
//!
//! # How to add a use case
//!
//! 1. **Say what it needs of the store** in `domain::repository`: a method of one of the traits, one transaction each.
//!    A rule that must not be raced is a method of the entity, called inside that transaction. Implement it in
//!    `infrastructure::db` (one stamped query serves both databases) and add a case to the contract suite.
//! 2. **Write one file** here, in the folder of its area: a struct whose fields are the ports, and one
//!    `execute(caller, command)`. It takes value objects, so its input is valid; it returns the area's error, whose
//!    [`kind`](Failure::kind) and [`code`](Failure::code) every door knows how to say.
//! 3. **Publish** an event after the commit if others should hear of it. Never talk to connections.
//! 4. **Wire it** in `api::composition`, and open it at the doors: a controller in `api::http`, a command in
//!    `api::gateway`.
//! 5. **Test it** below the struct, on mocked repositories; no runtime is needed.
//!
//! ```
//! use std::sync::Arc;
//! use application::{Caller, conversations::ConversationError};
//! use domain::repository::ConversationRepository;
//! use domain::{ConversationId, Seq};
//!
//! /// Tells how far a conversation has come.
//! pub struct LastPlace {
//!     pub conversations: Arc<dyn ConversationRepository>,
//! }
//!
//! impl LastPlace {
//!     pub async fn execute(&self, caller: &Caller, id: ConversationId) -> Result<Seq, ConversationError> {
//!         let standing = self.conversations.standing(id, caller.user_id).await?;
//!         Ok(ConversationError::admit(standing)?.0)
//!     }
//! }
//! ```
//!
//! Use cases do not spawn: whoever calls one that writes runs it where a client that goes away cannot cancel it
//! (`api::uncancelled`), so that nothing is stored and never told.

pub mod auth;
pub mod conversations;
mod error;
pub mod messages;
pub mod ports;
pub mod presence;
#[cfg(test)]
mod testing;
pub mod users;

pub use error::Failure;

use domain::event::{Event, Published};
use domain::{Origin, SessionId, UserId};

/// Who calls a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user_id: UserId,
    /// The session they are signed in by.
    pub session_id: SessionId,
    /// The connection the command came in by, if it is a lasting one.
    pub origin: Option<Origin>,
}

impl Caller {
    /// An event that this caller caused.
    pub(crate) fn caused(&self, event: Event) -> Published {
        Published { event, origin: self.origin }
    }
}
