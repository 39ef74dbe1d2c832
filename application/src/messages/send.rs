//! Saying something.

use std::sync::Arc;

use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::{Draft, MessageView};
use domain::repository::{Appended, MessageRepository};
use domain::value::MessageBody;
use domain::{ConversationId, MessageId};

use super::MessageError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher, IdGenerator, TypingTracker};

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
    /// Stores it.
    pub messages: Arc<dyn MessageRepository>,
    /// Tells the others.
    pub events: Arc<dyn EventPublisher>,
    /// Ends the typing that led to it.
    pub typing: Arc<dyn TypingTracker>,
    /// Names it if the client did not.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl SendMessage {
    /// Posts it. A resend of the same id answers the stored message and tells nobody again.
    pub async fn execute(&self, caller: &Caller, new: NewMessage) -> Result<Sent, MessageError> {
        let draft = Draft {
            id: new.id.unwrap_or_else(|| self.ids.message()),
            conversation_id: new.conversation_id,
            sender_id: caller.user_id,
            body: new.body,
            reply_to: new.reply_to,
            at: self.clock.now(),
        };
        #[cfg(feature = "planted-bugs")]
        self.too_early(caller, draft.clone()).await?;
        let (view, venue) = match self.messages.append(draft).await? {
            Appended::New(view, venue) => (view, venue),
            Appended::Repeated(view) => return Ok(Sent { view, is_new: false }),
        };
        let event = ConversationEvent {
            conversation_id: view.message.conversation_id,
            seq: view.message.changed_seq,
            kind: ConversationEventKind::MessagePosted(Box::new(view.clone()), venue),
        };
        self.events.publish(caller.caused(Event::Conversation(event))).await;
        self.typing.spoke(caller.user_id, new.conversation_id);
        Ok(Sent { view, is_new: true })
    }
}

/// A bug to be found by the chaos program: the first time, the store only says what it will do.
#[cfg(feature = "planted-bugs")]
impl SendMessage {
    async fn too_early(&self, caller: &Caller, draft: Draft) -> Result<(), MessageError> {
        if planted::is(planted::Bug::PublishBeforeCommit)
            && let Appended::New(view, venue) = self.messages.append(draft).await?
        {
            let (conversation_id, seq) = (view.message.conversation_id, view.message.seq);
            let kind = ConversationEventKind::MessagePosted(Box::new(view), venue);
            let event = ConversationEvent { conversation_id, seq, kind };
            self.events.publish(caller.caused(Event::Conversation(event))).await;
        }
        Ok(())
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
    use crate::testing::{
        ADA, CALLER, HELLO, IS_DOWN, NOW, Recorder, TEAM, body, clock, hello, outage, ready, shown, told, venue,
    };

    const QUESTION: MessageId = MessageId(Uuid::from_u128(0x90e5));

    fn draft() -> Draft {
        Draft {
            id: HELLO,
            conversation_id: TEAM,
            sender_id: ADA,
            body: body("Hello"),
            reply_to: Some(QUESTION),
            at: NOW,
        }
    }

    /// Sends to a store that must be given [`draft`], and answers so.
    fn send(
        id: Option<MessageId>,
        ids: MockIdGenerator,
        answer: Result<Appended, Rejected<Refusal>>,
    ) -> (Result<Sent, MessageError>, Arc<Recorder>) {
        let mut messages = MockMessageRepository::new();
        let events = Arc::new(Recorder::default());
        let mut typing = MockTypingTracker::new();
        let is_new = matches!(answer, Ok(Appended::New(..)));
        typing.expect_spoke().with(eq(ADA), eq(TEAM)).times(usize::from(is_new)).return_const(());
        messages.expect_append().with(eq(draft())).times(1).return_once(|_| answer);
        let (messages, typing, ids) = (Arc::new(messages), Arc::new(typing), Arc::new(ids));
        let send = SendMessage { messages, events: events.clone(), typing, ids, clock: clock() };
        let new = NewMessage { conversation_id: TEAM, id, body: body("Hello"), reply_to: Some(QUESTION) };
        (ready(send.execute(&CALLER, new)), events)
    }

    #[test]
    fn a_new_message_is_told_with_the_connection_it_came_by() {
        let (sent, events) = send(Some(HELLO), MockIdGenerator::new(), Ok(Appended::New(hello(8, 8), venue())));
        assert_eq!(sent.unwrap(), Sent { view: hello(8, 8), is_new: true });
        assert_eq!(events.heard(), [told(8, ConversationEventKind::MessagePosted(Box::new(hello(8, 8)), venue()))]);
        assert_eq!(events.heard()[0].origin, CALLER.origin);
    }

    #[test]
    fn a_message_without_an_id_is_given_one() {
        let mut ids = MockIdGenerator::new();
        ids.expect_message().times(1).return_const(HELLO);
        let (sent, events) = send(None, ids, Ok(Appended::New(hello(8, 8), venue())));
        assert!(sent.unwrap().is_new);
        assert_eq!(events.heard().len(), 1);
    }

    #[test]
    fn a_resend_answers_what_is_stored_and_is_not_told() {
        let (sent, events) = send(Some(HELLO), MockIdGenerator::new(), Ok(Appended::Repeated(hello(5, 9))));
        assert_eq!(sent.unwrap(), Sent { view: hello(5, 9), is_new: false });
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn what_is_refused_or_not_stored_is_not_told() {
        for (answer, comes_to) in [
            (Rejected::Refused(Refusal::IdTaken), (ErrorKind::Conflict, "MESSAGE_ID_TAKEN", vec![])),
            (Rejected::Repository(outage()), IS_DOWN),
        ] {
            let (failed, events) = send(Some(HELLO), MockIdGenerator::new(), Err(answer));
            assert_eq!(shown(&failed.unwrap_err()), comes_to);
            assert_eq!(events.heard(), []);
        }
    }
}
