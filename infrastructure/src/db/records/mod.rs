//! Rows, and what they become in the domain. What no version of this program stores becomes a
//! [`Corrupt`](super::errors::Corrupt).

mod conversations;
mod messages;
mod participants;
mod sessions;
mod users;

pub use conversations::{ConversationEdits, ConversationRow, GROUP, venue};
pub use messages::{AddressedRow, MessageRow, addressed, message_view};
pub use participants::{SeatRow, role_of, role_word};
pub use sessions::SessionRow;
pub use users::{ProfileRow, UserRow};
