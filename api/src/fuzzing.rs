//! What must hold for anything that a client sends: tried by the targets in `fuzz/`, and by the tests.

use domain::repository::ActivityCursor;
use domain::value::Username;
use domain::{Timestamp, UserId};

use crate::gateway::dialect::Dialect;
use crate::gateway::dialects::auth::Auth;
use crate::gateway::dialects::events::Events;
use crate::http::cursor::{Cursor, parse};

/// The longest refusal of a frame, in bytes: a mark of the client's, a name, and what is wrong.
const LONGEST_REFUSAL: usize = 8 * 1024;

fn cursor<C: Cursor + PartialEq + std::fmt::Debug>(text: &str) -> bool {
    let Ok(cursor) = parse::<C>(text) else { return false };
    assert_eq!(parse::<C>(&cursor.write()).as_ref(), Ok(&cursor));
    true
}

/// A cursor is of one list at most, and the same when it is written again.
///
/// # Panics
///
/// If that does not hold.
pub fn cursors(text: &str) {
    let lists = [
        cursor::<Username>(text),
        cursor::<ActivityCursor>(text),
        cursor::<UserId>(text),
        cursor::<(Timestamp, UserId)>(text),
    ];
    assert!(lists.into_iter().filter(|is| *is).count() <= 1, "{text}");
}

/// A frame is a command, or is refused in a few words that are JSON.
fn dialect(dialect: &impl Dialect, text: &str) {
    let request = dialect.decode(text, None);
    if let Err(problem) = &request.command {
        let refusal = dialect.encode_error(&request, problem);
        assert!(refusal.payload().len() <= LONGEST_REFUSAL, "{} bytes", refusal.payload().len());
        assert!(serde_json::from_slice::<serde_json::Value>(&refusal.payload()).is_ok());
    }
}

/// A frame of the `events` dialect.
pub fn events(text: &str) {
    dialect(&Events, text);
}

/// A frame of the `auth` dialect.
pub fn auth(text: &str) {
    dialect(&Auth::new("Response"), text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursors_hold(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            use base64::Engine as _;
            cursors(&text);
            let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
            cursors(&encode(&bytes));
            for list in [b'u', b'c', b'p', b'o'] {
                cursors(&encode(&[&[list], &*bytes].concat()));
            }
        }

        #[test]
        fn frames_hold(
            text in any::<String>(),
            event in "(conversation:(join|leave|sync)|message:(send|edit|delete|read)|typing:(start|stop)|presence:update|[a-z]{0,9})",
            kind in "(newGroup|addUserInGroup|leaveGroup|messageInGroup|privateMessage|listLastMessage|getlatestMessage(Group|Dialog)|[a-z]{0,9})",
            key in "(conversationId|messageId|content|groupId|receiverId|limit|cursorCreatedAt|seq|\\PC{0,300})",
            value in prop_oneof![
                Just(serde_json::Value::Null),
                any::<i64>().prop_map(Into::into),
                any::<String>().prop_map(Into::into),
                Just(serde_json::json!({"$ne": null})),
                Just(serde_json::json!([[]])),
            ],
        ) {
            events(&text);
            auth(&text);
            events(&serde_json::json!({"event": event, "id": text, "data": {&key: value}}).to_string());
            auth(&serde_json::json!({"type": kind, "params": {&key: value, "other": text}}).to_string());
        }
    }
}
