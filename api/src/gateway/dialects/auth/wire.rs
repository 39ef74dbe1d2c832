//! The frames of this dialect, and their schemas from the same types.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// An answer or a push, with what it carries.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameDto<'a, P> {
    /// What is answered, or what happened.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Cow<'a, str>,
    /// Always `true`.
    pub success: bool,
    /// What it carries.
    #[schema(value_type = Object)]
    pub params: P,
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameErrorDto<'a> {
    /// Always `true`.
    pub error: bool,
    /// What is refused; `processor` if that cannot be told.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Why: a sentence, or where parameters are against a rule a JSON text of `[{"path", "message"}]`.
    #[schema(example = "User is not a member of this group")]
    pub message: String,
}

/// One of the faults in the message of a refusal.
#[derive(Debug, Serialize)]
pub struct IssueDto<'a> {
    /// The rule.
    pub message: &'a str,
    /// What is against it.
    pub path: &'a str,
}

/// The answer to what asks for rows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowsDto<R: ToSchema> {
    /// The rows, newest first.
    pub data: Vec<R>,
    /// Always `false`.
    pub is_broadcast: bool,
    /// Always `null`.
    #[schema(schema_with = null)]
    pub item: (),
}

/// The answer to what asks for none.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoRowsDto {
    /// Always `null`.
    #[schema(schema_with = null)]
    pub data: (),
    /// Always `false`.
    pub is_broadcast: bool,
    /// Always `null`.
    #[schema(schema_with = null)]
    pub item: (),
}

/// What a push carries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushDto<I: ToSchema> {
    /// What happened.
    pub item: I,
    /// Always `null`.
    #[schema(schema_with = null)]
    pub data: (),
    /// `true` for what somebody said, `false` for who comes and goes.
    pub is_broadcast: bool,
}

fn null() -> Object {
    ObjectBuilder::new().schema_type(Type::Null).build()
}
