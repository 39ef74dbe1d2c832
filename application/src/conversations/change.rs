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
    /// How many people a group may have.
    pub capacity: usize,
}

impl ChangeConversation {
    /// Does it. Nothing is told, and no place taken, where nothing changes.
    pub async fn execute(&self, caller: &Caller, id: ConversationId, action: Action) -> Result<(), ConversationError> {
        let command = Command { actor: caller.user_id, at: self.clock.now(), action, capacity: self.capacity };
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

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::conversation::{Role, Step};
    use domain::event::{ConversationEventKind, ParticipantEvent, Published};
    use domain::repository::{Changed, MockConversationReader, MockConversationRepository, Rejected};
    use domain::user::Profile;
    use mockall::predicate::eq;

    use super::*;
    use crate::Failure;
    use crate::testing::{
        ADA, BOB, CALLER, IS_DOWN, NOW, Recorder, TEAM, clock, outage, profile, ready, shown, team, team_as_seen, told,
    };

    /// Changes over a store that must be given this command, and answers so.
    fn change(
        action: Action,
        answer: Result<Changed, Rejected<Refusal>>,
        reader: MockConversationReader,
    ) -> (ChangeConversation, Arc<Recorder>) {
        let command = Command { actor: ADA, at: NOW, action, capacity: 7 };
        let mut conversations = MockConversationRepository::new();
        conversations.expect_change().with(eq(TEAM), eq(command)).times(1).return_once(|_, _| answer);
        let events = Arc::new(Recorder::default());
        let (conversations, reader) = (Arc::new(conversations), Arc::new(reader));
        (ChangeConversation { conversations, reader, events: events.clone(), clock: clock(), capacity: 7 }, events)
    }

    /// The steps from place 8 on, which speak of Ada and Bob.
    fn stored(kinds: &[StepKind]) -> Changed {
        let steps = (8..).zip(kinds).map(|(seq, &kind)| Step { seq, kind }).collect();
        Changed { steps, profiles: vec![profile(BOB, "bob"), profile(ADA, "ada")], audience: vec![ADA, BOB] }
    }

    /// A reader that is asked so many times for the conversation as Ada sees it, which is at that place by now.
    fn shows(seq: domain::Seq, times: usize) -> MockConversationReader {
        let mut reader = MockConversationReader::new();
        reader.expect_view().with(eq(TEAM), eq(ADA)).times(times).returning(move |_, _| Ok(Some(team_as_seen(seq))));
        reader
    }

    /// What becomes of somebody by Ada's command, at that place.
    fn told_of(
        seq: domain::Seq,
        kind: fn(Box<ParticipantEvent>) -> ConversationEventKind,
        user: Profile,
        role: Role,
    ) -> Published {
        told(seq, kind(Box::new(ParticipantEvent { user, role, by: profile(ADA, "ada") })))
    }

    fn renaming() -> Action {
        Action::Edit { name: Some(None), avatar: None, add_policy: None }
    }

    #[test]
    fn each_step_is_told_in_order_with_the_person_and_who_did_it() {
        use ConversationEventKind::{Deleted, ParticipantAdded, ParticipantRemoved, ParticipantUpdated};
        let (ada, bob) = (|| profile(ADA, "ada"), || profile(BOB, "bob"));
        let cases: [(Action, &[StepKind], Vec<Published>); 5] = [
            (Action::Add(vec![BOB]), &[StepKind::Added(BOB)], vec![told_of(8, ParticipantAdded, bob(), Role::Member)]),
            (
                Action::Remove(BOB),
                &[StepKind::Removed(BOB, Role::Admin)],
                vec![told_of(8, ParticipantRemoved, bob(), Role::Admin)],
            ),
            (
                Action::SetRole(BOB, Role::Owner),
                &[StepKind::RoleChanged(BOB, Role::Owner), StepKind::RoleChanged(ADA, Role::Admin)],
                vec![
                    told_of(8, ParticipantUpdated, bob(), Role::Owner),
                    told_of(9, ParticipantUpdated, ada(), Role::Admin),
                ],
            ),
            (
                Action::Leave,
                &[StepKind::RoleChanged(BOB, Role::Owner), StepKind::Removed(ADA, Role::Owner)],
                vec![
                    told_of(8, ParticipantUpdated, bob(), Role::Owner),
                    told_of(9, ParticipantRemoved, ada(), Role::Owner),
                ],
            ),
            (Action::Delete, &[StepKind::Deleted], vec![told(8, Deleted)]),
        ];
        for (action, steps, heard) in cases {
            let (change, events) = change(action.clone(), Ok(stored(steps)), MockConversationReader::new());
            ready(change.execute(&CALLER, TEAM, action)).unwrap();
            assert_eq!(events.heard(), heard);
        }
    }

    #[test]
    fn an_edit_is_told_with_the_conversation_at_the_place_of_the_edit_whatever_happened_since() {
        let (change, events) = change(renaming(), Ok(stored(&[StepKind::Edited])), shows(12, 1));
        ready(change.execute(&CALLER, TEAM, renaming())).unwrap();
        assert_eq!(events.heard(), [told(8, ConversationEventKind::Updated(Box::new(team(8))))]);
    }

    #[test]
    fn an_edit_of_what_is_deleted_by_now_is_left_to_the_news_of_the_deletion() {
        let mut reader = MockConversationReader::new();
        reader.expect_view().times(1).returning(|_, _| Ok(None));
        let (change, events) = change(renaming(), Ok(stored(&[StepKind::Edited])), reader);
        ready(change.execute(&CALLER, TEAM, renaming())).unwrap();
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn somebody_whose_profile_is_not_known_any_more_is_told_as_deleted() {
        let unknown = Changed { profiles: vec![profile(ADA, "ada")], ..stored(&[StepKind::Added(BOB)]) };
        let (change, events) = change(Action::Add(vec![BOB]), Ok(unknown), MockConversationReader::new());
        ready(change.execute(&CALLER, TEAM, Action::Add(vec![BOB]))).unwrap();
        let added = ConversationEventKind::ParticipantAdded;
        assert_eq!(events.heard(), [told_of(8, added, Profile::deleted(BOB), Role::Member)]);
    }

    #[test]
    fn what_changes_nothing_is_not_told() {
        let (change, events) = change(Action::Add(vec![BOB]), Ok(stored(&[])), MockConversationReader::new());
        ready(change.execute(&CALLER, TEAM, Action::Add(vec![BOB]))).unwrap();
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn what_is_refused_or_not_stored_is_not_told() {
        let direct = (ErrorKind::Conflict, "DIRECT_CONVERSATION", vec![]);
        for (answer, comes_to) in
            [(Rejected::Refused(Refusal::Direct), direct), (Rejected::Repository(outage()), IS_DOWN)]
        {
            let (change, events) = change(Action::Leave, Err(answer), MockConversationReader::new());
            let failed = ready(change.execute_and_show(&CALLER, TEAM, Action::Leave)).unwrap_err();
            assert_eq!(shown(&failed), comes_to);
            assert_eq!(events.heard(), []);
        }
    }

    #[test]
    fn the_conversation_is_shown_as_it_is_after_the_change_also_where_nothing_changed() {
        for (steps, told) in [(&[StepKind::Added(BOB)][..], 1), (&[], 0)] {
            let (change, events) = change(Action::Add(vec![BOB]), Ok(stored(steps)), shows(8, 1));
            let seen = ready(change.execute_and_show(&CALLER, TEAM, Action::Add(vec![BOB]))).unwrap();
            assert_eq!((seen, events.heard().len()), (team_as_seen(8), told));
        }
    }

    #[test]
    fn a_conversation_deleted_after_the_change_is_not_shown() {
        let mut reader = MockConversationReader::new();
        reader.expect_view().times(1).returning(|_, _| Ok(None));
        let (change, events) = change(Action::Add(vec![BOB]), Ok(stored(&[StepKind::Added(BOB)])), reader);
        let missing = ready(change.execute_and_show(&CALLER, TEAM, Action::Add(vec![BOB]))).unwrap_err();
        assert_eq!((missing.code(), events.heard().len()), ("CONVERSATION_NOT_FOUND", 1));
    }
}
