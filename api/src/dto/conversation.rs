//! Conversations and who takes part in them, as clients read them.

mod requests;

pub use requests::{AddParticipantsDto, ChangeConversationDto, CreateConversationDto, MarkReadDto, SetRoleDto};

use domain::Seq;
use domain::conversation::{AddPolicy, ConversationView, ParticipantView, ReadState, Role, ViewerState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MessageDto, ProfileDto, Time};

/// What somebody may do in a group; in a direct conversation everyone is a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleDto {
    /// Everything; there is exactly one.
    Owner,
    /// Also removes members, deletes messages and changes the group.
    Admin,
    /// Takes part.
    Member,
}

impl From<Role> for RoleDto {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
        }
    }
}

impl From<RoleDto> for Role {
    fn from(role: RoleDto) -> Self {
        match role {
            RoleDto::Owner => Self::Owner,
            RoleDto::Admin => Self::Admin,
            RoleDto::Member => Self::Member,
        }
    }
}

/// Who may add others to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AddPolicyDto {
    /// Everyone who takes part.
    Everyone,
    /// The owner and the admins.
    Admins,
}

impl From<AddPolicy> for AddPolicyDto {
    fn from(policy: AddPolicy) -> Self {
        match policy {
            AddPolicy::Everyone => Self::Everyone,
            AddPolicy::Admins => Self::Admins,
        }
    }
}

impl From<AddPolicyDto> for AddPolicy {
    fn from(policy: AddPolicyDto) -> Self {
        match policy {
            AddPolicyDto::Everyone => Self::Everyone,
            AddPolicyDto::Admins => Self::Admins,
        }
    }
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantDto {
    /// The person.
    #[serde(flatten)]
    pub profile: ProfileDto,
    /// As what.
    #[schema(example = "member")]
    pub role: RoleDto,
    /// Since when.
    pub joined_at: Time,
}

impl From<ParticipantView> for ParticipantDto {
    fn from(view: ParticipantView) -> Self {
        Self { profile: view.profile.into(), role: view.role.into(), joined_at: view.joined_at.into() }
    }
}

/// A conversation as all who take part see it: the form that is pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedConversationDto {
    /// Which one.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub id: Uuid,
    /// Whether it is a group, else it is direct.
    #[schema(example = true)]
    pub is_group: bool,
    /// A group's name.
    #[schema(example = "Analytical engine")]
    pub name: Option<String>,
    /// The address of a group's picture.
    #[schema(example = json!(null))]
    pub avatar: Option<String>,
    /// A group's owner.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub owner_id: Option<Uuid>,
    /// Who may add others.
    #[schema(example = "everyone")]
    pub add_policy: AddPolicyDto,
    /// The first 50 who take part, oldest first.
    pub participants: Vec<ParticipantDto>,
    /// How many take part.
    #[schema(example = 1)]
    pub participant_count: i64,
    /// The message posted last, be it a tombstone.
    pub last_message: Option<MessageDto>,
    /// The place of its last change.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// When it was made.
    pub created_at: Time,
    /// When name, picture, policy or participants last changed.
    pub updated_at: Time,
}

impl From<ConversationView> for SharedConversationDto {
    fn from(view: ConversationView) -> Self {
        Self {
            id: view.id.0,
            is_group: view.is_group,
            name: view.name,
            avatar: view.avatar,
            owner_id: view.owner_id.map(|id| id.0),
            add_policy: view.add_policy.into(),
            participants: view.participants.into_iter().map(ParticipantDto::from).collect(),
            participant_count: view.participant_count,
            last_message: view.last_message.map(MessageDto::from),
            seq: view.seq,
            created_at: view.created_at.into(),
            updated_at: view.updated_at.into(),
        }
    }
}

/// A conversation as one participant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDto {
    /// What all see.
    #[serde(flatten)]
    pub shared: SharedConversationDto,
    /// Messages after the read position that are neither deleted nor one's own.
    #[schema(example = 2)]
    pub unread_count: i64,
    /// The read position.
    #[schema(value_type = i64, example = 10)]
    pub last_read_seq: Seq,
    /// Whether one has put it away.
    #[schema(example = false)]
    pub archived: bool,
    /// Whether one wants no notice of it.
    #[schema(example = false)]
    pub muted: bool,
}

impl From<(ConversationView, ViewerState)> for ConversationDto {
    fn from((view, viewer): (ConversationView, ViewerState)) -> Self {
        Self {
            shared: view.into(),
            unread_count: viewer.unread_count,
            last_read_seq: viewer.last_read_seq,
            archived: viewer.archived,
            muted: viewer.muted,
        }
    }
}

/// A read position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadStateDto {
    /// The position now.
    #[schema(value_type = i64, example = 12)]
    pub last_read_seq: Seq,
    /// What is unread now.
    #[schema(example = 0)]
    pub unread_count: i64,
}

impl From<ReadState> for ReadStateDto {
    fn from(state: ReadState) -> Self {
        Self { last_read_seq: state.last_read_seq, unread_count: state.unread_count }
    }
}
