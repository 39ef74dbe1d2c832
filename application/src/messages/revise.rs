//! Saying it otherwise, or taking it back.

use std::sync::Arc;

use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::{MessageView, Revision, RevisionAction};
use domain::repository::MessageRepository;
use domain::{ConversationId, MessageId};

use super::MessageError;
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
