//! What the tests of the rules are made of.

use uuid::Uuid;

use crate::value::{AvatarUrl, ConversationName, MessageBody};
use crate::{Timestamp, UserId};

/// The person with that number.
pub(crate) const fn person(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

/// The moment so many milliseconds after the epoch.
pub(crate) const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn name(text: &str) -> ConversationName {
    ConversationName::parse(text).unwrap()
}

pub(crate) fn avatar(text: &str) -> AvatarUrl {
    AvatarUrl::parse(text).unwrap()
}

pub(crate) fn body(text: &str) -> MessageBody {
    MessageBody::parse(text).unwrap()
}
