//! A person's sign-ins, seen and ended.

use std::sync::Arc;

use domain::SessionId;
use domain::event::Event;
use domain::repository::SessionRepository;
use domain::session::Session;

use super::AuthError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher};

/// Lists the caller's sessions.
pub struct ListSessions {
    /// Knows them.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ListSessions {
    /// The sessions that hold, latest sign-in first.
    pub async fn execute(&self, caller: &Caller) -> Result<Vec<Session>, AuthError> {
        Ok(self.sessions.list(caller.user_id, self.clock.now()).await?)
    }
}

/// Ends one of the caller's sessions: its tokens are refused and its connections closed at once.
pub struct RevokeSession {
    /// Stores the end.
    pub sessions: Arc<dyn SessionRepository>,
    /// Tells it.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl RevokeSession {
    /// Ends the session; `SessionNotFound` if the caller has none of that id, be it somebody else's.
    pub async fn execute(&self, caller: &Caller, id: SessionId) -> Result<(), AuthError> {
        if !self.sessions.revoke(caller.user_id, id, self.clock.now()).await? {
            return Err(AuthError::SessionNotFound);
        }
        let event = Event::SessionsRevoked { user_id: caller.user_id, sessions: vec![id] };
        self.events.publish(caller.caused(event)).await;
        Ok(())
    }
}

/// Ends the session the caller is signed in by.
pub struct Logout {
    /// Ends sessions.
    pub revoke: Arc<RevokeSession>,
}

impl Logout {
    /// Ends it. That somebody else was faster is no failure.
    pub async fn execute(&self, caller: &Caller) -> Result<(), AuthError> {
        match self.revoke.execute(caller, caller.session_id).await {
            Err(AuthError::SessionNotFound) => Ok(()),
            other => other,
        }
    }
}
