//! The tables, as both databases have them, and the one SQL type that Diesel lacks: an id that is a `uuid` in
//! PostgreSQL and 16 bytes in SQLite. Times are microseconds since the epoch.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{self, SqlType};
use diesel::sqlite::Sqlite;
use uuid::Uuid;

/// The SQL type of ids.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct DbUuid;

/// An id on its way to or from a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = DbUuid)]
pub struct DbId(pub Uuid);

impl ToSql<DbUuid, Pg> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<DbUuid, Pg> for DbId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<DbUuid, Sqlite> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<DbUuid, Sqlite> for DbId {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<sql_types::Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

macro_rules! ids {
    ($($id:ty),+) => {$(
        impl From<$id> for DbId {
            fn from(id: $id) -> Self {
                Self(id.0)
            }
        }

        impl From<DbId> for $id {
            fn from(id: DbId) -> Self {
                Self(id.0)
            }
        }
    )+};
}

ids!(domain::UserId, domain::SessionId, domain::ConversationId, domain::MessageId);

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::DbUuid;

    users (id) {
        id -> DbUuid,
        username -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Text,
        avatar -> Nullable<Text>,
        password_hash -> Text,
        search_key -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_seen_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use super::DbUuid;

    sessions (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        device -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        generation -> BigInt,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::DbUuid;

    conversations (id) {
        id -> DbUuid,
        kind -> Text,
        name -> Nullable<Text>,
        avatar -> Nullable<Text>,
        owner_id -> Nullable<DbUuid>,
        add_policy -> Text,
        direct_key -> Nullable<Text>,
        seq -> BigInt,
        changed_seq -> BigInt,
        changed_by -> Nullable<DbUuid>,
        last_message_seq -> Nullable<BigInt>,
        last_message_at -> Nullable<BigInt>,
        active_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::DbUuid;

    participants (conversation_id, user_id) {
        conversation_id -> DbUuid,
        user_id -> DbUuid,
        role -> Text,
        joined_at -> BigInt,
        joined_seq -> BigInt,
        left_at -> Nullable<BigInt>,
        last_read_seq -> BigInt,
        archived -> Bool,
        muted -> Bool,
        changed_seq -> BigInt,
        changed_by -> Nullable<DbUuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::DbUuid;

    messages (conversation_id, seq) {
        conversation_id -> DbUuid,
        seq -> BigInt,
        id -> DbUuid,
        sender_id -> DbUuid,
        content -> Nullable<Text>,
        reply_to -> Nullable<DbUuid>,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        changed_seq -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;

    // Its one row needs no key, but Diesel wants one.
    profile_changes (number) {
        number -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, sessions, conversations, participants, messages, profile_changes);
