//! Who is calling?

use std::sync::Arc;

use domain::repository::SessionRepository;

use super::AuthError;
use crate::Caller;
use crate::ports::{AccessTokens, Clock, TokenError};

/// Tells who presents an access token. The session behind it must still hold: a token outlives its session nowhere.
pub struct Authenticate {
    /// Checks the token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Knows whether the session holds.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Authenticate {
    /// The caller behind `token`; `Unauthenticated` or `TokenExpired` if there is none.
    pub async fn execute(&self, token: &str) -> Result<Caller, AuthError> {
        let claims = self.tokens.verify(token, self.clock.now()).map_err(|error| match error {
            TokenError::Expired => AuthError::TokenExpired,
            TokenError::Invalid => AuthError::Unauthenticated,
        })?;
        let caller = Caller { user_id: claims.user_id, session_id: claims.session_id, origin: None };
        self.recheck(&caller).await?;
        Ok(caller)
    }

    /// Whether the caller's session still holds. Asked again once a connection can be reached by a revocation, so
    /// that none slips through between the check and the registration.
    pub async fn recheck(&self, caller: &Caller) -> Result<(), AuthError> {
        let session = self.sessions.find(caller.session_id).await?;
        let now = self.clock.now();
        match session {
            Some(session) if session.user_id == caller.user_id && session.is_active(now) => Ok(()),
            _ => Err(AuthError::Unauthenticated),
        }
    }
}
