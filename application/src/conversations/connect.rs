//! What a new connection hears of.

use std::sync::Arc;

use domain::repository::ConversationReader;
use domain::{ConversationId, Seq};

use crate::Caller;
use crate::auth::{AuthError, Authenticate};

/// Admits a connection that a revocation can already reach.
pub struct Connect {
    /// Checks the session once more.
    pub authenticate: Arc<Authenticate>,
    /// Knows the conversations.
    pub reader: Arc<dyn ConversationReader>,
}

impl Connect {
    /// The conversations the caller takes part in, each with its last place; `Unauthenticated` if the session has
    /// ended meanwhile.
    pub async fn execute(&self, caller: &Caller) -> Result<Vec<(ConversationId, Seq)>, AuthError> {
        self.authenticate.recheck(caller).await?;
        Ok(self.reader.positions(caller.user_id).await?)
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::{MockConversationReader, MockSessionRepository};
    use domain::session::Session;
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::ports::MockAccessTokens;
    use crate::testing::{ADA, CALLER, SESSION, TEAM, clock, ready, session};

    fn connect(session: Option<Session>, reader: MockConversationReader) -> Connect {
        let mut sessions = MockSessionRepository::new();
        sessions.expect_find().with(eq(SESSION)).times(1).return_once(|_| Ok(session));
        let tokens = Arc::new(MockAccessTokens::new());
        let authenticate = Authenticate { tokens, sessions: Arc::new(sessions), clock: clock() };
        Connect { authenticate: Arc::new(authenticate), reader: Arc::new(reader) }
    }

    #[test]
    fn a_connection_hears_of_the_conversations_its_owner_takes_part_in() {
        let mut reader = MockConversationReader::new();
        reader.expect_positions().with(eq(ADA)).times(1).returning(|_| Ok(vec![(TEAM, 7)]));
        assert_eq!(ready(connect(Some(session()), reader).execute(&CALLER)).unwrap(), [(TEAM, 7)]);
    }

    #[test]
    fn a_connection_whose_session_has_ended_meanwhile_hears_of_nothing() {
        let ended = Session { revoked_at: Some(session().last_used_at), ..session() };
        let refused = ready(connect(Some(ended), MockConversationReader::new()).execute(&CALLER)).unwrap_err();
        assert_eq!(refused.code(), "UNAUTHENTICATED");
    }
}
