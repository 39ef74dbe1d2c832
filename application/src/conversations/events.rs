//! The events that the steps of a conversation come to.

use domain::conversation::{ConversationView, Role, StepKind};
use domain::event::{ConversationEvent, ConversationEventKind, ParticipantEvent};
use domain::repository::Changed;
use domain::user::Profile;
use domain::{ConversationId, UserId};

/// One event per stored step, in order. `view` is the conversation after them, needed where one of them edited it.
pub(crate) fn told(
    id: ConversationId,
    by: UserId,
    changed: &Changed,
    view: Option<&ConversationView>,
) -> Vec<ConversationEvent> {
    let profile = |id: UserId| {
        let known = changed.profiles.iter().find(|profile| profile.id == id).cloned();
        known.unwrap_or_else(|| Profile::deleted(id))
    };
    let participant =
        |user: UserId, role: Role| Box::new(ParticipantEvent { user: profile(user), role, by: profile(by) });
    let told = changed.steps.iter().filter_map(|step| {
        let kind = match step.kind {
            StepKind::Added(user) => ConversationEventKind::ParticipantAdded(participant(user, Role::Member)),
            StepKind::Removed(user, role) => ConversationEventKind::ParticipantRemoved(participant(user, role)),
            StepKind::RoleChanged(user, role) => ConversationEventKind::ParticipantUpdated(participant(user, role)),
            StepKind::Deleted => ConversationEventKind::Deleted,
            // The event speaks for its own place, whatever else has happened since.
            StepKind::Edited => {
                ConversationEventKind::Updated(Box::new(ConversationView { seq: step.seq, ..view?.clone() }))
            }
        };
        Some(ConversationEvent { conversation_id: id, seq: step.seq, kind })
    });
    told.collect()
}
