//! The REST API.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::chat::{Chat, Message, Refusal, User, random};

type Answer = Result<Response, Refusal>;

pub fn routes(chat: Arc<Chat>) -> Router {
    let api = Router::new()
        .route("/auth/register", post(register))
        .route("/auth/login", post(login))
        .route("/conversations", post(make_room))
        .route("/conversations/{id}", delete(end_room))
        .route("/conversations/{id}/participants", post(add_people))
        .route("/conversations/{id}/messages", get(page).post(send));
    let ready = || async { answer(StatusCode::OK, json!({})) };
    Router::new().route("/health/ready", get(ready)).nest("/api/v1", api).with_state(chat)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<T> {
    success: bool,
    status_code: u16,
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Pagination>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    limit: usize,
    next_cursor: Option<String>,
    has_more: bool,
}

fn answer<T: Serialize>(status: StatusCode, data: T) -> Response {
    let body = Body { success: true, status_code: status.as_u16(), data, pagination: None };
    (status, Json(body)).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body: Value = json!({"success": false, "statusCode": self.0.as_u16(), "code": self.1});
        (self.0, Json(body)).into_response()
    }
}

impl FromRequestParts<Arc<Chat>> for User {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, chat: &Arc<Chat>) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
        chat.identify(header.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn hash(password: String, salt: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let mut hash = vec![0; 32];
    spawn_blocking(move || {
        let params = scrypt::Params::new(14, 8, 1)?;
        scrypt::scrypt(password.as_bytes(), &salt, &params, &mut hash)?;
        Ok(hash)
    })
    .await?
}

async fn register(State(chat): State<Arc<Chat>>, Json(who): Json<Credentials>) -> Answer {
    let salt = random::<16>()?.to_vec();
    let kept = hash(who.password, salt.clone()).await?;
    let user = User { id: Uuid::new_v4(), username: who.username };
    let text = "insert into users values ($1, $2, $3, $4)";
    chat.pool.get().await?.execute(text, &[&user.id, &user.username, &salt, &kept]).await?;
    Ok(answer(StatusCode::CREATED, user))
}

async fn login(State(chat): State<Arc<Chat>>, Json(who): Json<Credentials>) -> Answer {
    const WRONG: Refusal = Refusal(StatusCode::UNAUTHORIZED, "INVALID_CREDENTIALS");
    let text = "select id, salt, password from users where username = $1";
    let row = chat.pool.get().await?.query_opt(text, &[&who.username]).await?.ok_or(WRONG)?;
    if hash(who.password, row.get("salt")).await? != row.get::<_, Vec<u8>>("password") {
        return Err(WRONG);
    }
    let user = User { id: row.get("id"), username: who.username };
    Ok(answer(StatusCode::OK, json!({"user": user, "accessToken": chat.token(user.clone())?})))
}

#[derive(Deserialize)]
struct NewRoom {
    name: Option<String>,
}

async fn make_room(State(chat): State<Arc<Chat>>, user: User, Json(room): Json<NewRoom>) -> Answer {
    let id = Uuid::new_v4();
    let client = chat.pool.get().await?;
    client.execute("insert into conversations values ($1, $2, $3)", &[&id, &room.name, &user.id]).await?;
    client.execute("insert into participants values ($1, $2)", &[&id, &user.id]).await?;
    Ok(answer(StatusCode::CREATED, json!({"id": id})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPeople {
    user_ids: Vec<Uuid>,
}

async fn add_people(
    State(chat): State<Arc<Chat>>,
    _: User,
    Path(id): Path<Uuid>,
    Json(people): Json<NewPeople>,
) -> Answer {
    let text = "insert into participants select $1, unnest($2::uuid[]) on conflict do nothing";
    chat.pool.get().await?.execute(text, &[&id, &people.user_ids]).await?;
    Ok(answer(StatusCode::CREATED, json!({"id": id})))
}

async fn end_room(State(chat): State<Arc<Chat>>, user: User, Path(id): Path<Uuid>) -> Answer {
    let text = "delete from conversations where id = $1 and owner_id = $2";
    chat.pool.get().await?.execute(text, &[&id, &user.id]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct NewMessage {
    content: String,
}

async fn send(
    State(chat): State<Arc<Chat>>,
    user: User,
    Path(id): Path<Uuid>,
    Json(message): Json<NewMessage>,
) -> Answer {
    Ok(answer(StatusCode::CREATED, chat.post(&user, id, &message.content).await?))
}

#[derive(Deserialize)]
struct Asked {
    limit: Option<usize>,
    before: Option<i64>,
}

async fn page(State(chat): State<Arc<Chat>>, user: User, Path(id): Path<Uuid>, Query(asked): Query<Asked>) -> Answer {
    let limit = asked.limit.unwrap_or(50).min(100);
    let wanted = i64::try_from(limit + 1)?;
    let mut data: Vec<Message> = chat.page(&user, id, asked.before.unwrap_or(i64::MAX), wanted).await?;
    let has_more = data.len() > limit;
    data.truncate(limit);
    let last = data.last().filter(|_| has_more);
    let pagination = Pagination { limit, next_cursor: last.map(|message| message.seq.to_string()), has_more };
    let body = Body { success: true, status_code: 200, data, pagination: Some(pagination) };
    Ok(Json(body).into_response())
}
