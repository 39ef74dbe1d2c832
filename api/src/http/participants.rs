//! Who takes part in a conversation.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use domain::conversation::Action;
use domain::{ConversationId, Timestamp, UserId};

use super::answer::{Answer, Envelope, Listed, created, nothing, ok, page};
use super::authenticated::Authenticated;
use super::cursor::Cursor as _;
use super::json::Json;
use super::path::Path;
use super::query::{PageOf, PageQuery, Query};
use super::resource::{guarded, resource};
use crate::dto::{AddParticipantsDto, ConversationDto, ParticipantDto, SetRoleDto};
use crate::{AppState, uncancelled};

/// Who takes part, oldest first.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/participants", tag = "participants", operation_id = "listParticipants",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        PageQuery
    ),
    responses((status = 200, description = "A page of participants.", body = Listed<Vec<ParticipantDto>>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN"])))
)]
async fn list(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Query((after, limit)): Query<PageOf<(Timestamp, UserId)>>,
) -> Answer {
    let participants = state.list_participants.execute(&caller, id, after, limit).await?;
    page::<ParticipantDto, _>(participants, limit, |view| (view.joined_at, view.profile.id).write())
}

/// Adds people to a group. Those who take part already are passed over.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/participants", tag = "participants", operation_id = "addParticipants",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    request_body = AddParticipantsDto,
    responses((status = 201, description = "The conversation now.", body = Envelope<ConversationDto>)),
    extensions(("x-error-codes" = json!([
        "CONVERSATION_NOT_FOUND", "USER_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION", "GROUP_FULL"
    ])))
)]
async fn add(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Json(action): Json<AddParticipantsDto>,
) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    let shown = uncancelled(async move { change.execute_and_show(&caller, id, action).await }).await?;
    created::<ConversationDto>(shown)
}

/// Gives somebody a role. The owner may; giving away `owner` makes the giver an admin.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/participants/{userId}", tag = "participants", operation_id = "setRole",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        ("userId" = Uuid, Path, description = "Whose role.", example = "0192f0c1-5a10-7d20-8e30-4f5061728394")
    ),
    request_body = SetRoleDto,
    responses((status = 200, description = "The conversation now.", body = Envelope<ConversationDto>)),
    extensions(("x-error-codes" = json!([
        "CONVERSATION_NOT_FOUND", "PARTICIPANT_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION", "OWNER_MUST_HAND_OVER"
    ])))
)]
async fn set_role(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(ConversationId, UserId)>,
    Json(role): Json<SetRoleDto>,
) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    let action = Action::SetRole(user, role);
    let shown = uncancelled(async move { change.execute_and_show(&caller, id, action).await }).await?;
    ok::<ConversationDto>(shown)
}

/// Removes somebody from a group. The owner and the admins may remove members, the owner admins.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/participants/{userId}", tag = "participants",
    operation_id = "removeParticipant",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        ("userId" = Uuid, Path, description = "Whom.", example = "0192f0c1-5a10-7d20-8e30-4f5061728394")
    ),
    responses((status = 204, description = "The person takes no part, or never did.")),
    extensions(("x-error-codes" = json!([
        "CONVERSATION_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION", "OWNER_CANNOT_BE_REMOVED"
    ])))
)]
async fn remove(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path((id, user)): Path<(ConversationId, UserId)>,
) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    uncancelled(async move { change.execute(&caller, id, Action::Remove(user)).await }).await?;
    nothing()
}

/// Leaves a group. An owner hands it on to the oldest admin, else the oldest member; the last one out deletes it.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/leave", tag = "participants", operation_id = "leaveConversation",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    responses((status = 204, description = "The caller takes no part any more.")),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION"])))
)]
async fn leave(state: Data<AppState>, Authenticated(caller): Authenticated, Path(id): Path<ConversationId>) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    uncancelled(async move { change.execute(&caller, id, Action::Leave).await }).await?;
    nothing()
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/conversations/{id}/participants", [guarded(Method::GET, list), guarded(Method::POST, add)]))
        .service(resource(
            "/conversations/{id}/participants/{userId}",
            [guarded(Method::PATCH, set_role), guarded(Method::DELETE, remove)],
        ))
        .service(resource("/conversations/{id}/leave", [guarded(Method::POST, leave)]));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, add, set_role, remove, leave))]
pub struct Docs;
