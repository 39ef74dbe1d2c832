//! Saying something to one person.

use std::sync::Arc;

use domain::repository::ConversationRepository;
use domain::value::MessageBody;
use domain::{MessageId, UserId};

use super::{MessageError, NewMessage, SendMessage, Sent, check_length};
use crate::Caller;
use crate::conversations::OpenDirect;

/// What somebody says to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectMessage {
    /// To whom.
    pub to: UserId,
    /// The idempotency key, if the client chose one.
    pub id: Option<MessageId>,
    /// What.
    pub body: MessageBody,
}

/// Posts a message to the direct conversation with somebody, which is opened if they never talked.
pub struct SendDirect {
    /// Finds the conversation.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Opens it.
    pub open: Arc<OpenDirect>,
    /// Posts.
    pub send: Arc<SendMessage>,
}

impl SendDirect {
    /// Posts it; as [`OpenDirect`] where there is no conversation yet, and as [`SendMessage`].
    pub async fn execute(&self, caller: &Caller, new: DirectMessage) -> Result<Sent, MessageError> {
        // Before the conversation is opened: what is refused has no effect.
        check_length(&new.body, self.send.max_characters)?;
        let conversation_id = match self.conversations.direct(caller.user_id, new.to).await? {
            Some(id) => id,
            None => self.open.execute(caller, new.to).await?.conversation.0.id,
        };
        let DirectMessage { id, body, .. } = new;
        self.send.execute(caller, NewMessage { conversation_id, id, body, reply_to: None }).await
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::{Conversation, Refusal, Venue};
    use domain::repository::{
        Appended, Founded, MockConversationReader, MockConversationRepository, MockMessageRepository, Rejected,
    };
    use mockall::predicate::eq;

    use super::*;
    use crate::conversations::CreateConversation;
    use crate::ports::{MockIdGenerator, MockTypingTracker};
    use crate::testing::{
        ADA, BOB, CALLER, HELLO, NOW, Recorder, TEAM, body, clock, hello, ids_for_a_conversation, ready, shown,
        team_as_seen,
    };

    /// Sends over these; what is appended must be Ada's greeting in the conversation of [`TEAM`]'s id.
    fn send(
        conversations: MockConversationRepository,
        reader: MockConversationReader,
        appends: usize,
    ) -> (SendDirect, Arc<Recorder>) {
        let mut messages = MockMessageRepository::new();
        messages
            .expect_append()
            .withf(|draft| (draft.conversation_id, draft.id, draft.sender_id) == (TEAM, HELLO, ADA))
            .times(appends)
            .returning(|_| Ok(Appended::New(hello(1, 1), Venue::Direct)));
        let (conversations, events) = (Arc::new(conversations), Arc::new(Recorder::default()));
        let create = Arc::new(CreateConversation {
            conversations: conversations.clone(),
            reader: Arc::new(reader),
            events: events.clone(),
            ids: ids_for_a_conversation(),
            clock: clock(),
            capacity: 2,
        });
        let ids = Arc::new(MockIdGenerator::new());
        let mut typing = MockTypingTracker::new();
        typing.expect_spoke().with(eq(ADA), eq(TEAM)).times(appends).return_const(());
        let (messages, typing) = (Arc::new(messages), Arc::new(typing));
        let send = Arc::new(SendMessage { messages, typing, ids, clock: clock(), max_characters: 5 });
        (SendDirect { conversations, open: Arc::new(OpenDirect { create }), send }, events)
    }

    fn hello_to(to: UserId) -> DirectMessage {
        DirectMessage { to, id: Some(HELLO), body: body("Hello") }
    }

    #[test]
    fn who_has_talked_before_just_goes_on() {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_direct().with(eq(ADA), eq(BOB)).times(1).returning(|_, _| Ok(Some(TEAM)));
        let (send, events) = send(conversations, MockConversationReader::new(), 1);
        assert!(ready(send.execute(&CALLER, hello_to(BOB))).unwrap().is_new);
        assert_eq!(events.heard(), [], "the message is told by who stores it");
    }

    #[test]
    fn the_first_words_open_the_conversation() {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_direct().times(1).returning(|_, _| Ok(None));
        let founded = Conversation::direct(TEAM, ADA, BOB, NOW);
        conversations.expect_found().with(eq(founded)).times(1).returning(|_| Ok(Founded::New));
        let mut reader = MockConversationReader::new();
        reader.expect_view().times(1).returning(|_, _| Ok(Some(team_as_seen(0))));
        let (send, events) = send(conversations, reader, 1);
        assert!(ready(send.execute(&CALLER, hello_to(BOB))).unwrap().is_new);
        assert_eq!(events.heard().len(), 1, "the conversation is told, before the message is stored");
    }

    #[test]
    fn words_that_are_too_long_open_nothing() {
        let (send, events) = send(MockConversationRepository::new(), MockConversationReader::new(), 0);
        let new = DirectMessage { body: body("Hello!"), ..hello_to(BOB) };
        let refused = ready(send.execute(&CALLER, new)).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["content"]));
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn nobody_talks_to_nobody_or_to_themselves() {
        let unknown = (ErrorKind::NotFound, "USER_NOT_FOUND", vec![]);
        let oneself = (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["userId"]);
        for (to, founds, comes_to) in [(BOB, 1, unknown), (ADA, 0, oneself)] {
            let mut conversations = MockConversationRepository::new();
            conversations.expect_direct().times(1).returning(|_, _| Ok(None));
            let answer = |_: &Conversation| Err(Rejected::Refused(Refusal::UserNotFound));
            conversations.expect_found().times(founds).returning(answer);
            let (send, events) = send(conversations, MockConversationReader::new(), 0);
            assert_eq!(shown(&ready(send.execute(&CALLER, hello_to(to))).unwrap_err()), comes_to);
            assert_eq!(events.heard(), []);
        }
    }
}
