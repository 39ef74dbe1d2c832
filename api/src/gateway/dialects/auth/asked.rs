//! The parameters of each request, for readers of the document; they are read in [`super::request`].

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Of `listLastMessage`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListParamsDto {
    /// How many rows at most; 20 where it is `null` or missing. Rows of one and the same time come along.
    #[schema(minimum = 0, maximum = 100, example = 5)]
    pub limit: Option<i64>,
    /// The `createdAt` of the last row one has; what is strictly older comes.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-21T09:30:00.000Z")]
    pub cursor_created_at: Option<String>,
}

/// Of `getlatestMessageDialog`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DialogParamsDto {
    /// The other one.
    #[schema(example = "0192f0c1-3a7b-7d10-8e21-5b6c7d8e9f00")]
    pub receiver_id: Uuid,
    /// How many rows at most; 20 where it is `null` or missing.
    #[schema(minimum = 0, maximum = 100, example = 5)]
    pub limit: Option<i64>,
    /// The `createdAt` of the last row one has; what is strictly older comes.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-21T09:30:00.000Z")]
    pub cursor_created_at: Option<String>,
}

/// Of `getlatestMessageGroup`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupParamsDto {
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// How many rows at most; 20 where it is `null` or missing.
    #[schema(minimum = 0, maximum = 100, example = 5)]
    pub limit: Option<i64>,
    /// The `createdAt` of the last row one has; what is strictly older comes.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-21T09:30:00.000Z")]
    pub cursor_created_at: Option<String>,
}

/// Of `newGroup`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewGroupParamsDto {
    /// The id that the group shall have: the client's own.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// The name that it shall have.
    #[schema(min_length = 1, example = "Engines")]
    pub group_name: String,
}

/// Of `addUserInGroup`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddUserParamsDto {
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// Who shall be in it.
    #[schema(example = "0192f0c1-3a7b-7d10-8e21-5b6c7d8e9f00")]
    pub user_id: Uuid,
}

/// Of `leaveGroup`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveParamsDto {
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
}

/// Of `messageInGroup`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SayInGroupParamsDto {
    /// The group.
    #[schema(example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub group_id: Uuid,
    /// The id that the message shall have: the client's own.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// The text: 1 to 4000 characters, unless `MAX_MESSAGE_CHARACTERS` is set.
    #[schema(min_length = 1, example = "Shall we meet at six?")]
    pub content: String,
}

/// Of `privateMessage`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SayPrivatelyParamsDto {
    /// To whom.
    #[schema(example = "0192f0c1-3a7b-7d10-8e21-5b6c7d8e9f00")]
    pub receiver_id: Uuid,
    /// The id that the message shall have: the client's own.
    #[schema(example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")]
    pub message_id: Uuid,
    /// The text: 1 to 4000 characters, unless `MAX_MESSAGE_CHARACTERS` is set.
    #[schema(min_length = 1, example = "Shall we meet at six?")]
    pub content: String,
}
