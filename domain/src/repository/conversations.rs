use async_trait::async_trait;

use super::{Rejected, RepositoryError};
use crate::conversation::{
    ChangePage, Command, Conversation, ConversationView, ParticipantView, ReadState, Refusal, Standing, Step,
    ViewerState,
};
use crate::user::Profile;
use crate::{ConversationId, Limit, Page, Seq, Timestamp, UserId};

/// What storing a new conversation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Founded {
    /// It is new.
    New,
    /// It is there already, as this one: the direct conversation of the pair, or the group that was founded under the
    /// same id before.
    Existing(ConversationId),
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The steps, stored; none if nothing changed.
    pub steps: Vec<Step>,
    /// The people those steps speak of, and who did it.
    pub profiles: Vec<Profile>,
    /// Who took part before or takes part after.
    pub audience: Vec<UserId>,
}

/// Conversations with their participants.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ConversationRepository: Send + Sync {
    /// Stores a new conversation with its participants. Two who open a direct conversation at the same time get the
    /// same one, and a group that [`repeats`](Conversation::repeats) the one of its id is that one. Refuses with
    /// `UserNotFound` if a participant has no account, and with `IdTaken` if another conversation has the id; nothing
    /// is stored then.
    async fn found(&self, conversation: &Conversation) -> Result<Founded, Rejected<Refusal>>;

    /// Loads the conversation under a lock, asks it to [`apply`](Conversation::apply) the command, and stores the
    /// steps. `NotFound` if it is not there; a person to be added who has no account is `UserNotFound`, once the
    /// caller is known to take part.
    async fn change(&self, id: ConversationId, command: &Command) -> Result<Changed, Rejected<Refusal>>;

    /// The direct conversation of two people, if they have one.
    async fn direct(&self, one: UserId, other: UserId) -> Result<Option<ConversationId>, RepositoryError>;

    /// How a person stands to a conversation; `None` if there is none of that id.
    async fn standing(&self, id: ConversationId, user_id: UserId) -> Result<Option<Standing>, RepositoryError>;

    /// Moves a participant's read position forward to `seq`, at most to the conversation's last place. `None` if the
    /// person does not take part.
    async fn mark_read(
        &self,
        id: ConversationId,
        user_id: UserId,
        seq: Seq,
    ) -> Result<Option<ReadState>, RepositoryError>;
}

/// The place of a conversation in a list by latest activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityCursor {
    /// When it was last active.
    pub active_at: Timestamp,
    /// Which one, among those of the same moment.
    pub id: ConversationId,
}

/// What is read of conversations, in a number of queries that does not grow with what is read.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ConversationReader: Send + Sync {
    /// A conversation as `viewer` sees it. The viewer's state is that of nobody ([`ViewerState::default`]) if they do
    /// not take part: whether they may see it is for the caller to decide.
    async fn view(
        &self,
        id: ConversationId,
        viewer: UserId,
    ) -> Result<Option<(ConversationView, ViewerState)>, RepositoryError>;

    /// The conversations `viewer` takes part in, latest activity first, after `after`; the archived ones or the others.
    async fn list(
        &self,
        viewer: UserId,
        archived: bool,
        after: Option<ActivityCursor>,
        limit: Limit,
    ) -> Result<Page<(ConversationView, ViewerState)>, RepositoryError>;

    /// Who takes part, oldest first (then by id), after `after`.
    async fn participants(
        &self,
        id: ConversationId,
        after: Option<(Timestamp, UserId)>,
        limit: Limit,
    ) -> Result<Page<ParticipantView>, RepositoryError>;

    /// All conversations a person takes part in, each with its last place.
    async fn positions(&self, user_id: UserId) -> Result<Vec<(ConversationId, Seq)>, RepositoryError>;

    /// The last places of these conversations, in any order; those that are not there are left out.
    async fn places(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, Seq)>, RepositoryError>;

    /// The groups a person takes part in.
    async fn groups_of(&self, user_id: UserId) -> Result<Vec<ConversationId>, RepositoryError>;

    /// What changed after `after`, at most `limit` changes, in order of their place; `None` if the conversation is not
    /// there. No change lies beyond the answered `seq`.
    async fn changes(
        &self,
        id: ConversationId,
        after: Seq,
        limit: Limit,
    ) -> Result<Option<ChangePage>, RepositoryError>;
}
