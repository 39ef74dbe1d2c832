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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_in_lower_case_with_hyphens() {
        let uuid = Uuid::from_u128(0x0190_ABCD_0000_7000_8000_0000_0000_00EF);
        let written = "0190abcd-0000-7000-8000-0000000000ef";
        assert_eq!(UserId::from(uuid).to_string(), written);
        assert_eq!(MessageId(uuid).to_string(), written);
    }

    #[test]
    fn ids_order_as_they_are_written() {
        let (low, high) = (ConversationId(Uuid::from_u128(9)), ConversationId(Uuid::from_u128(0x10)));
        assert!(low < high && low.to_string() < high.to_string());
    }
}
