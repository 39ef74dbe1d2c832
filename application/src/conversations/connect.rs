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
