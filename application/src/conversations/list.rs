//! Conversations and participants, read.

use std::sync::Arc;

use domain::conversation::{ConversationView, ParticipantView, Refusal, ViewerState};
use domain::repository::{ActivityCursor, ConversationReader, ConversationRepository};
use domain::{ConversationId, Limit, Page, Timestamp, UserId};

use super::ConversationError;
use crate::Caller;

/// Lists the caller's conversations.
pub struct ListConversations {
    /// Reads them.
    pub reader: Arc<dyn ConversationReader>,
}

impl ListConversations {
    /// A page of them, latest activity first.
    pub async fn execute(
        &self,
        caller: &Caller,
        after: Option<ActivityCursor>,
        limit: Limit,
    ) -> Result<Page<(ConversationView, ViewerState)>, ConversationError> {
        Ok(self.reader.list(caller.user_id, false, after, limit).await?)
    }
}

/// Shows one conversation.
pub struct GetConversation {
    /// Knows who takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads it.
    pub reader: Arc<dyn ConversationReader>,
}

impl GetConversation {
    /// The conversation as the caller sees it; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<(ConversationView, ViewerState), ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.view(id, caller.user_id).await?.ok_or(Refusal::NotFound)?)
    }
}

/// Lists who takes part.
pub struct ListParticipants {
    /// Knows whether the caller does.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Reads the list.
    pub reader: Arc<dyn ConversationReader>,
}

impl ListParticipants {
    /// A page of them, oldest first; `NotFound` or `NotParticipant`.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Option<(Timestamp, UserId)>,
        limit: Limit,
    ) -> Result<Page<ParticipantView>, ConversationError> {
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(self.reader.participants(id, after, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::{Role, Standing};
    use domain::repository::{MockConversationReader, MockConversationRepository};
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{
        ADA, BOB, CALLER, IS_DOWN, NOW, STRANGER, TEAM, outage, profile, ready, shown, standing, team_as_seen,
    };

    /// A store that is asked once how Ada stands to the team, and answers so.
    fn stands(standing: Option<Standing>) -> Arc<MockConversationRepository> {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        Arc::new(conversations)
    }

    #[test]
    fn the_list_holds_what_the_caller_has_not_put_away() {
        let (after, limit) = (Some(ActivityCursor { active_at: NOW, id: TEAM }), Limit::new(2).unwrap());
        let page = Page { items: vec![team_as_seen(7)], has_more: true };
        let mut reader = MockConversationReader::new();
        let answer = page.clone();
        reader
            .expect_list()
            .with(eq(ADA), eq(false), eq(after), eq(limit))
            .times(1)
            .return_once(|_, _, _, _| Ok(answer));
        let list = ListConversations { reader: Arc::new(reader) };
        assert_eq!(ready(list.execute(&CALLER, after, limit)).unwrap(), page);
    }

    #[test]
    fn who_takes_part_sees_the_conversation() {
        let mut reader = MockConversationReader::new();
        reader.expect_view().with(eq(TEAM), eq(ADA)).times(1).returning(|_, _| Ok(Some(team_as_seen(7))));
        let get = GetConversation { conversations: stands(Some(standing(7))), reader: Arc::new(reader) };
        assert_eq!(ready(get.execute(&CALLER, TEAM)).unwrap(), team_as_seen(7));
    }

    #[test]
    fn a_conversation_deleted_while_it_is_asked_for_is_not_there() {
        let mut reader = MockConversationReader::new();
        reader.expect_view().times(1).returning(|_, _| Ok(None));
        let get = GetConversation { conversations: stands(Some(standing(7))), reader: Arc::new(reader) };
        assert_eq!(ready(get.execute(&CALLER, TEAM)).unwrap_err().code(), "CONVERSATION_NOT_FOUND");
    }

    #[test]
    fn who_takes_part_sees_who_else_does() {
        let (after, limit) = (Some((NOW, BOB)), Limit::new(2).unwrap());
        let bob = ParticipantView { profile: profile(BOB, "bob"), role: Role::Admin, joined_at: NOW };
        let page = Page { items: vec![bob], has_more: false };
        let mut reader = MockConversationReader::new();
        let answer = page.clone();
        reader.expect_participants().with(eq(TEAM), eq(after), eq(limit)).times(1).return_once(|_, _, _| Ok(answer));
        let list = ListParticipants { conversations: stands(Some(standing(7))), reader: Arc::new(reader) };
        assert_eq!(ready(list.execute(&CALLER, TEAM, after, limit)).unwrap(), page);
    }

    #[test]
    fn nothing_is_read_for_strangers_or_of_what_is_not_there() {
        for (standing, comes_to) in [
            (None, (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
            (Some(STRANGER), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
        ] {
            let unread = || Arc::new(MockConversationReader::new());
            let get = GetConversation { conversations: stands(standing), reader: unread() };
            assert_eq!(shown(&ready(get.execute(&CALLER, TEAM)).unwrap_err()), comes_to);
            let list = ListParticipants { conversations: stands(standing), reader: unread() };
            assert_eq!(shown(&ready(list.execute(&CALLER, TEAM, None, Limit::DEFAULT)).unwrap_err()), comes_to);
        }
    }

    #[test]
    fn a_database_that_is_down_is_no_missing_conversation() {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().times(1).returning(|_, _| Err(outage()));
        let reader = Arc::new(MockConversationReader::new());
        let get = GetConversation { conversations: Arc::new(conversations), reader };
        assert_eq!(shown(&ready(get.execute(&CALLER, TEAM)).unwrap_err()), IS_DOWN);
    }
}
