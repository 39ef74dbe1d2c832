//! Cursors: where the next page of a list starts. To clients they are opaque.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::error::Invalid;
use domain::repository::ActivityCursor;
use domain::value::Username;
use domain::{ConversationId, Timestamp, UserId};
use uuid::Uuid;

/// A place in a list.
pub trait Cursor: Sized {
    /// Tells the cursors of one list from those of another.
    const LIST: u8;

    /// The place, as bytes.
    fn bytes(&self) -> Vec<u8>;

    /// The place again, if the bytes are one.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;

    /// The place, as clients get it.
    fn write(&self) -> String {
        let mut bytes = self.bytes();
        bytes.insert(0, Self::LIST);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The place that a client gives back.
pub fn parse<C: Cursor>(text: &str) -> Result<C, Invalid> {
    const RULE: Invalid = Invalid("must be a nextCursor of this list");
    // Far longer than any cursor: what follows is bounded by it.
    if text.len() > 128 {
        return Err(RULE);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| RULE)?;
    let (&list, rest) = bytes.split_first().ok_or(RULE)?;
    if list == C::LIST { C::from_bytes(rest).ok_or(RULE) } else { Err(RULE) }
}

impl Cursor for Username {
    const LIST: u8 = b'u';

    fn bytes(&self) -> Vec<u8> {
        self.as_str().into()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?).ok()
    }
}

impl Cursor for ActivityCursor {
    const LIST: u8 = b'c';

    fn bytes(&self) -> Vec<u8> {
        moment(self.active_at, self.id.0)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        of_moment(bytes).map(|(active_at, id)| Self { active_at, id: ConversationId(id) })
    }
}

impl Cursor for (Timestamp, UserId) {
    const LIST: u8 = b'p';

    fn bytes(&self) -> Vec<u8> {
        moment(self.0, self.1.0)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        of_moment(bytes).map(|(at, id)| (at, UserId(id)))
    }
}

impl Cursor for UserId {
    const LIST: u8 = b'o';

    fn bytes(&self) -> Vec<u8> {
        self.0.as_bytes().into()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

fn moment(at: Timestamp, id: Uuid) -> Vec<u8> {
    [&at.as_millis().to_be_bytes()[..], id.as_bytes()].concat()
}

fn of_moment(bytes: &[u8]) -> Option<(Timestamp, Uuid)> {
    let (at, id) = bytes.split_at_checked(8)?;
    Some((Timestamp::from_millis(i64::from_be_bytes(at.try_into().ok()?)), Uuid::from_slice(id).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(millis in any::<i64>(), id in any::<u128>()) {
            let cursor = (Timestamp::from_millis(millis), UserId(Uuid::from_u128(id)));
            prop_assert_eq!(parse::<(Timestamp, UserId)>(&cursor.write()), Ok(cursor));
            prop_assert!(parse::<ActivityCursor>(&cursor.write()).is_err());
            prop_assert_eq!(parse::<UserId>(&cursor.1.write()), Ok(cursor.1));
        }
    }
}
