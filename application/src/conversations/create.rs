//! New conversations.

use std::sync::Arc;

use domain::conversation::{Conversation, ConversationView, Founding, FoundingRequest, Kind, Refusal, ViewerState};
use domain::event::{ConversationEvent, ConversationEventKind, Event};
use domain::repository::{ConversationReader, ConversationRepository, Founded};
use domain::value::ConversationName;
use domain::{ConversationId, FieldError, UserId};

use super::ConversationError;
use crate::Caller;
use crate::ports::{Clock, EventPublisher, IdGenerator};

/// What somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewConversation {
    /// The id, if the client chose one; it makes founding a group again a repeat.
    pub id: Option<ConversationId>,
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
    /// Whether it was made just now; a direct conversation may have been there, and so may a group of that id.
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
    /// How many people a group may have.
    pub capacity: usize,
}

impl CreateConversation {
    /// Makes it; `Invalid` if the request contradicts itself, `UserNotFound` if somebody in it does not exist,
    /// `GroupFull` if they are too many, `IdTaken` if the chosen id is in use.
    pub async fn execute(&self, caller: &Caller, new: NewConversation) -> Result<Created, ConversationError> {
        let NewConversation { id, name, is_group, participants } = new;
        let request = FoundingRequest { founder: caller.user_id, name, is_group, participants };
        let founding = request.decide().map_err(ConversationError::Invalid)?;
        self.found(caller, id, founding).await
    }

    async fn found(
        &self,
        caller: &Caller,
        id: Option<ConversationId>,
        founding: Founding,
    ) -> Result<Created, ConversationError> {
        let (id, at) = (id.unwrap_or_else(|| self.ids.conversation()), self.clock.now());
        let conversation = match founding {
            Founding::Direct(other) => Conversation::direct(id, caller.user_id, other, at),
            Founding::Group(name, others) => Conversation::group(id, caller.user_id, name, &others, at),
        };
        if matches!(conversation.kind, Kind::Group(_)) && conversation.participants.len() > self.capacity {
            return Err(Refusal::GroupFull.into());
        }
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
        self.create.found(caller, None, Founding::Direct(other)).await
    }
}

#[cfg(test)]
mod tests {
    use domain::ErrorKind;
    use domain::event::Published;
    use domain::repository::{MockConversationReader, MockConversationRepository, Rejected};
    use mockall::predicate::eq;
    use uuid::Uuid;

    use super::*;
    use crate::Failure;
    use crate::ports::MockIdGenerator;
    use crate::testing::{
        ADA, BOB, CALLER, IS_DOWN, NOW, Recorder, TEAM, clock, ids_for_a_conversation, outage, ready, shown, team,
        team_as_seen, told,
    };

    const EVE: UserId = UserId(Uuid::from_u128(0xe7e));
    const STRANGER: UserId = UserId(Uuid::from_u128(0x577));
    const OLDER: ConversationId = ConversationId(Uuid::from_u128(0x01d));

    /// Creates over a store that must be asked to found this, and answers so.
    fn create(
        founded: Conversation,
        answer: Result<Founded, Rejected<Refusal>>,
        reader: MockConversationReader,
    ) -> (CreateConversation, Arc<Recorder>) {
        let mut conversations = MockConversationRepository::new();
        conversations.expect_found().with(eq(founded)).times(1).return_once(|_| answer);
        let events = Arc::new(Recorder::default());
        let create = CreateConversation {
            conversations: Arc::new(conversations),
            reader: Arc::new(reader),
            events: events.clone(),
            ids: ids_for_a_conversation(),
            clock: clock(),
            capacity: 3,
        };
        (create, events)
    }

    /// Shows that conversation to Ada, as it is at place 4.
    fn shows(id: ConversationId) -> MockConversationReader {
        let mut reader = MockConversationReader::new();
        reader.expect_view().with(eq(id), eq(ADA)).times(1).returning(|_, _| Ok(Some(team_as_seen(4))));
        reader
    }

    /// Creates where nothing is stored, shown, named or told.
    fn create_nothing() -> CreateConversation {
        CreateConversation {
            conversations: Arc::new(MockConversationRepository::new()),
            reader: Arc::new(MockConversationReader::new()),
            events: Arc::new(Recorder::default()),
            ids: Arc::new(MockIdGenerator::new()),
            clock: clock(),
            capacity: 3,
        }
    }

    fn group() -> NewConversation {
        let name = ConversationName::parse("Team").ok();
        NewConversation { id: None, name, is_group: None, participants: Some(vec![EVE, BOB, ADA]) }
    }

    fn founded_group() -> Conversation {
        Conversation::group(TEAM, ADA, ConversationName::parse("Team").ok(), &[EVE, BOB], NOW)
    }

    fn direct_with_bob() -> NewConversation {
        NewConversation { participants: Some(vec![BOB]), ..NewConversation::default() }
    }

    fn founded_direct() -> Conversation {
        Conversation::direct(TEAM, ADA, BOB, NOW)
    }

    fn told_creation(participants: Vec<UserId>) -> Published {
        told(0, ConversationEventKind::Created(Box::new(team(0)), participants))
    }

    #[test]
    fn a_new_conversation_is_told_to_all_in_it_at_place_0_whatever_happened_since() {
        for (new, founded, participants) in
            [(group(), founded_group(), vec![ADA, EVE, BOB]), (direct_with_bob(), founded_direct(), vec![ADA, BOB])]
        {
            let (create, events) = create(founded, Ok(Founded::New), shows(TEAM));
            let created = ready(create.execute(&CALLER, new)).unwrap();
            assert_eq!(created, Created { conversation: team_as_seen(4), is_new: true });
            assert_eq!(events.heard(), [told_creation(participants)]);
        }
    }

    #[test]
    fn a_direct_conversation_that_is_there_comes_back_and_is_not_told() {
        let (create, events) = create(founded_direct(), Ok(Founded::Existing(OLDER)), shows(OLDER));
        let created = ready(create.execute(&CALLER, direct_with_bob())).unwrap();
        assert_eq!(created, Created { conversation: team_as_seen(4), is_new: false });
        assert_eq!(events.heard(), []);
    }

    #[test]
    fn an_id_that_the_client_chose_is_kept_and_a_repeat_is_not_told() {
        for (answer, is_new) in [(Founded::New, true), (Founded::Existing(OLDER), false)] {
            let founded = Conversation { id: OLDER, ..founded_group() };
            let (create, events) = create(founded, Ok(answer), shows(OLDER));
            let created = ready(create.execute(&CALLER, NewConversation { id: Some(OLDER), ..group() })).unwrap();
            assert_eq!((created.is_new, events.heard().len()), (is_new, usize::from(is_new)));
        }
    }

    #[test]
    fn a_request_that_contradicts_itself_stores_nothing() {
        for (new, field) in [
            (NewConversation::default(), "participantIds"),
            (NewConversation { is_group: Some(false), ..group() }, "isGroup"),
        ] {
            let refused = ready(create_nothing().execute(&CALLER, new)).unwrap_err();
            assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec![field]));
        }
    }

    #[test]
    fn a_group_of_more_than_may_be_stores_nothing() {
        let three = group().participants.unwrap_or_default();
        let four = NewConversation { participants: Some([three, vec![STRANGER]].concat()), ..group() };
        let create = CreateConversation { ids: ids_for_a_conversation(), ..create_nothing() };
        let refused = ready(create.execute(&CALLER, four)).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Conflict, "GROUP_FULL", vec![]));
    }

    #[test]
    fn the_limit_of_groups_is_theirs_down_to_one_and_no_matter_of_two_people() {
        let two = NewConversation { participants: Some(vec![BOB]), ..group() };
        let alone = CreateConversation { ids: ids_for_a_conversation(), capacity: 1, ..create_nothing() };
        let refused = ready(alone.execute(&CALLER, two)).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Conflict, "GROUP_FULL", vec![]));
        let (create, _) = create(founded_direct(), Ok(Founded::New), shows(TEAM));
        let create = CreateConversation { capacity: 1, ..create };
        assert!(ready(create.execute(&CALLER, direct_with_bob())).unwrap().is_new);
    }

    #[test]
    fn a_conversation_that_is_not_stored_is_not_told() {
        for (answer, comes_to) in [
            (Rejected::Refused(Refusal::UserNotFound), (ErrorKind::NotFound, "USER_NOT_FOUND", vec![])),
            (Rejected::Refused(Refusal::IdTaken), (ErrorKind::Conflict, "CONVERSATION_ID_TAKEN", vec![])),
            (Rejected::Repository(outage()), IS_DOWN),
        ] {
            let (create, events) = create(founded_group(), Err(answer), MockConversationReader::new());
            assert_eq!(shown(&ready(create.execute(&CALLER, group())).unwrap_err()), comes_to);
            assert_eq!(events.heard(), []);
        }
    }

    #[test]
    fn a_conversation_deleted_at_once_is_not_there() {
        let mut reader = MockConversationReader::new();
        reader.expect_view().times(1).returning(|_, _| Ok(None));
        let (create, events) = create(founded_group(), Ok(Founded::New), reader);
        let missing = ready(create.execute(&CALLER, group())).unwrap_err();
        assert_eq!((missing.code(), events.heard()), ("CONVERSATION_NOT_FOUND", vec![]));
    }

    #[test]
    fn opening_a_direct_conversation_makes_it_or_finds_it() {
        for (answer, id, is_new, heard) in [
            (Founded::New, TEAM, true, vec![told_creation(vec![ADA, BOB])]),
            (Founded::Existing(OLDER), OLDER, false, vec![]),
        ] {
            let (create, events) = create(founded_direct(), Ok(answer), shows(id));
            let opened = ready(OpenDirect { create: Arc::new(create) }.execute(&CALLER, BOB)).unwrap();
            assert_eq!(opened, Created { conversation: team_as_seen(4), is_new });
            assert_eq!(events.heard(), heard);
        }
    }

    #[test]
    fn nobody_opens_a_direct_conversation_with_themselves() {
        let refused = ready(OpenDirect { create: Arc::new(create_nothing()) }.execute(&CALLER, ADA)).unwrap_err();
        assert_eq!(shown(&refused), (ErrorKind::Invalid, "VALIDATION_FAILED", vec!["userId"]));
    }
}
