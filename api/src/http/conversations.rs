//! Conversations.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use domain::conversation::Action;
use domain::repository::ActivityCursor;
use domain::{ConversationId, UserId};

use super::answer::{Answer, Envelope, Listed, Pagination, listed, made, nothing, ok, page};
use super::authenticated::Authenticated;
use super::cursor::Cursor as _;
use super::json::Json;
use super::path::Path;
use super::query::{ChangesQuery, PageOf, PageQuery, Query};
use super::resource::{guarded, resource};
use crate::dto::{
    ChangeConversationDto, ChangesDto, ConversationDto, CreateConversationDto, MarkReadDto, ReadStateDto,
};
use crate::{AppState, uncancelled};

/// The caller's conversations, latest activity first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "listConversations",
    params(PageQuery),
    responses((status = 200, description = "A page of conversations.", body = Listed<Vec<ConversationDto>>))
)]
async fn list(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Query((after, limit)): Query<PageOf<ActivityCursor>>,
) -> Answer {
    let mine = state.list_conversations.execute(&caller, after, limit).await?;
    page::<ConversationDto, _>(mine, limit, |(view, _)| {
        ActivityCursor { active_at: view.active_at, id: view.id }.write()
    })
}

/// Makes a conversation. Two people and no name are a direct conversation, which is found if it is there.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", operation_id = "createConversation",
    request_body = CreateConversationDto,
    responses(
        (status = 201, description = "The conversation is made.", body = Envelope<ConversationDto>),
        (status = 200, description = "The direct conversation was there.", body = Envelope<ConversationDto>)
    ),
    extensions(("x-error-codes" = json!(["USER_NOT_FOUND", "GROUP_FULL"])))
)]
async fn create(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Json(new): Json<CreateConversationDto>,
) -> Answer {
    let create = Arc::clone(&state.create_conversation);
    let created = uncancelled(async move { create.execute(&caller, new).await }).await?;
    made::<ConversationDto>(created.is_new, created.conversation)
}

/// Opens the direct conversation with somebody, making it if need be. It is the same for both.
#[utoipa::path(
    put, path = "/api/v1/conversations/direct/{userId}", tag = "conversations", operation_id = "openDirectConversation",
    params(("userId" = Uuid, Path, description = "With whom.", example = "0192f0c1-5a10-7d20-8e30-4f5061728394")),
    responses(
        (status = 201, description = "The conversation is made.", body = Envelope<ConversationDto>),
        (status = 200, description = "The conversation was there.", body = Envelope<ConversationDto>)
    ),
    extensions(("x-error-codes" = json!(["USER_NOT_FOUND"])))
)]
async fn open_direct(state: Data<AppState>, Authenticated(caller): Authenticated, Path(other): Path<UserId>) -> Answer {
    let open = Arc::clone(&state.open_direct);
    let opened = uncancelled(async move { open.execute(&caller, other).await }).await?;
    made::<ConversationDto>(opened.is_new, opened.conversation)
}

/// One conversation.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "getConversation",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    responses((status = 200, description = "The conversation.", body = Envelope<ConversationDto>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN"])))
)]
async fn get(state: Data<AppState>, Authenticated(caller): Authenticated, Path(id): Path<ConversationId>) -> Answer {
    ok::<ConversationDto>(state.get_conversation.execute(&caller, id).await?)
}

/// Changes a group's name, picture or policy. The owner and the admins may.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "changeConversation",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    request_body = ChangeConversationDto,
    responses((status = 200, description = "The conversation now.", body = Envelope<ConversationDto>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION"])))
)]
async fn change(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Json(action): Json<ChangeConversationDto>,
) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    let shown = uncancelled(async move { change.execute_and_show(&caller, id, action).await }).await?;
    ok::<ConversationDto>(shown)
}

/// Deletes a group with all its messages. The owner may.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "deleteConversation",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    responses((status = 204, description = "The group is gone.")),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN", "DIRECT_CONVERSATION"])))
)]
async fn delete(state: Data<AppState>, Authenticated(caller): Authenticated, Path(id): Path<ConversationId>) -> Answer {
    let change = Arc::clone(&state.change_conversation);
    uncancelled(async move { change.execute(&caller, id, Action::Delete).await }).await?;
    nothing()
}

/// Moves the caller's read position, only ever forward.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/read", tag = "conversations", operation_id = "markRead",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    request_body = MarkReadDto,
    responses((status = 200, description = "The position now.", body = Envelope<ReadStateDto>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "FORBIDDEN"])))
)]
async fn mark_read(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Json(up_to): Json<MarkReadDto>,
) -> Answer {
    let mark = Arc::clone(&state.mark_read);
    let read = uncancelled(async move { mark.execute(&caller, id, up_to).await }).await?;
    ok::<ReadStateDto>(read)
}

/// What changed after a place: every message, participant and field of the conversation whose last change is later,
/// in order. `nextCursor` goes back as `after`.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/changes", tag = "conversations", operation_id = "readChanges",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        ChangesQuery
    ),
    responses((status = 200, description = "A page of changes.", body = Listed<ChangesDto>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "FORBIDDEN"])))
)]
async fn changes(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Query((after, limit)): Query<ChangesQuery>,
) -> Answer {
    let changed = state.read_changes.execute(&caller, id, after, limit).await?;
    let last = changed.changes.last().map(|change| change.seq().to_string());
    let pagination = Pagination::after(limit, changed.has_more, last);
    listed(ChangesDto::of(id, changed), pagination)
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/conversations", [guarded(Method::GET, list), guarded(Method::POST, create)]))
        .service(resource("/conversations/direct/{userId}", [guarded(Method::PUT, open_direct)]))
        .service(resource("/conversations/{id}/read", [guarded(Method::POST, mark_read)]))
        .service(resource("/conversations/{id}/changes", [guarded(Method::GET, changes)]))
        .service(resource(
            "/conversations/{id}",
            [guarded(Method::GET, get), guarded(Method::PATCH, change), guarded(Method::DELETE, delete)],
        ));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, open_direct, get, change, delete, mark_read, changes))]
pub struct Docs;
