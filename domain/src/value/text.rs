//! What people write.

use super::{Invalid, length_within, line};

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// As an owned text.
            pub fn into_string(self) -> String {
                self.0
            }
        }
    };
}

/// The name a person is shown by: 1..=255 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);
text!(DisplayName);

impl DisplayName {
    /// Parses; white space at both ends is cut off.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, 1, 255, "must be 1 to 255 characters without control characters").map(Self)
    }
}

/// A group's name: 1..=255 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationName(String);
text!(ConversationName);

impl ConversationName {
    /// Parses; white space at both ends is cut off.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, 1, 255, "must be 1 to 255 characters without control characters").map(Self)
    }
}

/// The address of a picture: an http or https URL of at most 500 characters. It is shown, never fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvatarUrl(String);
text!(AvatarUrl);

impl AvatarUrl {
    /// Parses.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const RULE: Invalid = Invalid("must be an http or https URL of at most 500 characters");
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme)).ok_or(RULE)?;
        let rest = &text[scheme.len()..];
        let host_starts = rest.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '[');
        let forbidden =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`');
        if host_starts && length_within(text, 1, 500) && !rest.contains(forbidden) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RULE)
        }
    }
}

/// What a message says: 1..=65536 characters, verbatim but for CR and LF at both ends, and no NUL. How much of that may
/// be said is for whoever runs the server to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody(String);
text!(MessageBody);

impl MessageBody {
    /// The most characters that any message may have.
    pub const MAX: usize = 65_536;

    /// Parses; CR and LF at both ends are cut off, all else stays as it is.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let body = text.trim_matches(['\r', '\n']);
        if body.is_empty() {
            Err(Invalid("must not be empty"))
        } else if body.contains('\0') {
            Err(Invalid("must not contain NUL"))
        } else if !length_within(body, 1, Self::MAX) {
            Err(Invalid("must be shorter"))
        } else {
            Ok(Self(body.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line() {
        assert_eq!(DisplayName::parse("  Ada Lovelace ").map(DisplayName::into_string), Ok("Ada Lovelace".into()));
        assert!(DisplayName::parse(&"ä".repeat(255)).is_ok());
        for bad in ["", "   ", "a\nb", "a\0b", "a\u{7f}b", &"ä".repeat(256)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
            assert!(ConversationName::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(ConversationName::parse("Team 7").map(ConversationName::into_string), Ok("Team 7".into()));
    }

    #[test]
    fn avatars_are_web_addresses() {
        for good in ["https://example.org/a.png", "HTTP://example.org", "http://[::1]/x?y=1#z"] {
            assert_eq!(AvatarUrl::parse(good).map(AvatarUrl::into_string), Ok(good.to_owned()));
        }
        let long = format!("https://example.org/{}", "a".repeat(500));
        for bad in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "https://a b",
            "https://a\r\nb",
            "https://a<b",
            "ht\u{130}",
            &long,
        ] {
            assert!(AvatarUrl::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bodies_are_verbatim_but_for_line_ends() {
        assert_eq!(
            MessageBody::parse("\r\n  hi\n\tthere  \n\n").map(MessageBody::into_string),
            Ok("  hi\n\tthere  ".into())
        );
        assert_eq!(
            MessageBody::parse("'); DROP TABLE x;--").map(MessageBody::into_string),
            Ok("'); DROP TABLE x;--".into())
        );
        assert!(MessageBody::parse(&"🦀".repeat(65_536)).is_ok());
        for bad in ["", "\r\n\n", "a\0b", &"🦀".repeat(65_537), &"x".repeat(1 << 20)] {
            assert!(MessageBody::parse(bad).is_err());
        }
    }
}
