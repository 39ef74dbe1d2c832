//! Saying something.

use std::sync::Arc;

use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::message::{Draft, MessageView};
use domain::repository::{Appended, MessageRepository};
use domain::value::MessageBody;
use domain::{ConversationId, MessageId};

use super::MessageError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher, IdGenerator};

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
        let view = match self.messages.append(draft).await? {
            Appended::New(view) => view,
            Appended::Repeated(view) => return Ok(Sent { view, is_new: false }),
        };
        let event = ConversationEvent {
            conversation_id: view.message.conversation_id,
            seq: view.message.changed_seq,
            kind: ConversationEventKind::MessagePosted(Box::new(view.clone())),
        };
        self.events.publish(caller.caused(Event::Conversation(event))).await;
        Ok(Sent { view, is_new: true })
    }
}
