//! Messages.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use application::Caller;
use application::messages::HistoryPage;
use bytes::Bytes;
use domain::message::RevisionAction;
use domain::{ConversationId, MessageId};

use super::answer::{Answer, Envelope, Listed, Pagination, encode, encoded, made, ok};
use super::authenticated::Authenticated;
use super::failure::Told;
use super::json::Json;
use super::path::Path;
use super::query::{HistoryQuery, Query};
use super::resource::{guarded, resource};
use crate::dto::{EditMessageDto, MessageDto, SendMessageDto};
use crate::pages::PageKey;
use crate::{AppState, uncancelled};

/// A page of a conversation's history, newest first whatever the direction. `nextCursor` goes back as `before`, or as
/// `after` when paging forward.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "readHistory",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        HistoryQuery
    ),
    responses((status = 200, description = "A page of messages.", body = Listed<Vec<MessageDto>>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "FORBIDDEN"])))
)]
async fn history(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Query((part, limit)): Query<HistoryQuery>,
) -> Answer {
    let key = PageKey { id, part, limit };
    let Some(pages) = &state.pages else {
        return encoded(page(&state, &caller, key).await?);
    };
    // Before the page, so that a page is never taken for later than it is.
    let version = state.read_history.version(&caller, id).await?;
    if let Some(body) = pages.recall(&key, version) {
        return encoded(body);
    }
    let body = page(&state, &caller, key).await?;
    pages.keep(key, version, body.clone());
    encoded(body)
}

/// The body of a page as it is now.
async fn page(state: &AppState, caller: &Caller, PageKey { id, part, limit }: PageKey) -> Result<Bytes, Told> {
    let page = state.read_history.execute(caller, id, part, limit).await?;
    let forward = matches!(part, HistoryPage::After(_));
    let farthest = if forward { page.items.first() } else { page.items.last() };
    let pagination = Pagination::after(limit, page.has_more, farthest.map(|view| view.message.seq.to_string()));
    let messages = page.items.into_iter().map(MessageDto::from).collect::<Vec<_>>();
    encode(&Listed::new(messages, pagination))
}

/// Posts a message. Sent again with the same `id`, it is stored and delivered once: the stored message comes back.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "sendMessage",
    params(("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")),
    request_body = SendMessageDto,
    responses(
        (status = 201, description = "The message is stored.", body = Envelope<MessageDto>),
        (status = 200, description = "It was stored before.", body = Envelope<MessageDto>)
    ),
    extensions(("x-error-codes" = json!([
        "CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "FORBIDDEN", "MESSAGE_ID_TAKEN"
    ])))
)]
async fn send(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<ConversationId>,
    Json(message): Json<SendMessageDto>,
) -> Answer {
    state.limits.message(caller.user_id, id.0)?;
    let post = Arc::clone(&state.send_message);
    let sent = uncancelled(async move { post.execute(&caller, message.to(id)).await }).await?;
    made::<MessageDto>(sent.is_new, sent.view)
}

/// Edits a message. The sender may.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/messages/{messageId}", tag = "messages", operation_id = "editMessage",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        ("messageId" = Uuid, Path, description = "Which message.", example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")
    ),
    request_body = EditMessageDto,
    responses((status = 200, description = "The message now.", body = Envelope<MessageDto>)),
    extensions(("x-error-codes" = json!([
        "CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "FORBIDDEN", "MESSAGE_DELETED"
    ])))
)]
async fn edit(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(ConversationId, MessageId)>,
    Json(body): Json<EditMessageDto>,
) -> Answer {
    let revise = Arc::clone(&state.revise_message);
    let action = RevisionAction::Edit(body);
    let view = uncancelled(async move { revise.execute(&caller, id, message, action).await }).await?;
    ok::<MessageDto>(view)
}

/// Deletes a message. The sender, an admin and the owner may. Its tombstone stays, and is the answer.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/messages/{messageId}", tag = "messages", operation_id = "deleteMessage",
    params(
        ("id" = Uuid, Path, description = "Which conversation.", example = "0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f"),
        ("messageId" = Uuid, Path, description = "Which message.", example = "0192f0c2-11d0-7c44-8d5e-9f1b2c3d4e5f")
    ),
    responses((status = 200, description = "The tombstone.", body = Envelope<MessageDto>)),
    extensions(("x-error-codes" = json!(["CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "FORBIDDEN"])))
)]
async fn delete(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path((id, message)): Path<(ConversationId, MessageId)>,
) -> Answer {
    let revise = Arc::clone(&state.revise_message);
    let view = uncancelled(async move { revise.execute(&caller, id, message, RevisionAction::Delete).await }).await?;
    ok::<MessageDto>(view)
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/conversations/{id}/messages", [guarded(Method::GET, history), guarded(Method::POST, send)]))
        .service(resource(
            "/conversations/{id}/messages/{messageId}",
            [guarded(Method::PATCH, edit), guarded(Method::DELETE, delete)],
        ));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(history, send, edit, delete))]
pub struct Docs;
