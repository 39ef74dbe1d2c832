//! People, rooms and messages, in PostgreSQL.

use std::error::Error;
use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use deadpool_postgres::{Manager, Pool};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use socketioxide::SocketIo;
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

const SCHEMA: &str = "
    create table if not exists settings (name text primary key, value bytea not null);
    create table if not exists users (id uuid primary key, username text unique not null, salt bytea not null,
        password bytea not null);
    create table if not exists conversations (id uuid primary key, name text, owner_id uuid not null);
    create table if not exists participants (conversation_id uuid references conversations on delete cascade, user_id uuid,
        primary key (conversation_id, user_id));
    create index if not exists participants_user on participants (user_id);
    create table if not exists messages (id uuid primary key, seq bigint generated always as identity,
        conversation_id uuid not null references conversations on delete cascade, sender_id uuid not null,
        content text not null, created_at timestamptz not null default now());
    create index if not exists messages_page on messages (conversation_id, seq desc)";
const CONNECTIONS: usize = 10;
const TOKEN_TTL: u64 = 12 * 60 * 60;

/// Why something was not done.
#[derive(Debug)]
pub struct Refusal(pub StatusCode, pub &'static str);

impl<E: Error> From<E> for Refusal {
    fn from(_: E) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
    }
}

/// Somebody who is signed in.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    pub id: Uuid,
    pub username: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    user: User,
    exp: u64,
}

#[derive(Serialize)]
pub struct Sender {
    id: Uuid,
    username: String,
    name: String,
    avatar: Option<String>,
}

/// A message as clients see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    id: Uuid,
    conversation_id: Uuid,
    pub seq: i64,
    changed_seq: i64,
    sender: Sender,
    content: String,
    reply_to: Option<Uuid>,
    attachments: [(); 0],
    reactions: [(); 0],
    created_at: String,
    edited_at: Option<String>,
    deleted_at: Option<String>,
}

impl Message {
    fn new(row: &Row, sender: User) -> Self {
        let seq = row.get("seq");
        Self {
            id: row.get("id"),
            conversation_id: row.get("conversation_id"),
            seq,
            changed_seq: seq,
            sender: Sender { id: sender.id, name: sender.username.clone(), username: sender.username, avatar: None },
            content: row.get("content"),
            reply_to: None,
            attachments: [],
            reactions: [],
            created_at: row.get::<_, DateTime<Utc>>("created_at").to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            edited_at: None,
            deleted_at: None,
        }
    }
}

/// All that the doors need.
pub struct Chat {
    pub pool: Pool,
    io: SocketIo,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Chat {
    pub async fn open(url: &str, io: SocketIo) -> Result<Arc<Self>, Box<dyn Error>> {
        let pool = Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(CONNECTIONS).build()?;
        let client = pool.get().await?;
        client.batch_execute(SCHEMA).await?;
        let fresh = random::<32>()?.to_vec();
        client.execute("insert into settings values ('secret', $1) on conflict do nothing", &[&fresh]).await?;
        let secret: Vec<u8> = client.query_one("select value from settings where name = 'secret'", &[]).await?.get(0);
        let (encoding, decoding) = (EncodingKey::from_secret(&secret), DecodingKey::from_secret(&secret));
        Ok(Arc::new(Self { pool, io, encoding, decoding }))
    }

    pub fn token(&self, user: User) -> Result<String, Refusal> {
        let exp = jsonwebtoken::get_current_timestamp() + TOKEN_TTL;
        Ok(jsonwebtoken::encode(&Header::default(), &Claims { user, exp }, &self.encoding)?)
    }

    pub fn identify(&self, token: &str) -> Result<User, Refusal> {
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &Validation::default());
        token.map(|token| token.claims.user).map_err(|_| Refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"))
    }

    pub async fn rooms(&self, user: &User) -> Result<Vec<Uuid>, Refusal> {
        let client = self.pool.get().await?;
        let text = "select conversation_id from participants where user_id = $1";
        let rows = client.query(&client.prepare_cached(text).await?, &[&user.id]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Keeps a message and tells the room.
    pub async fn post(&self, sender: &User, conversation: Uuid, content: &str) -> Result<Message, Refusal> {
        if content.is_empty() || content.chars().count() > 4000 {
            return Err(Refusal(StatusCode::BAD_REQUEST, "VALIDATION_FAILED"));
        }
        let client = self.pool.get().await?;
        require_participant(&client, conversation, sender).await?;
        let text = "insert into messages (id, conversation_id, sender_id, content) values ($1, $2, $3, $4)
            returning id, seq, conversation_id, content, created_at";
        let insert = client.prepare_cached(text).await?;
        let row = client.query_one(&insert, &[&Uuid::new_v4(), &conversation, &sender.id, &content]).await?;
        drop(client);
        let message = Message::new(&row, sender.clone());
        // Who cannot be told is on the way out.
        self.io.to(conversation.to_string()).emit("message:received", &message).await.ok();
        Ok(message)
    }

    /// Messages before that place, newest first.
    pub async fn page(&self, reader: &User, id: Uuid, before: i64, limit: i64) -> Result<Vec<Message>, Refusal> {
        let client = self.pool.get().await?;
        require_participant(&client, id, reader).await?;
        let text = "select m.*, u.username from messages m join users u on u.id = m.sender_id
            where m.conversation_id = $1 and m.seq < $2 order by m.seq desc limit $3";
        let rows = client.query(&client.prepare_cached(text).await?, &[&id, &before, &limit]).await?;
        let sender = |row: &Row| User { id: row.get("sender_id"), username: row.get("username") };
        Ok(rows.iter().map(|row| Message::new(row, sender(row))).collect())
    }
}

async fn require_participant(
    client: &deadpool_postgres::Client,
    conversation: Uuid,
    user: &User,
) -> Result<(), Refusal> {
    let text = "select 1 from participants where conversation_id = $1 and user_id = $2";
    let found = client.query_opt(&client.prepare_cached(text).await?, &[&conversation, &user.id]).await?;
    found.map(drop).ok_or(Refusal(StatusCode::FORBIDDEN, "FORBIDDEN"))
}

pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
