//! Accounts and sign-ins.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use actix_web::web::{Data, ServiceConfig};
use application::auth::LoginAttempt;
use domain::SessionId;

use super::answer::{Answer, Envelope, created, nothing, ok};
use super::authenticated::Authenticated;
use super::client::From;
use super::json::Json;
use super::path::Path;
use super::resource::{guarded, open, resource};
use crate::dto::{LoginDto, OwnProfileDto, RefreshDto, RegisterDto, SessionDto, SignedInDto};
use crate::{AppState, uncancelled};

/// Makes an account. It does not sign in.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth",
    request_body = RegisterDto,
    responses((status = 201, description = "The account is made.", body = Envelope<OwnProfileDto>)),
    extensions(("x-error-codes" = json!(["USERNAME_TAKEN", "EMAIL_TAKEN", "RATE_LIMITED"]))),
    security(())
)]
async fn register(state: Data<AppState>, From(from): From, Json(registration): Json<RegisterDto>) -> Answer {
    state.limits.registration(from)?;
    let register = Arc::clone(&state.register);
    let user = uncancelled(async move { register.execute(registration).await }).await?;
    created::<OwnProfileDto>(user)
}

/// Signs in, by username or e-mail, and opens a session.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth",
    request_body = LoginDto,
    responses((status = 200, description = "A session is open.", body = Envelope<SignedInDto>)),
    extensions(("x-error-codes" = json!(["INVALID_CREDENTIALS", "RATE_LIMITED"]))),
    security(())
)]
async fn login(
    state: Data<AppState>,
    request: HttpRequest,
    From(from): From,
    Json((login, password)): Json<LoginDto>,
) -> Answer {
    let guess = state.limits.sign_in(from, &login)?;
    let (opens, device) = (Arc::clone(&state.login), device(&request));
    let attempt = LoginAttempt { login, password, device };
    let outcome = uncancelled(async move { opens.execute(attempt).await }).await;
    guess.settle(&outcome);
    ok::<SignedInDto>(outcome?)
}

/// Continues the session. The refresh token is spent by it; a client whose reply was lost may present it again within
/// 15 seconds. Presented later, it ends the session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth",
    request_body = RefreshDto,
    responses((status = 200, description = "The session goes on.", body = Envelope<SignedInDto>)),
    extensions(("x-error-codes" = json!(["UNAUTHENTICATED", "REFRESH_TOKEN_REUSED", "RATE_LIMITED"]))),
    security(())
)]
async fn refresh(state: Data<AppState>, From(from): From, Json(token): Json<RefreshDto>) -> Answer {
    state.limits.refresh(from)?;
    let session = Arc::clone(&state.refresh_session);
    let signed_in = uncancelled(async move { session.execute(&token).await }).await?;
    ok::<SignedInDto>(signed_in)
}

/// Ends the caller's session: its tokens are refused and its connections closed at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "The session is over."))
)]
async fn logout(state: Data<AppState>, Authenticated(caller): Authenticated) -> Answer {
    let logout = Arc::clone(&state.logout);
    uncancelled(async move { logout.execute(&caller).await }).await?;
    nothing()
}

/// The caller's sessions that hold, latest sign-in first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth",
    responses((status = 200, description = "The sessions.", body = Envelope<Vec<SessionDto>>))
)]
async fn sessions(state: Data<AppState>, Authenticated(caller): Authenticated) -> Answer {
    let sessions = state.list_sessions.execute(&caller).await?;
    let seen = sessions.into_iter().map(|session| SessionDto::seen_from(caller.session_id, session));
    ok::<Vec<SessionDto>>(seen.collect::<Vec<_>>())
}

/// Ends one of the caller's sessions. One of somebody else is not found.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "Which session.", example = "0192f0c1-308a-7b80-a106-fd731fa2b784")),
    responses((status = 204, description = "The session is over.")),
    extensions(("x-error-codes" = json!(["SESSION_NOT_FOUND"])))
)]
async fn revoke_session(
    state: Data<AppState>,
    Authenticated(caller): Authenticated,
    Path(id): Path<SessionId>,
) -> Answer {
    let revoke = Arc::clone(&state.revoke_session);
    uncancelled(async move { revoke.execute(&caller, id).await }).await?;
    nothing()
}

/// What the client calls itself, cut to a length that a list can show.
fn device(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(header::USER_AGENT)?.to_str().ok()?;
    let shown: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
    Some(shown).filter(|shown| !shown.is_empty())
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/auth/register", [open(Method::POST, register)]))
        .service(resource("/auth/login", [open(Method::POST, login)]))
        .service(resource("/auth/refresh", [open(Method::POST, refresh)]))
        .service(resource("/auth/logout", [guarded(Method::POST, logout)]))
        .service(resource("/auth/sessions", [guarded(Method::GET, sessions)]))
        .service(resource("/auth/sessions/{id}", [guarded(Method::DELETE, revoke_session)]));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(register, login, refresh, logout, sessions, revoke_session))]
pub struct Docs;
