use domain::conversation::{Refusal, Role, Step, StepKind};
use domain::event::{ConversationEventKind, ParticipantEvent, Published};
use domain::repository::{
    Changed, MockConversationReader, MockConversationRepository, MockSessionRepository, MockUserRepository,
    RepositoryError,
};
use domain::user::Profile;
use domain::{ErrorKind, Seq, SessionId};
use mockall::Sequence;
use mockall::predicate::eq;
use uuid::Uuid;

use super::*;
use crate::Failure;
use crate::ports::{HashingError, MockEventPublisher, MockPasswordHasher};
use crate::testing::{
    ADA, CALLER, NOW, OTHER_SESSION, SESSION, TEAM, ada, clock, hasher_that_answers, outage, password, profile, ready,
    shown, told,
};

const CREW: ConversationId = ConversationId(Uuid::from_u128(0xc7e3));

/// Everything a deletion touches. What is not expected fails the test, and so does another order.
#[derive(Default)]
struct World {
    users: MockUserRepository,
    sessions: MockSessionRepository,
    conversations: MockConversationRepository,
    reader: MockConversationReader,
    events: MockEventPublisher,
    order: Sequence,
}

impl World {
    /// A world where Ada has an account.
    fn with_ada() -> Self {
        let mut world = Self::default();
        world.users.expect_find().with(eq(ADA)).times(1).returning(|_| Ok(Some(ada())));
        world
    }

    /// Ada takes part in these groups.
    fn finds(mut self, groups: &[ConversationId]) -> Self {
        let groups = groups.to_vec();
        let groups_of = self.reader.expect_groups_of().with(eq(ADA));
        groups_of.times(1).in_sequence(&mut self.order).return_once(|_| Ok(groups));
        self
    }

    fn leaves(mut self, group: ConversationId, answer: Result<Changed, Rejected<Refusal>>) -> Self {
        let leave = Command { actor: ADA, at: NOW, action: Action::Leave, capacity: usize::MAX };
        let change = self.conversations.expect_change().with(eq(group), eq(leave));
        change.times(1).in_sequence(&mut self.order).return_once(|_, _| answer);
        self
    }

    fn tells(mut self, event: Published) -> Self {
        let publish = self.events.expect_publish().with(eq(event));
        publish.times(1).in_sequence(&mut self.order).return_const(());
        self
    }

    fn ends(mut self, answer: Result<Vec<SessionId>, RepositoryError>) -> Self {
        let revoke_all = self.sessions.expect_revoke_all().with(eq(ADA), eq(None), eq(NOW));
        revoke_all.times(1).in_sequence(&mut self.order).return_once(|_, _, _| answer);
        self
    }

    fn erases(mut self, answer: Result<(), RepositoryError>) -> Self {
        let erase = self.users.expect_erase().with(eq(ADA), eq(NOW));
        erase.times(1).in_sequence(&mut self.order).return_once(|_, _| answer);
        self
    }

    fn delete(self, hasher: MockPasswordHasher) -> Result<(), UserError> {
        let delete = DeleteAccount {
            users: Arc::new(self.users),
            sessions: Arc::new(self.sessions),
            conversations: Arc::new(self.conversations),
            reader: Arc::new(self.reader),
            hasher: Arc::new(hasher),
            events: Arc::new(self.events),
            clock: clock(),
        };
        ready(delete.execute(&CALLER, &password("correct horse")))
    }

    fn delete_with_the_right_password(self) -> Result<(), UserError> {
        self.delete(hasher_that_answers(true, "correct horse", Some("hash of ada")))
    }
}

/// Ada left, as a member, at that place.
fn left(seq: Seq, profile: Profile) -> Changed {
    let steps = vec![Step { seq, kind: StepKind::Removed(ADA, Role::Member) }];
    Changed { steps, profiles: vec![profile], audience: vec![ADA] }
}

fn told_leaving(seq: Seq, user: Profile) -> Published {
    let event = ParticipantEvent { by: user.clone(), user, role: Role::Member };
    told(seq, ConversationEventKind::ParticipantRemoved(Box::new(event)))
}

fn told_end_of(sessions: Vec<SessionId>) -> Published {
    CALLER.caused(Event::SessionsRevoked { user_id: ADA, sessions })
}

#[test]
fn groups_are_left_before_the_account_goes_and_once_more_after_it() {
    World::with_ada()
        .finds(&[TEAM])
        .leaves(TEAM, Ok(left(8, profile(ADA, "ada"))))
        .tells(told_leaving(8, profile(ADA, "ada")))
        .ends(Ok(vec![SESSION, OTHER_SESSION]))
        .tells(told_end_of(vec![SESSION, OTHER_SESSION]))
        .erases(Ok(()))
        .finds(&[TEAM])
        .leaves(TEAM, Ok(left(10, Profile::deleted(ADA))))
        .tells(told_leaving(10, Profile::deleted(ADA)))
        .delete_with_the_right_password()
        .unwrap();
}

#[test]
fn a_group_that_has_let_her_go_meanwhile_is_passed_over() {
    for refusal in [Refusal::NotFound, Refusal::NotParticipant] {
        World::with_ada()
            .finds(&[CREW, TEAM])
            .leaves(CREW, Err(Rejected::Refused(refusal)))
            .leaves(TEAM, Ok(left(8, profile(ADA, "ada"))))
            .tells(told_leaving(8, profile(ADA, "ada")))
            .ends(Ok(vec![SESSION]))
            .tells(told_end_of(vec![SESSION]))
            .erases(Ok(()))
            .finds(&[])
            .delete_with_the_right_password()
            .unwrap();
    }
}

#[test]
fn an_account_whose_group_cannot_be_left_stays() {
    let failed = World::with_ada()
        .finds(&[TEAM])
        .leaves(TEAM, Err(Rejected::Repository(outage())))
        .delete_with_the_right_password();
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn sessions_that_ended_are_told_even_if_the_account_cannot_be_erased_yet() {
    let failed = World::with_ada()
        .finds(&[])
        .ends(Ok(vec![SESSION]))
        .tells(told_end_of(vec![SESSION]))
        .erases(Err(outage()))
        .delete_with_the_right_password();
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn nothing_is_told_of_sessions_where_none_was_left() {
    World::with_ada().finds(&[]).ends(Ok(vec![])).erases(Ok(())).finds(&[]).delete_with_the_right_password().unwrap();
}

#[test]
fn an_account_whose_sessions_cannot_be_ended_stays() {
    let failed = World::with_ada().finds(&[]).ends(Err(outage())).delete_with_the_right_password();
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn a_wrong_password_deletes_nothing() {
    let hasher = hasher_that_answers(false, "correct horse", Some("hash of ada"));
    let refused = World::with_ada().delete(hasher).unwrap_err();
    assert_eq!(shown(&refused), (ErrorKind::Forbidden, "WRONG_PASSWORD", vec![]));
}

#[test]
fn a_busy_hasher_deletes_nothing() {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(|_, _| Err(HashingError::Busy));
    assert_eq!(World::with_ada().delete(hasher).unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn an_account_that_is_gone_already_is_not_signed_in() {
    let mut world = World::default();
    world.users.expect_find().with(eq(ADA)).times(1).returning(|_| Ok(None));
    let refused = world.delete(MockPasswordHasher::new()).unwrap_err();
    assert_eq!(shown(&refused), (ErrorKind::Unauthenticated, "UNAUTHENTICATED", vec![]));
}
