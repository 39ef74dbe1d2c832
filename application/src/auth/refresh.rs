//! Staying signed in.

use std::sync::Arc;

use domain::Timestamp;
use domain::event::{Event, Published};
use domain::repository::{SessionRepository, UserRepository};
use domain::session::{Rotation, Session, SessionPolicy, TokenHash};

use super::{AuthError, SignedIn};
use crate::ports::{AccessTokens, Claims, Clock, EventPublisher, RefreshTokens};

/// How often a race for the same token is run again. The second run finds the token spent a moment ago, so more than
/// two are needed only if the session moves on in between.
const TRIES: usize = 4;

/// Continues a session by its refresh token, which is spent by it (RFC 9700, section 4.14).
pub struct RefreshSession {
    /// Knows whose session it is.
    pub users: Arc<dyn UserRepository>,
    /// Stores the rotation.
    pub sessions: Arc<dyn SessionRepository>,
    /// Issues the next access token.
    pub access: Arc<dyn AccessTokens>,
    /// Makes the next refresh token.
    pub refresh: Arc<dyn RefreshTokens>,
    /// Tells the end of a session.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long the session lives.
    pub policy: SessionPolicy,
}

impl RefreshSession {
    /// Continues the session. `Unauthenticated` if it is over or the token is none of ours; `RefreshTokenReused`, and
    /// the session ends, if the token was spent before and this is no lost reply.
    pub async fn execute(&self, presented: &str) -> Result<SignedIn, AuthError> {
        let (id, hash) = self.refresh.parse(presented).ok_or(AuthError::Unauthenticated)?;
        for _ in 0..TRIES {
            let session = self.sessions.find(id).await?.ok_or(AuthError::Unauthenticated)?;
            let now = self.clock.now();
            let generation = match session.judge(&hash, now) {
                Rotation::Over => return Err(AuthError::Unauthenticated),
                Rotation::Reused => return Err(self.end(&session, now).await),
                Rotation::Repeat => session.generation,
                Rotation::Advance if self.advance(&session, now).await? => session.generation + 1,
                Rotation::Advance => continue,
            };
            return self.signed_in(&session, generation, now).await;
        }
        Err(AuthError::Unauthenticated)
    }

    async fn advance(&self, session: &Session, now: Timestamp) -> Result<bool, AuthError> {
        let next: TokenHash = self.refresh.derive(session.id, session.generation + 1).hash;
        let expires_at = Session::expiry(&self.policy, session.created_at, now);
        Ok(self.sessions.advance(session.id, session.generation, &next, now, expires_at).await?)
    }

    async fn end(&self, session: &Session, now: Timestamp) -> AuthError {
        match self.sessions.revoke(session.user_id, session.id, now).await {
            Ok(_) => {
                let event = Event::SessionsRevoked { user_id: session.user_id, sessions: vec![session.id] };
                self.events.publish(Published { event, origin: None }).await;
                AuthError::RefreshTokenReused
            }
            Err(error) => error.into(),
        }
    }

    async fn signed_in(&self, session: &Session, generation: i64, now: Timestamp) -> Result<SignedIn, AuthError> {
        let user = self.users.find(session.user_id).await?.ok_or(AuthError::Unauthenticated)?;
        let access = self.access.issue(Claims { user_id: user.id, session_id: session.id }, now);
        let refresh_token = self.refresh.derive(session.id, generation).token;
        Ok(SignedIn { access, refresh_token, user })
    }
}
