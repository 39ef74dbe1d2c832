//! People.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use domain::UserId;

use super::answer::{Answer, Envelope, Listed, nothing, ok, page};
use super::authenticated::Authenticated;
use super::client::From;
use super::cursor::Cursor as _;
use super::json::Json;
use super::path::Path;
use super::query::{PageOf, PageQuery, Query, UsersQuery};
use super::resource::{guarded, resource};
use crate::dto::{
    ChangePasswordDto, ChangeProfileDto, DeleteAccountDto, OnlineUserDto, OwnProfileDto, PublicProfileDto, ShownUserDto,
};
use crate::{AppState, uncancelled};

/// Everyone who has an account, in the order of their usernames.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "listUsers",
    params(UsersQuery),
    responses((status = 200, description = "A page of people.", body = Listed<Vec<PublicProfileDto>>))
)]
async fn list(state: Data<AppState>, _: Authenticated, Query(filter): Query<UsersQuery>) -> Answer {
    let limit = filter.limit;
    let users = state.list_users.execute(filter).await?;
    page::<PublicProfileDto, _>(users, limit, |user| user.username.write())
}

/// The caller's own profile.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", operation_id = "getOwnProfile",
    responses((status = 200, description = "The profile.", body = Envelope<OwnProfileDto>))
)]
async fn me(state: Data<AppState>, Authenticated(caller): Authenticated) -> Answer {
    ok::<OwnProfileDto>(state.get_user.execute(caller.user_id).await?)
}

/// Changes the caller's profile.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", operation_id = "changeOwnProfile",
    request_body = ChangeProfileDto,
    responses((status = 200, description = "The profile now.", body = Envelope<OwnProfileDto>)),
    extensions(("x-error-codes" = json!(["USERNAME_TAKEN", "EMAIL_TAKEN"])))
)]
async fn change(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Json(change): Json<ChangeProfileDto>,
) -> Answer {
    let profile = Arc::clone(&state.change_profile);
    let user = uncancelled(async move { profile.execute(&caller, change).await }).await?;
    ok::<OwnProfileDto>(user)
}

/// Changes the caller's password and ends their other sessions.
#[utoipa::path(
    put, path = "/api/v1/users/me/password", tag = "users", operation_id = "changePassword",
    request_body = ChangePasswordDto,
    responses((status = 204, description = "The password is changed.")),
    extensions(("x-error-codes" = json!(["WRONG_PASSWORD"])))
)]
async fn change_password(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    From(from): From,
    Json(change): Json<ChangePasswordDto>,
) -> Answer {
    let guess = state.limits.confirmation(from, caller.user_id)?;
    let password = Arc::clone(&state.change_password);
    let outcome = uncancelled(async move { password.execute(&caller, change).await }).await;
    guess.settle(&outcome);
    outcome?;
    nothing()
}

/// Deletes the caller's account: sessions end, owned groups are handed on, the profile is erased. Messages stay.
#[utoipa::path(
    delete, path = "/api/v1/users/me", tag = "users", operation_id = "deleteAccount",
    request_body = DeleteAccountDto,
    responses((status = 204, description = "The account is gone.")),
    extensions(("x-error-codes" = json!(["WRONG_PASSWORD"])))
)]
async fn delete(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    From(from): From,
    Json(password): Json<DeleteAccountDto>,
) -> Answer {
    let guess = state.limits.confirmation(from, caller.user_id)?;
    let account = Arc::clone(&state.delete_account);
    let outcome = uncancelled(async move { account.execute(&caller, &password).await }).await;
    guess.settle(&outcome);
    outcome?;
    nothing()
}

/// Everyone who is there but the caller, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/users/online", tag = "users", operation_id = "listOnlineUsers",
    params(PageQuery),
    responses((status = 200, description = "A page of people who are there.", body = Listed<Vec<OnlineUserDto>>))
)]
async fn online(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Query((after, limit)): Query<PageOf<UserId>>,
) -> Answer {
    let people = state.presence.list_online.execute(&caller, after, limit).await?;
    page::<OnlineUserDto, _>(people, limit, |(user, _)| user.id.write())
}

/// One person, and whether they are there.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "getUser",
    params(("id" = Uuid, Path, description = "Who.", example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")),
    responses((status = 200, description = "The person.", body = Envelope<ShownUserDto>)),
    extensions(("x-error-codes" = json!(["USER_NOT_FOUND"])))
)]
async fn get(state: Data<AppState>, _: Authenticated, Path(id): Path<UserId>) -> Answer {
    ok::<ShownUserDto>(state.presence.show_user.execute(id).await?)
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/users", [guarded(Method::GET, list)]))
        .service(resource(
            "/users/me",
            [guarded(Method::GET, me), guarded(Method::PATCH, change), guarded(Method::DELETE, delete)],
        ))
        .service(resource("/users/me/password", [guarded(Method::PUT, change_password)]))
        .service(resource("/users/online", [guarded(Method::GET, online)]))
        .service(resource("/users/{id}", [guarded(Method::GET, get)]));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, me, change, change_password, delete, online, get))]
pub struct Docs;
