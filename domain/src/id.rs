//! Identifiers: UUIDs that the compiler keeps apart.

use std::fmt;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A person with an account, or the remains of one.
    UserId,
    /// One sign-in of one person on one device.
    SessionId,
    /// A direct conversation or a group.
    ConversationId,
    /// A message, chosen by its sender's client or by the server. It is the idempotency key of sending.
    MessageId,
    /// The connection a command came in by, so that its answer can go out before the news of it, and so that a
    /// dialect can leave that connection out.
    Origin,
}
