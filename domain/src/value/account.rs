//! Who somebody is, and how they prove it.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::{Invalid, length_within};

/// The name a person signs in by: 3..=32 of `a-z 0-9 . _ -`, starting with a letter or digit, kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    /// The longest name that is made from an e-mail; what is left up to 32 is room for a suffix.
    const DERIVED_MAX: usize = 24;

    /// Parses; upper case is accepted and lowered.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.to_ascii_lowercase();
        let valid = (3..=32).contains(&name.len())
            && name.bytes().all(Self::takes)
            && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
        if valid {
            Ok(Self(name))
        } else {
            Err(Invalid("must be 3 to 32 characters of a-z, 0-9, '.', '_' and '-', starting with a letter or digit"))
        }
    }

    /// A username for somebody who gave only an e-mail: its local part, other characters turned into `-`, cut to 24
    /// and filled up when short. A `suffix` of up to 7 characters is appended with `-` when the bare name is taken.
    pub fn derive(email: &Email, suffix: Option<&str>) -> Self {
        let mut name: String = email
            .local_part()
            .chars()
            .map(|c| if u8::try_from(c).is_ok_and(Self::takes) { c } else { '-' })
            .skip_while(|c| !c.is_ascii_alphanumeric())
            .take(Self::DERIVED_MAX)
            .collect();
        if name.is_empty() {
            name.push_str("user");
        } else if name.len() < 3 {
            name.push_str("-user");
        }
        if let Some(suffix) = suffix {
            name.push('-');
            name.push_str(suffix);
        }
        Self(name)
    }

    fn takes(byte: u8) -> bool {
        matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, kept in lower case and composed (NFC): addresses that look alike are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Parses: one `@` between a local part of at most 64 bytes and a host name with a dot, at most 254 bytes in all
    /// (RFC 5321, section 4.5.3.1), nothing in it that is not seen.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let email: String = text.trim().to_lowercase().nfc().collect();
        if Self::is_valid(&email) { Ok(Self(email)) } else { Err(Invalid("must be an e-mail address")) }
    }

    fn is_valid(email: &str) -> bool {
        let Some((local, host)) = email.rsplit_once('@') else { return false };
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        email.len() <= 254
            && (1..=64).contains(&local.len())
            && !local.chars().any(|c| is_unseen(c) || matches!(c, '@' | '"' | '<' | '>' | ','))
            && host.contains('.')
            && host.split('.').all(label)
    }

    fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// White space, controls, and what Unicode lets programs leave out when they show a text (`Default_Ignorable_Code_Point`).
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What a person names at sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A username.
    Username(Username),
    /// An e-mail address.
    Email(Email),
}

/// A password in the clear, 8..=128 characters. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Parses a password that somebody chooses.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if length_within(text, 8, 128) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid("must be 8 to 128 characters"))
        }
    }

    /// A password that somebody presents: whatever it is, it is compared; over the longest possible it is refused
    /// before any work is spent on it.
    pub fn presented(text: &str) -> Result<Self, Invalid> {
        if length_within(text, 1, 128) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid("must be 1 to 128 characters"))
        }
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash in PHC string format. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn usernames_are_lowered_and_bounded() {
        assert_eq!(Username::parse("Ada.L_1-x").map(|u| u.as_str().to_owned()), Ok("ada.l_1-x".to_owned()));
        for good in ["abc", "0ab", &"a".repeat(32)] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        for bad in ["ab", "", ".abc", "-abc", "_abc", "a b", "ädä", "abc\n", "a\u{200b}bc", &"a".repeat(33)] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn usernames_come_from_emails() {
        for (address, name) in [
            ("ada.lovelace@example.org", "ada.lovelace"),
            ("Ada+tag@example.org", "ada-tag"),
            ("j@example.org", "j-user"),
            (".._@example.org", "user"),
            ("abcdefghijklmnopqrstuvwxyz@example.org", "abcdefghijklmnopqrstuvwx"),
        ] {
            assert_eq!(Username::derive(&email(address), None).as_str(), name);
        }
        assert_eq!(Username::derive(&email("ada@example.org"), Some("4f2a91")).as_str(), "ada-4f2a91");
    }

    #[test]
    fn emails_compare_without_case_and_must_look_like_one() {
        assert_eq!(email("Ada@Example.ORG"), email("ada@example.org"));
        assert_eq!(email("ö@dömäin.example").as_str(), "ö@dömäin.example");
        assert_eq!(email("O\u{308}@do\u{308}ma\u{308}in.example"), email("ö@dömäin.example"));
        let long_local = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@localhost",
            "a b@example.org",
            "a@b@example.org",
            "a@-b.org",
            "a@b..org",
            "a\n@example.org",
            "<a@example.org>",
            "a\u{200b}@example.org",
            "a\u{ad}@example.org",
            "\u{202e}a@example.org",
            "\u{feff}a@example.org",
            "a@example\u{200b}.org",
            &long_local,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn emails_are_as_long_as_mail_servers_take_and_no_longer() {
        let label = "a".repeat(63);
        let (local, host) = ("a".repeat(64), format!("{label}.{label}"));
        for good in [format!("{local}@{host}.{}", "a".repeat(61)), format!("a@{label}.org")] {
            assert!(Email::parse(&good).is_ok(), "{good}");
        }
        for bad in [format!("{local}@{host}.{}", "a".repeat(62)), format!("a{local}@b.org"), format!("a@a{label}.org")]
        {
            assert!(Email::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_count_characters() {
        assert!(Password::parse("1234567").is_err());
        assert!(Password::parse("12345678").is_ok());
        assert!(Password::parse(&"ß".repeat(128)).is_ok());
        assert!(Password::parse(&"🦀".repeat(128)).is_ok());
        assert!(Password::parse(&"x".repeat(129)).is_err());
        assert!(Password::presented("short").is_ok());
        assert!(Password::presented("").is_err());
        assert!(Password::presented(&"x".repeat(129)).is_err());
    }

    #[test]
    fn secrets_do_not_print() {
        let password = Password::parse("correct horse").map(|p| format!("{p:?}"));
        assert_eq!(password, Ok("Password(…)".to_owned()));
        assert_eq!(format!("{:?}", PasswordHash("$argon2id$…".into())), "PasswordHash(…)");
    }

    proptest! {
        #[test]
        fn a_derived_username_is_always_valid(local in "[a-zA-Z0-9._%+-]{1,64}", suffix in "[a-z0-9]{1,7}") {
            let address = email(&format!("{local}@example.org"));
            let bare = Username::derive(&address, None);
            prop_assert_eq!(Username::parse(bare.as_str()), Ok(bare.clone()));
            let suffixed = Username::derive(&address, Some(&suffix));
            prop_assert_eq!(Username::parse(suffixed.as_str()), Ok(suffixed.clone()));
        }
    }
}
