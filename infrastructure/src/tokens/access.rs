use std::time::Duration;

use application::ports::{AccessToken, AccessTokens, Claims, TokenError};
use domain::{SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Secret;

/// Access tokens as JWTs, signed with HMAC-SHA-256 (RFC 7519; RFC 8725 for what to check).
pub struct JwtAccessTokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
    lifetime: Duration,
    leeway: i64,
}

const ISSUER: &str = "confab";
const AUDIENCE: &str = "confab";
/// The header's `typ` (RFC 9068): no other token of ours bears it.
const TYPE: &str = "at+jwt";
/// Longer texts are refused unread; ours have about 300 bytes.
const LONGEST: usize = 2048;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl JwtAccessTokens {
    /// Tokens made with a secret, good for `lifetime`. The clocks of nodes may differ by `leeway`.
    pub fn new(secret: &Secret, lifetime: Duration, leeway: Duration) -> Self {
        let key = secret.key_for("confab access tokens, version 1");
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // Times are checked here, against the time that is handed in.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            signing: EncodingKey::from_secret(key.as_ref()),
            checking: DecodingKey::from_secret(key.as_ref()),
            validation,
            lifetime,
            leeway: whole_seconds(leeway),
        }
    }

    fn seconds(&self) -> i64 {
        whole_seconds(self.lifetime)
    }
}

impl std::fmt::Debug for JwtAccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtAccessTokens")
            .field("lifetime", &self.lifetime)
            .field("leeway", &self.leeway)
            .finish_non_exhaustive()
    }
}

impl AccessTokens for JwtAccessTokens {
    fn issue(&self, claims: Claims, now: Timestamp) -> AccessToken {
        let iat = seconds(now);
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: claims.user_id.0,
            sid: claims.session_id.0,
            iat,
            nbf: iat,
            exp: iat.saturating_add(self.seconds()),
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &payload, &self.signing).unwrap_or_else(|error| {
            // Signing plain numbers and texts with a symmetric key has nothing that can fail. If it does, the answer
            // is a token that nobody accepts.
            tracing::error!(%error, "an access token could not be signed");
            String::new()
        });
        AccessToken { token, expires_in: self.lifetime }
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let decoded = jsonwebtoken::decode::<Payload>(token, &self.checking, &self.validation);
        let (header, payload) = decoded.map(|data| (data.header, data.claims)).map_err(|_| TokenError::Invalid)?;
        let now = seconds(now);
        let not_ours = header.typ.as_deref() != Some(TYPE)
            || payload.exp <= payload.iat
            || payload.exp.saturating_sub(payload.iat) > self.seconds();
        let early = payload.iat.max(payload.nbf) > now.saturating_add(self.leeway);
        if not_ours || early {
            return Err(TokenError::Invalid);
        }
        if payload.exp.saturating_add(self.leeway) <= now {
            return Err(TokenError::Expired);
        }
        Ok(Claims { user_id: UserId(payload.sub), session_id: SessionId(payload.sid) })
    }
}

fn whole_seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn seconds(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use application::ports::RefreshTokens;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::tokens::HmacRefreshTokens;

    const LIFETIME: Duration = Duration::from_mins(15);
    const LEEWAY: Duration = Duration::from_secs(10);
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_500);
    const NOW_S: i64 = 1_800_000_000;
    const CLAIMS: Claims = Claims { user_id: UserId(Uuid::from_u128(7)), session_id: SessionId(Uuid::from_u128(8)) };

    fn secret() -> Secret {
        Secret::new("an example of a secret that is long enough").unwrap()
    }

    fn tokens() -> JwtAccessTokens {
        JwtAccessTokens::new(&secret(), LIFETIME, LEEWAY)
    }

    fn payload() -> String {
        let (sub, sid) = (CLAIMS.user_id, CLAIMS.session_id);
        format!(
            r#"{{"iss":"confab","aud":"confab","sub":"{sub}","sid":"{sid}","iat":{NOW_S},"nbf":{NOW_S},"exp":{}}}"#,
            NOW_S + 900
        )
    }

    /// A token with our own signature over anything.
    fn signed(header: &str, payload: &str) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let key = secret().key_for("confab access tokens, version 1");
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_ref());
        let signature = aws_lc_rs::hmac::sign(&key, text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    const HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;

    #[test]
    fn a_token_says_who_signed_in_and_how_long_it_holds() {
        let token = tokens().issue(CLAIMS, NOW);
        assert_eq!(token.expires_in, LIFETIME);
        assert_eq!(tokens().verify(&token.token, NOW), Ok(CLAIMS));
        assert_eq!(tokens().verify(&signed(HEADER, &payload()), NOW), Ok(CLAIMS));
    }

    #[test]
    fn it_expires_after_the_leeway() {
        let token = tokens().issue(CLAIMS, NOW).token;
        let after = |seconds: u64| tokens().verify(&token, NOW.plus(Duration::from_secs(seconds)));
        assert_eq!(after(909), Ok(CLAIMS));
        assert_eq!(after(910), Err(TokenError::Expired));
        assert_eq!(after(1 << 40), Err(TokenError::Expired));
    }

    #[test]
    fn other_algorithms_are_refused() {
        for alg in ["none", "None", "nOnE", "RS256", "HS384", "HS512", "EdDSA", "ES256"] {
            let header = format!(r#"{{"typ":"at+jwt","alg":"{alg}"}}"#);
            let token = signed(&header, &payload());
            assert_eq!(tokens().verify(&token, NOW), Err(TokenError::Invalid), "{alg}");
            let unsigned = &token[..=token.rfind('.').unwrap()];
            assert_eq!(tokens().verify(unsigned, NOW), Err(TokenError::Invalid), "{alg} without signature");
        }
    }

    #[test]
    fn keys_named_in_the_header_count_for_nothing() {
        let header = r#"{"typ":"at+jwt","alg":"HS256","kid":"../../dev/null","jku":"http://evil.example/"}"#;
        let token = signed(header, &payload());
        let text = &token[..token.rfind('.').unwrap()];
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"");
        let forged =
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes()).as_ref()));
        assert_eq!(tokens().verify(&forged, NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn changed_and_cut_tokens_are_refused() {
        let token = tokens().issue(CLAIMS, NOW).token;
        let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
        let other = URL_SAFE_NO_PAD.encode(payload().replace("0007", "0009"));
        for bad in [
            String::new(),
            "..".to_owned(),
            "a.b.c".to_owned(),
            format!("{header}.{other}.{signature}"),
            format!("{header}.{body}."),
            format!("{header}.{body}"),
            format!("{header}.{body}.{}", &signature[..20]),
            format!("{header}.{body}.{signature}A"),
            format!("{token}.x"),
            format!(" {token}"),
            format!("{token}{}", "A".repeat(8192)),
            "A".repeat(8192),
        ] {
            assert_eq!(tokens().verify(&bad, NOW), Err(TokenError::Invalid), "{bad:.60}");
        }
    }

    #[test]
    fn every_claim_is_needed_and_must_be_right() {
        let exp = format!("\"exp\":{}", NOW_S + 900);
        let (iat, nbf) = (format!("\"iat\":{NOW_S}"), format!("\"nbf\":{NOW_S}"));
        for (part, other) in [
            (exp.as_str(), "\"x\":1".to_owned()),
            (&exp, format!("\"exp\":\"{}\"", NOW_S + 900)),
            (&exp, format!("\"exp\":{}.5", NOW_S + 900)),
            (&exp, "\"exp\":-1".to_owned()),
            (&exp, "\"exp\":253402300799".to_owned()),
            (&exp, format!("\"exp\":{}", i64::MAX)),
            (&exp, format!("\"exp\":{}", NOW_S + 901)),
            (&iat, "\"x\":1".to_owned()),
            (&iat, format!("\"iat\":{}", NOW_S + 11)),
            (&iat, format!("\"iat\":{}", i64::MIN)),
            (&nbf, "\"x\":1".to_owned()),
            (&nbf, format!("\"nbf\":{}", NOW_S + 11)),
            ("\"iss\":\"confab\"", "\"iss\":\"other\"".to_owned()),
            ("\"iss\":\"confab\"", "\"x\":1".to_owned()),
            ("\"aud\":\"confab\"", "\"aud\":\"other\"".to_owned()),
            ("\"aud\":\"confab\"", "\"x\":1".to_owned()),
            ("\"sub\"", "\"x\"".to_owned()),
            ("\"sid\"", "\"x\"".to_owned()),
        ] {
            let changed = payload().replacen(part, &other, 1);
            assert_ne!(changed, payload());
            assert_eq!(tokens().verify(&signed(HEADER, &changed), NOW), Err(TokenError::Invalid), "{changed}");
        }
    }

    #[test]
    fn tokens_of_other_kinds_and_secrets_are_refused() {
        for header in [r#"{"typ":"JWT","alg":"HS256"}"#, r#"{"alg":"HS256"}"#] {
            assert_eq!(tokens().verify(&signed(header, &payload()), NOW), Err(TokenError::Invalid), "{header}");
        }
        let refresh = HmacRefreshTokens::new(&secret()).derive(CLAIMS.session_id, 1).token;
        assert_eq!(tokens().verify(&refresh, NOW), Err(TokenError::Invalid));
        let other = Secret::new("another example of a secret, long as well").unwrap();
        let token = JwtAccessTokens::new(&other, LIFETIME, LEEWAY).issue(CLAIMS, NOW).token;
        assert_eq!(tokens().verify(&token, NOW), Err(TokenError::Invalid));
    }
}
