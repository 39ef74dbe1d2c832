//! Saying it otherwise, or taking it back.

use std::sync::Arc;

use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::{MessageView, Revision, RevisionAction};
use domain::repository::MessageRepository;
use domain::{ConversationId, MessageId};

use super::{MessageError, check_length};
use crate::Caller;
use crate::ports::{Clock, EventPublisher};

/// Edits or deletes a message. Who may is the message's own rule ([`domain::message::Message::revise`]).
pub struct ReviseMessage {
    /// Decides and stores.
    pub messages: Arc<dyn MessageRepository>,
    /// Tells the others.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How many characters a message may have.
    pub max_characters: usize,
}

impl ReviseMessage {
    /// The message afterwards. Nothing is told where nothing changes.
    pub async fn execute(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        message_id: MessageId,
        action: RevisionAction,
    ) -> Result<MessageView, MessageError> {
        if let RevisionAction::Edit(body) = &action {
            check_length(body, self.max_characters)?;
        }
        let at = self.clock.now();
        let revision = Revision { message_id, conversation_id, actor: caller.user_id, at, action };
        let revised = self.messages.revise(&revision).await?;
        if revised.changed {
            let view = Box::new(revised.view.clone());
            let seq = view.message.changed_seq;
            let kind = match revision.action {
                RevisionAction::Edit(_) => ConversationEventKind::MessageEdited(view),
                RevisionAction::Delete => ConversationEventKind::MessageDeleted(view),
            };
            let event = ConversationEvent { conversation_id, seq, kind };
            self.events.publish(caller.caused(Event::Conversation(event))).await;
        }
        Ok(revised.view)
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::message::Refusal;
    use domain::repository::{MockMessageRepository, Rejected, Revised};
    use mockall::predicate::eq;

    use super::*;
    use crate::testing::{
        ADA, CALLER, HELLO, IS_DOWN, NOW, Recorder, TEAM, body, clock, hello, outage, ready, shown, told,
    };

    /// Revises over a store that must be asked for that, and answers so.
    fn revise(
        action: RevisionAction,
        answer: Result<Revised, Rejected<Refusal>>,
    ) -> (Result<MessageView, MessageError>, Arc<Recorder>) {
        let revision =
            Revision { message_id: HELLO, conversation_id: TEAM, actor: ADA, at: NOW, action: action.clone() };
        let mut messages = MockMessageRepository::new();
        messages.expect_revise().with(eq(revision)).times(1).return_once(|_| answer);
        let events = Arc::new(Recorder::default());
        let revise =
            ReviseMessage { messages: Arc::new(messages), events: events.clone(), clock: clock(), max_characters: 8 };
        (ready(revise.execute(&CALLER, TEAM, HELLO, action)), events)
    }

    fn edit() -> RevisionAction {
        RevisionAction::Edit(body("Good day"))
    }

    #[test]
    fn a_change_is_told_at_its_own_place() {
        let view = || Box::new(hello(5, 9));
        for (action, kind) in [
            (edit(), ConversationEventKind::MessageEdited(view())),
            (RevisionAction::Delete, ConversationEventKind::MessageDeleted(view())),
        ] {
            let (answer, events) = revise(action, Ok(Revised { view: hello(5, 9), changed: true }));
            assert_eq!(answer.unwrap(), hello(5, 9));
            assert_eq!(events.heard(), [told(9, kind)]);
        }
    }

    #[test]
    fn what_changes_nothing_is_answered_and_not_told() {
        for action in [edit(), RevisionAction::Delete] {
            let (answer, events) = revise(action, Ok(Revised { view: hello(5, 9), changed: false }));
            assert_eq!((answer.unwrap(), events.heard()), (hello(5, 9), vec![]));
        }
    }

    #[test]
    fn it_becomes_no_longer_than_a_new_one_may_be() {
        let messages = Arc::new(MockMessageRepository::new());
        let events = Arc::new(Recorder::default());
        let revise = ReviseMessage { messages, events, clock: clock(), max_characters: 7 };
        let refused = ready(revise.execute(&CALLER, TEAM, HELLO, edit())).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["content"]));
    }

    #[test]
    fn what_is_refused_or_not_stored_is_not_told() {
        for (answer, comes_to) in [
            (Rejected::Refused(Refusal::Deleted), (ErrorKind::Conflict, "MESSAGE_DELETED", vec![])),
            (Rejected::Repository(outage()), IS_DOWN),
        ] {
            let (failed, events) = revise(edit(), Err(answer));
            assert_eq!(shown(&failed.unwrap_err()), comes_to);
            assert_eq!(events.heard(), []);
        }
    }
}
