//! Catching up.

use std::sync::Arc;

use domain::conversation::{ChangePage, Refusal};
use domain::repository::{ConversationReader, ConversationRepository};
use domain::{ConversationId, Limit, Seq};

use super::ConversationError;
use crate::Caller;

/// Reads what changed in a conversation since the caller last heard of it.
pub struct ReadChanges {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the changes.
    pub reader: Arc<dyn ConversationReader>,
}

impl ReadChanges {
    /// A page of changes after a place; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Seq,
        limit: Limit,
    ) -> Result<ChangePage, ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.changes(id, after, limit).await?.ok_or(Refusal::NotFound)?)
    }
}

/// Looks at a conversation over a connection.
pub struct Join {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
}

impl Join {
    /// The conversation's last place; `NotFound` or `NotParticipant`.
    pub async fn execute(&self, caller: &Caller, id: ConversationId) -> Result<Seq, ConversationError> {
        let standing = self.conversations.standing(id, caller.user_id).await?;
        Ok(ConversationError::admit(standing)?.0)
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::{Change, Standing};
    use domain::repository::{MockConversationReader, MockConversationRepository};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{ADA, CALLER, STRANGER, TEAM, hello, ready, shown, standing, venue};

    fn stands(standing: Option<Standing>) -> Arc<MockConversationRepository> {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        Arc::new(conversations)
    }

    /// Reads of a store that is asked for ten changes after place 4, and answers so.
    fn read_after_4(answer: Option<ChangePage>) -> Result<ChangePage, ConversationError> {
        let limit = Limit::new(10).unwrap();
        let mut reader = MockConversationReader::new();
        reader.expect_changes().with(eq(TEAM), eq(4), eq(limit)).times(1).return_once(|_, _, _| Ok(answer));
        let read = ReadChanges { conversations: stands(Some(standing(7))), reader: Arc::new(reader) };
        ready(read.execute(&CALLER, TEAM, 4, limit))
    }

    #[test]
    fn who_takes_part_reads_what_changed_after_a_place() {
        let page = ChangePage {
            venue: venue(),
            seq: 7,
            changes: vec![Change::Message(Box::new(hello(5, 6)))],
            has_more: true,
        };
        assert_eq!(read_after_4(Some(page.clone())).unwrap(), page);
    }

    #[test]
    fn a_conversation_deleted_while_it_is_read_is_not_there() {
        assert_eq!(read_after_4(None).unwrap_err().code(), "CONVERSATION_NOT_FOUND");
    }

    #[test]
    fn who_takes_part_joins_at_the_last_place() {
        let join = Join { conversations: stands(Some(standing(7))) };
        assert_eq!(ready(join.execute(&CALLER, TEAM)).unwrap(), 7);
    }

    #[test]
    fn strangers_neither_read_nor_join_and_nobody_does_what_is_not_there() {
        for (standing, comes_to) in [
            (None, (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (Some(STRANGER), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
        ] {
            let reader = Arc::new(MockConversationReader::new());
            let read = ReadChanges { conversations: stands(standing), reader };
            assert_eq!(shown(&ready(read.execute(&CALLER, TEAM, 4, Limit::DEFAULT)).unwrap_err()), comes_to);
            let join = Join { conversations: stands(standing) };
            assert_eq!(shown(&ready(join.execute(&CALLER, TEAM)).unwrap_err()), comes_to);
        }
    }
}
