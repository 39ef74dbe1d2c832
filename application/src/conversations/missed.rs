//! Events that a bus lost, made again from what is stored.

use std::sync::Arc;

use domain::conversation::{Change, ParticipantChange};
use domain::event::{ConversationEvent, ConversationEventKind, ParticipantEvent};
use domain::message::MessageView;
use domain::repository::{ConversationReader, RepositoryError};
use domain::{ConversationId, Limit, Seq};

/// How many changes are read at once.
const PAGE: i64 = Limit::MAX as i64;

/// What came after a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// These events; everything up to `seq` is in them. A thing that changed twice is told once, as it is now.
    Events {
        /// The place up to which the events tell everything.
        seq: Seq,
        /// The events, in order.
        events: Vec<ConversationEvent>,
    },
    /// The conversation is gone.
    Gone,
}

/// Reads what a hub has missed of a conversation. It is for the hub, not for callers: nobody's part is checked.
pub struct ReadMissed {
    /// Reads the changes.
    pub reader: Arc<dyn ConversationReader>,
}

impl ReadMissed {
    /// One page of what came after `after`.
    pub async fn execute(&self, id: ConversationId, after: Seq) -> Result<Missed, RepositoryError> {
        let limit = Limit::new(PAGE).unwrap_or_default();
        let Some(page) = self.reader.changes(id, after, limit).await? else { return Ok(Missed::Gone) };
        let last = page.changes.last().map_or(after, Change::seq);
        let seq = if page.has_more { last } else { page.seq.max(after) };
        let events = page.changes.into_iter().map(|change| retell(id, after, change)).collect();
        Ok(Missed::Events { seq, events })
    }
}

/// The event that tells a change to somebody who knows everything up to `after`.
fn retell(conversation_id: ConversationId, after: Seq, change: Change) -> ConversationEvent {
    let seq = change.seq();
    let kind = match change {
        Change::Message(view) => message(after, view),
        Change::Participant(_, change) => participant(after, *change),
        Change::Conversation(_, mut view) => {
            view.seq = seq;
            ConversationEventKind::Updated(view)
        }
    };
    ConversationEvent { conversation_id, seq, kind }
}

fn message(after: Seq, view: Box<MessageView>) -> ConversationEventKind {
    if view.message.deleted_at.is_some() {
        ConversationEventKind::MessageDeleted(view)
    } else if view.message.seq > after {
        ConversationEventKind::MessagePosted(view)
    } else {
        ConversationEventKind::MessageEdited(view)
    }
}

fn participant(after: Seq, change: ParticipantChange) -> ConversationEventKind {
    let event =
        Box::new(ParticipantEvent { user: change.participant.profile, role: change.participant.role, by: change.by });
    if change.left_at.is_some() {
        ConversationEventKind::ParticipantRemoved(event)
    } else if change.joined_seq > after {
        ConversationEventKind::ParticipantAdded(event)
    } else {
        ConversationEventKind::ParticipantUpdated(event)
    }
}
