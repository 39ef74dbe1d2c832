//! What clients ask of conversations.

use application::conversations::{NewConversation, ReadUpTo};
use domain::conversation::{Action, Role};
use domain::error::Invalid;
use domain::value::{AvatarUrl, ConversationName};
use domain::{Seq, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{AddPolicyDto, RoleDto};
use crate::input::{Field, Fields, Request, id, rule};

/// The most people one call may name.
const MOST_IDS: u64 = 1000;

/// A conversation to make. Name or participants must be given.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateConversationDto {
    /// A name, which makes it a group: 1 to 255 characters on one line.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Analytical engine")]
    #[serde(default)]
    pub name: Field<String>,
    /// Whether two people shall be a group; `false` is refused where it must be one.
    #[schema(value_type = Option<bool>, example = true)]
    #[serde(default)]
    pub is_group: Field<bool>,
    /// The others; oneself and repeated ids are folded.
    #[validate(length(max = MOST_IDS, message = "must list at most 1000 ids"))]
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 1000, example = json!(["0192f0c1-5a10-7d20-8e30-4f5061728394"]))]
    #[serde(default)]
    pub participant_ids: Field<Vec<String>>,
}

impl Request for CreateConversationDto {
    type Command = NewConversation;

    fn read(self, fields: &mut Fields) -> Option<NewConversation> {
        Some(NewConversation {
            id: None,
            name: fields.optional("name", self.name, ConversationName::parse),
            is_group: fields.value("isGroup", self.is_group),
            participants: fields.ids("participantIds", self.participant_ids),
        })
    }
}

/// What to change of a group: what is left out stays, `null` takes name or picture away.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeConversationDto {
    /// The name: 1 to 255 characters on one line, or `null` for none.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Difference engine")]
    #[serde(default)]
    pub name: Field<String>,
    /// An http or https URL of at most 500 characters, or `null` for none.
    #[schema(value_type = Option<String>, max_length = 500, example = "https://example.org/engine.png")]
    #[serde(default)]
    pub avatar: Field<String>,
    /// Who may add others.
    #[schema(value_type = AddPolicyDto, required = false, example = "admins")]
    #[serde(default)]
    pub add_policy: Field<String>,
}

impl Request for ChangeConversationDto {
    type Command = Action;

    fn read(self, fields: &mut Fields) -> Option<Action> {
        Some(Action::Edit {
            name: fields.clearable("name", self.name, ConversationName::parse),
            avatar: fields.clearable("avatar", self.avatar, AvatarUrl::parse),
            add_policy: fields.changed("addPolicy", self.add_policy, add_policy).map(Into::into),
        })
    }
}

fn add_policy(text: &str) -> Result<AddPolicyDto, Invalid> {
    match text {
        "everyone" => Ok(AddPolicyDto::Everyone),
        "admins" => Ok(AddPolicyDto::Admins),
        _ => Err(Invalid("must be everyone or admins")),
    }
}

/// Whom to add. Exactly one of the two must be given.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "AddParticipantsDto::names_somebody"))]
pub struct AddParticipantsDto {
    /// One person.
    #[schema(value_type = Option<Uuid>, example = "0192f0c1-5a10-7d20-8e30-4f5061728394")]
    #[serde(default)]
    pub user_id: Field<String>,
    /// Or several; repeated ids are folded.
    #[validate(length(min = 1, max = MOST_IDS, message = "must list 1 to 1000 ids"))]
    #[schema(value_type = Option<Vec<Uuid>>, min_items = 1, max_items = 1000, example = json!(null))]
    #[serde(default)]
    pub user_ids: Field<Vec<String>>,
}

impl AddParticipantsDto {
    fn names_somebody(&self) -> Result<(), ValidationError> {
        if self.user_id.is_missing() == self.user_ids.is_missing() {
            return Err(rule("userId", "exactly one of userId and userIds must be given"));
        }
        Ok(())
    }
}

impl Request for AddParticipantsDto {
    type Command = Action;

    fn read(self, fields: &mut Fields) -> Option<Action> {
        let one = fields.optional("userId", self.user_id, id).map(|user| vec![user]);
        let several: Option<Vec<UserId>> = fields.ids("userIds", self.user_ids);
        Some(Action::Add(one.or(several)?))
    }
}

/// The role somebody shall have.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetRoleDto {
    /// The role; giving away `owner` makes the giver an admin.
    #[schema(value_type = RoleDto, required = true, example = "admin")]
    #[serde(default)]
    pub role: Field<String>,
}

impl Request for SetRoleDto {
    type Command = Role;

    fn read(self, fields: &mut Fields) -> Option<Role> {
        fields.required("role", self.role, |text| match text {
            "owner" => Ok(Role::Owner),
            "admin" => Ok(Role::Admin),
            "member" => Ok(Role::Member),
            _ => Err(Invalid("must be owner, admin or member")),
        })
    }
}

/// Up to where one has read. Exactly one of the two must be given.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "MarkReadDto::names_one"))]
pub struct MarkReadDto {
    /// A place.
    #[schema(value_type = Option<i64>, minimum = 0, example = 12)]
    #[serde(default)]
    pub seq: Field<Seq>,
    /// Or a message.
    #[schema(value_type = Option<Uuid>, example = json!(null))]
    #[serde(default)]
    pub message_id: Field<String>,
}

impl MarkReadDto {
    fn names_one(&self) -> Result<(), ValidationError> {
        if self.seq.is_missing() == self.message_id.is_missing() {
            return Err(rule("seq", "exactly one of seq and messageId must be given"));
        }
        Ok(())
    }
}

impl Request for MarkReadDto {
    type Command = ReadUpTo;

    fn read(self, fields: &mut Fields) -> Option<ReadUpTo> {
        let seq = fields.value("seq", self.seq);
        if seq.is_some_and(|seq| seq < 0) {
            fields.fault("seq", "must be 0 or more");
        }
        let message = fields.optional("messageId", self.message_id, id).map(ReadUpTo::Message);
        seq.map(ReadUpTo::Seq).or(message)
    }
}
