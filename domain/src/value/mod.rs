//! Value objects. Each parses in its constructor and holds a valid value from then on.
//!
//! Lengths are counted in characters (Unicode scalar values), not bytes.

mod account;
mod text;

pub use account::{Email, Login, Password, PasswordHash, Username};
pub use text::{AvatarUrl, ConversationName, DisplayName, MessageBody};

use crate::error::Invalid;

fn length_within(text: &str, least: usize, most: usize) -> bool {
    // Bytes bound characters from above, so a giant text is never counted through.
    text.len() <= most * 4 && (least..=most).contains(&text.chars().count())
}

/// Checks what every one-line text must be: of that length after trimming white space, and without control characters.
fn line(text: &str, least: usize, most: usize, rule: &'static str) -> Result<String, Invalid> {
    let text = text.trim();
    if length_within(text, least, most) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Invalid(rule))
    }
}
