use application::ports::{RefreshToken, RefreshTokens};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::SessionId;
use domain::session::TokenHash;
use uuid::Uuid;

use super::Secret;

/// Refresh tokens that are derived, not stored: `cfr_` and the base64url of session id, generation and an HMAC-SHA-256
/// of both. Whoever lacks the secret cannot make one, not even one that is merely wrong: a forgery that named somebody's
/// session would otherwise look like a spent token, and end it.
pub struct HmacRefreshTokens {
    key: hmac::Key,
}

const PREFIX: &str = "cfr_";
const SESSION: usize = 16;
const GENERATION: usize = 8;
const MARK: usize = 32;

impl HmacRefreshTokens {
    /// Tokens made with a secret.
    pub fn new(secret: &Secret) -> Self {
        let key = secret.key_for("confab refresh tokens, version 1");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()) }
    }
}

impl std::fmt::Debug for HmacRefreshTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HmacRefreshTokens").finish_non_exhaustive()
    }
}

impl RefreshTokens for HmacRefreshTokens {
    fn derive(&self, session: SessionId, generation: i64) -> RefreshToken {
        let mut bytes = Vec::with_capacity(SESSION + GENERATION + MARK);
        bytes.extend_from_slice(session.0.as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        let mark = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(mark.as_ref());
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        let hash = hash(&token);
        RefreshToken { token, hash }
    }

    fn parse(&self, presented: &str) -> Option<(SessionId, TokenHash)> {
        // Before decoding, so that a giant text costs nothing.
        let encoded = presented.strip_prefix(PREFIX).filter(|encoded| encoded.len() < 100)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (named, mark) = bytes.split_at_checked(SESSION + GENERATION)?;
        hmac::verify(&self.key, named, mark).ok()?;
        let session = Uuid::from_slice(named.get(..SESSION)?).ok()?;
        Some((SessionId(session), hash(presented)))
    }
}

fn hash(token: &str) -> TokenHash {
    TokenHash(digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION_ID: SessionId = SessionId(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));

    fn tokens(secret: &str) -> HmacRefreshTokens {
        HmacRefreshTokens::new(&Secret::new(secret.repeat(8)).unwrap())
    }

    #[test]
    fn a_token_is_always_the_same_and_names_its_session() {
        let tokens = tokens("abcdef");
        let token = tokens.derive(SESSION_ID, 3);
        assert_eq!(token, tokens.derive(SESSION_ID, 3));
        assert_eq!(tokens.parse(&token.token), Some((SESSION_ID, token.hash)));
    }

    #[test]
    fn tokens_differ_by_session_generation_and_secret() {
        let token = tokens("abcdef").derive(SESSION_ID, 3).token;
        assert_ne!(token, tokens("abcdef").derive(SESSION_ID, 4).token);
        assert_ne!(token, tokens("abcdef").derive(SessionId(Uuid::nil()), 3).token);
        assert_ne!(token, tokens("fedcba").derive(SESSION_ID, 3).token);
    }

    #[test]
    fn what_is_no_token_of_ours_names_no_session() {
        let tokens = tokens("abcdef");
        let good = tokens.derive(SESSION_ID, 3).token;
        let forged = self::tokens("fedcba").derive(SESSION_ID, 3).token;
        let changed = good.replacen(&good[10..12], if &good[10..12] == "AA" { "BB" } else { "AA" }, 1);
        for bad in [
            "",
            "cfr_",
            "cfr_AAAA",
            &good[4..],
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!("{good}="),
            &good.replacen("cfr_", "CFR_", 1),
            &format!("cfr_{}", "A".repeat(75)),
            &"A".repeat(1 << 20),
            "cfr_äöü",
            &forged,
            &changed,
        ] {
            assert_eq!(tokens.parse(bad), None, "{bad:.80}");
        }
    }

    #[test]
    fn only_a_digest_is_stored() {
        let token = tokens("abcdef").derive(SESSION_ID, 3);
        assert_eq!(token.hash.0.len(), 32);
        assert_eq!(format!("{token:?}"), "RefreshToken(…)");
    }
}
