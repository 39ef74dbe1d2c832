//! Saying something.

use std::sync::Arc;

use domain::message::{Draft, MessageView};
use domain::repository::{Appended, MessageRepository};
use domain::value::MessageBody;
use domain::{ConversationId, MessageId};

use super::{MessageError, check_length};
use crate::Caller;
use crate::ports::{Clock, IdGenerator, TypingTracker};

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// The idempotency key, if the client chose one.
    pub id: Option<MessageId>,
    /// What.
    pub body: MessageBody,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message as it is stored.
    pub view: MessageView,
    /// Whether it was stored just now; a resend was before.
    pub is_new: bool,
}

/// Posts a message: stored when this returns, told to the others after that.
pub struct SendMessage {
    /// Stores it, and tells the others.
    pub messages: Arc<dyn MessageRepository>,
    /// Ends the typing that led to it.
    pub typing: Arc<dyn TypingTracker>,
    /// Names it if the client did not.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How many characters a message may have.
    pub max_characters: usize,
}

impl SendMessage {
    /// Posts it. A resend of the same id answers the stored message and tells nobody again.
    pub async fn execute(&self, caller: &Caller, new: NewMessage) -> Result<Sent, MessageError> {
        check_length(&new.body, self.max_characters)?;
        let draft = Draft {
            id: new.id.unwrap_or_else(|| self.ids.message()),
            conversation_id: new.conversation_id,
            sender_id: caller.user_id,
            body: new.body,
            reply_to: new.reply_to,
            at: self.clock.now(),
            origin: caller.origin,
        };
        let view = match self.messages.append(draft).await? {
            Appended::New(view, _) => view,
            Appended::Repeated(view) => return Ok(Sent { view, is_new: false }),
        };
        self.typing.spoke(caller.user_id, new.conversation_id);
        Ok(Sent { view, is_new: true })
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::message::Refusal;
    use domain::repository::{MockMessageRepository, Rejected};
    use mockall::predicate::eq;
    use uuid::Uuid;

    use super::*;
    use crate::ports::{MockIdGenerator, MockTypingTracker};
    use crate::testing::{ADA, CALLER, HELLO, IS_DOWN, NOW, TEAM, body, clock, hello, outage, ready, shown, venue};

    const QUESTION: MessageId = MessageId(Uuid::from_u128(0x90e5));

    fn draft() -> Draft {
        Draft {
            id: HELLO,
            conversation_id: TEAM,
            sender_id: ADA,
            body: body("Hello"),
            reply_to: Some(QUESTION),
            at: NOW,
            origin: CALLER.origin,
        }
    }

    /// Sends to a store that must be given [`draft`], and answers so.
    fn send(
        id: Option<MessageId>,
        ids: MockIdGenerator,
        answer: Result<Appended, Rejected<Refusal>>,
    ) -> Result<Sent, MessageError> {
        let mut messages = MockMessageRepository::new();
        let mut typing = MockTypingTracker::new();
        let is_new = matches!(answer, Ok(Appended::New(..)));
        typing.expect_spoke().with(eq(ADA), eq(TEAM)).times(usize::from(is_new)).return_const(());
        messages.expect_append().with(eq(draft())).times(1).return_once(|_| answer);
        let (messages, typing, ids) = (Arc::new(messages), Arc::new(typing), Arc::new(ids));
        let send = SendMessage { messages, typing, ids, clock: clock(), max_characters: 5 };
        let new = NewMessage { conversation_id: TEAM, id, body: body("Hello"), reply_to: Some(QUESTION) };
        ready(send.execute(&CALLER, new))
    }

    #[test]
    fn a_new_message_is_stored_as_that_of_the_connection_it_came_by() {
        let sent = send(Some(HELLO), MockIdGenerator::new(), Ok(Appended::New(hello(8, 8), venue())));
        assert_eq!(sent.unwrap(), Sent { view: hello(8, 8), is_new: true });
    }

    #[test]
    fn a_message_without_an_id_is_given_one() {
        let mut ids = MockIdGenerator::new();
        ids.expect_message().times(1).return_const(HELLO);
        assert!(send(None, ids, Ok(Appended::New(hello(8, 8), venue()))).unwrap().is_new);
    }

    #[test]
    fn a_resend_answers_what_is_stored_and_ends_no_typing() {
        let sent = send(Some(HELLO), MockIdGenerator::new(), Ok(Appended::Repeated(hello(5, 9))));
        assert_eq!(sent.unwrap(), Sent { view: hello(5, 9), is_new: false });
    }

    #[test]
    fn a_message_has_so_many_characters_and_no_more() {
        let (messages, typing) = (Arc::new(MockMessageRepository::new()), Arc::new(MockTypingTracker::new()));
        let ids = Arc::new(MockIdGenerator::new());
        let send = SendMessage { messages, typing, ids, clock: clock(), max_characters: 5 };
        for text in ["Hello!", "Grüßen"] {
            let new = NewMessage { conversation_id: TEAM, id: Some(HELLO), body: body(text), reply_to: None };
            let refused = ready(send.execute(&CALLER, new)).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["content"]), "{text}");
        }
        assert!(check_length(&body("Grüße"), 5).is_ok(), "characters, not bytes");
    }

    #[test]
    fn what_is_refused_or_not_stored_says_why() {
        for (answer, comes_to) in [
            (Rejected::Refused(Refusal::IdTaken), (ErrorKind::Conflict, "MESSAGE_ID_TAKEN", vec![])),
            (Rejected::Repository(outage()), IS_DOWN),
        ] {
            let failed = send(Some(HELLO), MockIdGenerator::new(), Err(answer));
            assert_eq!(shown(&failed.unwrap_err()), comes_to);
        }
    }
}
