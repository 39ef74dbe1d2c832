//! Sign-ins as rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::Timestamp;
use domain::session::{Session, TokenHash};

use crate::db::schema::{DbId, sessions};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(Pg, Sqlite), treat_none_as_default_value = false)]
pub struct SessionRow {
    pub id: DbId,
    pub user_id: DbId,
    pub device: Option<String>,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub generation: i64,
    pub refresh_hash: Vec<u8>,
    pub previous_hash: Option<Vec<u8>>,
    pub revoked_at: Option<i64>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.into(),
            user_id: session.user_id.into(),
            device: session.device.clone(),
            created_at: session.created_at.as_micros(),
            last_used_at: session.last_used_at.as_micros(),
            expires_at: session.expires_at.as_micros(),
            generation: session.generation,
            refresh_hash: session.refresh_hash.0.clone(),
            previous_hash: session.previous_hash.as_ref().map(|hash| hash.0.clone()),
            revoked_at: session.revoked_at.map(Timestamp::as_micros),
        }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            device: row.device,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: Timestamp::from_micros(row.last_used_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            generation: row.generation,
            refresh_hash: TokenHash(row.refresh_hash),
            previous_hash: row.previous_hash.map(TokenHash),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        }
    }
}
