//! Ids.

use application::ports::IdGenerator;
use domain::{ConversationId, MessageId, SessionId, UserId};
use uuid::Uuid;

/// UUIDs of version 7, which rise with time within a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidGenerator;

impl IdGenerator for UuidGenerator {
    fn user(&self) -> UserId {
        UserId(next())
    }

    fn session(&self) -> SessionId {
        SessionId(next())
    }

    fn conversation(&self) -> ConversationId {
        ConversationId(next())
    }

    fn message(&self) -> MessageId {
        MessageId(next())
    }

    #[expect(clippy::disallowed_methods, reason = "this is where random ids come from")]
    fn secret(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }

    /// Takes its characters from a random UUID: its last 60 bits are random, twice what six of 36 need.
    #[expect(clippy::disallowed_methods, reason = "this is where random ids come from")]
    fn suffix(&self) -> String {
        const CHARACTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut bits = Uuid::new_v4().as_u64_pair().1 & ((1 << 60) - 1);
        let character = |_| {
            let index = usize::try_from(bits % 36).unwrap_or_default();
            bits /= 36;
            char::from(CHARACTERS[index])
        };
        (0..6).map(character).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
fn next() -> Uuid {
    Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_rise() {
        let ids: Vec<_> = (0..1_000).map(|_| UuidGenerator.message()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn suffixes_are_six_plain_characters_and_differ() {
        let suffixes: HashSet<_> = (0..1_000).map(|_| UuidGenerator.suffix()).collect();
        assert!(suffixes.len() > 990);
        for suffix in suffixes {
            assert_eq!(suffix.len(), 6);
            assert!(suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{suffix}");
        }
    }
}
