//! New conversations.

use std::sync::Arc;

use domain::conversation::{Conversation, ConversationView, Founding, FoundingRequest, Refusal, ViewerState};
use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::repository::{ConversationReader, ConversationRepository, Founded};
use domain::value::ConversationName;
use domain::{FieldError, UserId};

use super::ConversationError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher, IdGenerator};

/// What somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewConversation {
    /// A name, which makes it a group.
    pub name: Option<ConversationName>,
    /// Whether it shall be a group, where that is open.
    pub is_group: Option<bool>,
    /// The others, if any are listed.
    pub participants: Option<Vec<UserId>>,
}

/// What they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The conversation as the caller sees it.
    pub conversation: (ConversationView, ViewerState),
    /// Whether it was made just now; a direct conversation may have been there.
    pub is_new: bool,
}

/// Makes a conversation, or finds the direct one that is there.
pub struct CreateConversation {
    /// Stores it.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Shows it.
    pub reader: Arc<dyn ConversationReader>,
    /// Tells those who take part.
    pub events: Arc<dyn EventPublisher>,
    /// Names it.
    pub ids: Arc<dyn IdGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl CreateConversation {
    /// Makes it; `Invalid` if the request contradicts itself, `UserNotFound` if somebody in it does not exist.
    pub async fn execute(&self, caller: &Caller, new: NewConversation) -> Result<Created, ConversationError> {
        let NewConversation { name, is_group, participants } = new;
        let request = FoundingRequest { founder: caller.user_id, name, is_group, participants };
        let founding = request.decide().map_err(ConversationError::Invalid)?;
        self.found(caller, founding).await
    }

    async fn found(&self, caller: &Caller, founding: Founding) -> Result<Created, ConversationError> {
        let (id, at) = (self.ids.conversation(), self.clock.now());
        let conversation = match founding {
            Founding::Direct(other) => Conversation::direct(id, caller.user_id, other, at),
            Founding::Group(name, others) => Conversation::group(id, caller.user_id, name, &others, at),
        };
        let (id, is_new) = match self.conversations.found(&conversation).await? {
            Founded::New => (id, true),
            Founded::Existing(id) => (id, false),
        };
        let shown = self.reader.view(id, caller.user_id).await?.ok_or(Refusal::NotFound)?;
        if is_new {
            let view = Box::new(ConversationView { seq: 0, ..shown.0.clone() });
            let participants = conversation.participants.iter().map(|p| p.user_id).collect();
            let kind = ConversationEventKind::Created(view, participants);
            let event = ConversationEvent { conversation_id: id, seq: 0, kind };
            self.events.publish(caller.caused(Event::Conversation(event))).await;
        }
        Ok(Created { conversation: shown, is_new })
    }
}

/// Opens the direct conversation with somebody, making it if need be.
pub struct OpenDirect {
    /// Makes it.
    pub create: Arc<CreateConversation>,
}

impl OpenDirect {
    /// The same conversation for both, also if both open it at once. `Invalid` with oneself.
    pub async fn execute(&self, caller: &Caller, other: UserId) -> Result<Created, ConversationError> {
        if other == caller.user_id {
            return Err(ConversationError::Invalid(FieldError::new("userId", "must be somebody else")));
        }
        self.create.found(caller, Founding::Direct(other)).await
    }
}
