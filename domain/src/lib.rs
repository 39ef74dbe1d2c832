//! What Confab is about: people, conversations, messages, and the rules between them.
//!
//! This crate knows no runtime, no I/O and no framework. It holds
//!
//! - [`value`]: value objects, which parse in their constructors, so whoever holds one holds a valid one;
//! - entities with their rules: [`user`], [`session`], [`conversation`], [`message`];
//! - [`event`]: what has happened and others want to hear of;
//! - [`repository`]: the traits behind which the databases live, one per aggregate.
//!
//! Rules that must not be raced (is she still a participant? who may remove whom?) are methods of the
//! entities; the repositories call them inside their transaction, so that the decision and the change are one.

pub mod conversation;
pub mod error;
pub mod event;
pub mod id;
pub mod message;
pub mod page;
pub mod presence;
pub mod repository;
pub mod session;
#[cfg(test)]
mod testing;
pub mod time;
pub mod user;
pub mod value;

pub use error::{ErrorKind, FieldError};
pub use id::{ConversationId, MessageId, Origin, SessionId, UserId};
pub use page::{Limit, Page};
pub use time::Timestamp;

/// The place of a lasting change within its conversation. It starts at 0 when the conversation is made, and every
/// lasting change takes the next value.
pub type Seq = i64;
