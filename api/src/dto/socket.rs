//! What only sockets carry beside the wire types of all doors: where a command goes, and how it is answered.

use std::collections::BTreeMap;

use domain::conversation::ChangePage;
use domain::{FieldError, Seq};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ChangeDto;
use crate::Problem;

/// A conversation, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InConversationDto {
    /// Which conversation.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
}

/// A message of a conversation, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfMessageDto {
    /// Which conversation.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub conversation_id: Uuid,
    /// Which message of it.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
}

/// The places up to which a client knows its conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SyncDto {
    /// The last known `seq` by the id of the conversation; at most 128 of them.
    #[schema(value_type = BTreeMap<Uuid, i64>, example = json!({"0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f": 11}))]
    pub conversations: BTreeMap<Uuid, Seq>,
}

/// Nothing more to say than that it is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DoneDto {}

/// The connection looks at the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinedDto {
    /// The conversation's present place.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
}

/// What was missed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncedDto<'a> {
    /// By the id of the conversation: what changed in it, or why that is not told.
    #[schema(example = json!({"0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f": {"seq": 12, "changes": [], "hasMore": false}}))]
    pub conversations: BTreeMap<Uuid, SyncedConversationDto<'a>>,
}

/// What was missed in one conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SyncedConversationDto<'a> {
    /// A page of changes.
    Page(SyncedPageDto),
    /// Why there is none.
    Refused(RefusalDto<'a>),
}

impl<'a> From<&'a Result<ChangePage, Problem>> for SyncedConversationDto<'a> {
    fn from(found: &'a Result<ChangePage, Problem>) -> Self {
        match found {
            Ok(page) => Self::Page(page.into()),
            Err(problem) => Self::Refused(problem.into()),
        }
    }
}

/// A page of what changed in a conversation, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncedPageDto {
    /// The conversation's present place.
    #[schema(value_type = i64, example = 12)]
    pub seq: Seq,
    /// The changes.
    pub changes: Vec<ChangeDto>,
    /// Whether more follow; ask again from the last one.
    #[schema(example = false)]
    pub has_more: bool,
}

impl From<&ChangePage> for SyncedPageDto {
    fn from(page: &ChangePage) -> Self {
        let changes = page.changes.iter().cloned().map(ChangeDto::from).collect();
        Self { seq: page.seq, changes, has_more: page.has_more }
    }
}

/// Why something was not done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalDto<'a> {
    /// What went wrong, for programs: stable, the same at every door, and explained in `docs/errors.md`.
    #[schema(example = "FORBIDDEN")]
    pub code: &'a str,
    /// What went wrong, for people.
    #[schema(example = "You are not allowed to do that.")]
    pub message: &'a str,
    /// The fields at fault; there only where input broke a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = json!([]))]
    pub errors: Option<Vec<FieldErrorDto<'a>>>,
}

impl<'a> From<&'a Problem> for RefusalDto<'a> {
    fn from(problem: &'a Problem) -> Self {
        let errors = (!problem.fields.is_empty()).then(|| problem.fields.iter().map(FieldErrorDto::from).collect());
        Self { code: problem.code, message: &problem.message, errors }
    }
}

/// A refusal that nothing asked to be answered with: it tells itself which event it is of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketErrorDto<'a> {
    /// Why.
    #[serde(flatten)]
    pub refusal: RefusalDto<'a>,
    /// The event that was refused, where its name could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "message:send")]
    pub event: Option<&'a str>,
}

/// One field at fault.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldErrorDto<'a> {
    /// Its name.
    #[schema(example = "content")]
    pub field: &'a str,
    /// What it takes.
    #[schema(example = "must be at most 4000 characters")]
    pub message: &'a str,
}

impl<'a> From<&'a FieldError> for FieldErrorDto<'a> {
    fn from(fault: &'a FieldError) -> Self {
        Self { field: &fault.field, message: &fault.message }
    }
}
