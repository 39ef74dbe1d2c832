//! Everything that is done to a conversation and who takes part in it.

use std::sync::Arc;

use domain::ConversationId;
use domain::conversation::{Action, Command, ConversationView, Refusal, StepKind, ViewerState};
use domain::event::Event;
use domain::repository::{ConversationReader, ConversationRepository};

use super::{ConversationError, events};
use crate::Caller;
use crate::ports::{Clock, EventPublisher};

/// Does one [`Action`] to a conversation: adding and removing people, roles, leaving, name and picture, deleting. The
/// rules are the conversation's own ([`domain::conversation::Conversation::apply`]).
pub struct ChangeConversation {
    /// Decides and stores.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Shows the conversation afterwards.
    pub reader: Arc<dyn ConversationReader>,
    /// Tells the others.
    pub events: Arc<dyn EventPublisher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeConversation {
    /// Does it. Nothing is told, and no place taken, where nothing changes.
    pub async fn execute(&self, caller: &Caller, id: ConversationId, action: Action) -> Result<(), ConversationError> {
        let command = Command { actor: caller.user_id, at: self.clock.now(), action };
        let changed = self.conversations.change(id, &command).await?;
        let view = if changed.steps.iter().any(|step| step.kind == StepKind::Edited) {
            self.reader.view(id, caller.user_id).await?.map(|(view, _)| view)
        } else {
            None
        };
        for event in events::told(id, caller.user_id, &changed, view.as_ref()) {
            self.events.publish(caller.caused(Event::Conversation(event))).await;
        }
        Ok(())
    }

    /// Does it, and shows the conversation as the caller sees it then.
    pub async fn execute_and_show(
        &self,
        caller: &Caller,
        id: ConversationId,
        action: Action,
    ) -> Result<(ConversationView, ViewerState), ConversationError> {
        self.execute(caller, id, action).await?;
        Ok(self.reader.view(id, caller.user_id).await?.ok_or(Refusal::NotFound)?)
    }
}
