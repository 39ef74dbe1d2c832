//! Who types, and who looks.

use std::sync::Arc;

use domain::ConversationId;
use domain::event::{ConversationEventKind, Event, Published};
use domain::repository::ConversationRepository;

use super::TypingError;
use crate::Caller;
use crate::conversations::ConversationError;
use crate::ports::TypingTracker;

/// Notes where a connection looks.
pub struct Look {
    /// Knows who looks where.
    pub typing: Arc<dyn TypingTracker>,
}

impl Look {
    /// The caller's connection has joined a conversation that they take part in, or looks away from it.
    pub fn execute(&self, caller: &Caller, id: ConversationId, joined: bool) {
        match caller.origin {
            Some(origin) if joined => self.typing.joined(caller.user_id, origin, id),
            Some(origin) => self.typing.left(origin, id),
            None => {}
        }
    }
}

/// Begins to type.
pub struct StartTyping {
    /// Knows why the caller may not.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Knows whether they look, and that they type.
    pub typing: Arc<dyn TypingTracker>,
}

impl StartTyping {
    /// Begins, or goes on; `NotFound` or `NotParticipant`, and `NotJoined` if the caller's connection does not look at
    /// the conversation.
    pub async fn execute(&self, caller: &Caller, id: ConversationId) -> Result<(), TypingError> {
        if caller.origin.is_some_and(|origin| self.typing.started(origin, id)) {
            // Who looks takes part: the tracker forgets those who are removed.
            return Ok(());
        }
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Err(TypingError::NotJoined)
    }
}

/// Types no more.
pub struct StopTyping {
    /// Knows whether the caller takes part.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Knows that they type.
    pub typing: Arc<dyn TypingTracker>,
}

impl StopTyping {
    /// Ends it, if the caller's connection typed there; `NotFound` or `NotParticipant`.
    pub async fn execute(&self, caller: &Caller, id: ConversationId) -> Result<(), TypingError> {
        if let Some(origin) = caller.origin {
            self.typing.stopped(origin, id);
        }
        ConversationError::admit(self.conversations.standing(id, caller.user_id).await?)?;
        Ok(())
    }
}

/// Ends the typing of those who are removed, and in conversations that are deleted, here or on another node.
pub struct FollowTyping {
    /// Knows who types.
    pub typing: Arc<dyn TypingTracker>,
}

impl FollowTyping {
    /// Takes in what happened.
    pub fn execute(&self, published: &Published) {
        let Event::Conversation(event) = &published.event else { return };
        match &event.kind {
            ConversationEventKind::ParticipantRemoved(removed) => {
                self.typing.removed(removed.user.id, event.conversation_id);
            }
            ConversationEventKind::Deleted => self.typing.deleted(event.conversation_id),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::{Role, Standing};
    use domain::event::ParticipantEvent;
    use domain::repository::MockConversationRepository;
    use mockall::predicate::eq;

    use super::*;
    use crate::ports::MockTypingTracker;
    use crate::testing::{
        ADA, BOB, CALLER, IS_DOWN, LINK, STRANGER, TEAM, outage, profile, ready, shown, standing, told,
    };

    fn stands(standing: Option<Standing>) -> Arc<MockConversationRepository> {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().with(eq(TEAM), eq(ADA)).times(1).return_once(move |_, _| Ok(standing));
        Arc::new(conversations)
    }

    #[test]
    fn a_connection_looks_and_looks_away() {
        let mut typing = MockTypingTracker::new();
        typing.expect_joined().with(eq(ADA), eq(LINK), eq(TEAM)).times(1).return_const(());
        typing.expect_left().with(eq(LINK), eq(TEAM)).times(1).return_const(());
        let look = Look { typing: Arc::new(typing) };
        look.execute(&CALLER, TEAM, true);
        look.execute(&CALLER, TEAM, false);
        look.execute(&Caller { origin: None, ..CALLER }, TEAM, true);
    }

    #[test]
    fn who_looks_may_type_without_a_question() {
        let mut typing = MockTypingTracker::new();
        typing.expect_started().with(eq(LINK), eq(TEAM)).times(1).return_const(true);
        let conversations = Arc::new(MockConversationRepository::new());
        let start = StartTyping { conversations, typing: Arc::new(typing) };
        ready(start.execute(&CALLER, TEAM)).unwrap();
    }

    #[test]
    fn who_does_not_look_may_not() {
        let mut typing = MockTypingTracker::new();
        typing.expect_started().times(1).return_const(false);
        let typing = Arc::new(typing);
        for caller in [CALLER, Caller { origin: None, ..CALLER }] {
            let start = StartTyping { conversations: stands(Some(standing(7))), typing: typing.clone() };
            let refused = ready(start.execute(&caller, TEAM)).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Conflict, "NOT_JOINED", vec![]));
        }
    }

    #[test]
    fn a_stranger_neither_starts_nor_stops() {
        for (standing, told) in [
            (Some(STRANGER), (ErrorKind::Forbidden, "FORBIDDEN", vec![])),
            (None, (ErrorKind::NotFound, "CONVERSATION_NOT_FOUND", vec![])),
        ] {
            let mut typing = MockTypingTracker::new();
            typing.expect_started().times(1).return_const(false);
            let start = StartTyping { conversations: stands(standing), typing: Arc::new(typing) };
            assert_eq!(shown(&ready(start.execute(&CALLER, TEAM)).unwrap_err()), told);
            let mut typing = MockTypingTracker::new();
            typing.expect_stopped().times(1).return_const(());
            let stop = StopTyping { conversations: stands(standing), typing: Arc::new(typing) };
            assert_eq!(shown(&ready(stop.execute(&CALLER, TEAM)).unwrap_err()), told);
        }
    }

    #[test]
    fn a_stop_counts_also_while_the_database_is_down() {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_standing().times(1).return_once(|_, _| Err(outage()));
        let mut typing = MockTypingTracker::new();
        typing.expect_stopped().with(eq(LINK), eq(TEAM)).times(1).return_const(());
        let stop = StopTyping { conversations: Arc::new(conversations), typing: Arc::new(typing) };
        assert_eq!(shown(&ready(stop.execute(&CALLER, TEAM)).unwrap_err()), IS_DOWN);
    }

    #[test]
    fn the_removed_and_the_deleted_end_it() {
        let mut typing = MockTypingTracker::new();
        typing.expect_removed().with(eq(BOB), eq(TEAM)).times(1).return_const(());
        typing.expect_deleted().with(eq(TEAM)).times(1).return_const(());
        let follow = FollowTyping { typing: Arc::new(typing) };
        let bob =
            || Box::new(ParticipantEvent { user: profile(BOB, "bob"), role: Role::Member, by: profile(ADA, "ada") });
        follow.execute(&told(8, ConversationEventKind::ParticipantRemoved(bob())));
        follow.execute(&told(9, ConversationEventKind::ParticipantAdded(bob())));
        follow.execute(&told(10, ConversationEventKind::Deleted));
        follow.execute(&CALLER.caused(Event::SessionsRevoked { user_id: ADA, sessions: vec![] }));
    }
}
