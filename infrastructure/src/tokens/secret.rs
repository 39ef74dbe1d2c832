use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::rand;

/// The secret that all tokens are made with: at least 32 bytes, never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Why there is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It could be guessed.
    #[error("the secret must have at least {} bytes", Secret::LEAST)]
    TooShort,
    /// It is one byte over and over.
    #[error("the secret must not be a single character repeated")]
    Monotonous,
    /// The system has no randomness to make one of.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl Secret {
    /// The fewest bytes: what HMAC-SHA-256 makes full use of.
    pub const LEAST: usize = 32;

    /// A secret that somebody chose.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = bytes.into();
        if bytes.len() < Self::LEAST {
            return Err(SecretError::TooShort);
        }
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(SecretError::Monotonous);
        }
        Ok(Self(bytes))
    }

    /// A new random secret.
    pub fn random() -> Result<Self, SecretError> {
        let mut bytes = vec![0; Self::LEAST];
        rand::fill(&mut bytes).map_err(|_| SecretError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The secret itself, to be kept.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// A key for one purpose, which tells nothing of the secret or of the keys for others.
    pub(super) fn key_for(&self, purpose: &str) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), purpose.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_not_printed() {
        assert_eq!(Secret::new("x".repeat(31)).map(|_| ()), Err(SecretError::TooShort));
        assert_eq!(Secret::new("x".repeat(32)).map(|_| ()), Err(SecretError::Monotonous));
        let secret = Secret::new("correct horse battery staple, and more").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_ne!(Secret::random().unwrap().expose(), Secret::random().unwrap().expose());
    }

    #[test]
    fn keys_differ_by_purpose_and_secret() {
        let one = Secret::new("correct horse battery staple, and more").unwrap();
        let other = Secret::new("correct horse battery staple, and less").unwrap();
        assert_ne!(one.key_for("a").as_ref(), one.key_for("b").as_ref());
        assert_ne!(one.key_for("a").as_ref(), other.key_for("a").as_ref());
    }
}
