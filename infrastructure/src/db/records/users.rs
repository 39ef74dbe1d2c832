//! Accounts as rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::Timestamp;
use domain::user::{Profile, User};
use domain::value::{AvatarUrl, DisplayName, Email, PasswordHash, Username};

use crate::db::errors::Corrupt;
use crate::db::schema::{DbId, users};
use crate::db::search;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, check_for_backend(Pg, Sqlite))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct UserRow {
    pub id: DbId,
    pub username: Option<String>,
    pub email: Option<String>,
    pub name: String,
    pub avatar: Option<String>,
    pub password_hash: String,
    pub search_key: String,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.into(),
            username: Some(user.username.as_str().to_owned()),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            name: user.name.as_str().to_owned(),
            avatar: user.avatar.as_ref().map(|avatar| avatar.as_str().to_owned()),
            password_hash: user.password_hash.0.clone(),
            search_key: search::key(user),
            created_at: user.created_at.as_micros(),
            updated_at: user.updated_at.as_micros(),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = Corrupt;

    fn try_from(row: UserRow) -> Result<Self, Corrupt> {
        let corrupt = |column| Corrupt { table: "users", column, row: row.id.0 };
        let username = row.username.as_deref().ok_or_else(|| corrupt("username"))?;
        let email = row.email.as_deref().map(Email::parse).transpose();
        let avatar = row.avatar.as_deref().map(AvatarUrl::parse).transpose();
        Ok(Self {
            id: row.id.into(),
            username: Username::parse(username).map_err(|_| corrupt("username"))?,
            email: email.map_err(|_| corrupt("email"))?,
            name: DisplayName::parse(&row.name).map_err(|_| corrupt("name"))?,
            avatar: avatar.map_err(|_| corrupt("avatar"))?,
            password_hash: PasswordHash(row.password_hash),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// What is shown of a person, present or deleted.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg, Sqlite))]
pub struct ProfileRow {
    pub id: DbId,
    pub username: Option<String>,
    pub name: String,
    pub avatar: Option<String>,
}

impl From<ProfileRow> for Profile {
    fn from(row: ProfileRow) -> Self {
        if row.username.is_none() {
            return Self::deleted(row.id.into());
        }
        Self { id: row.id.into(), username: row.username, name: row.name, avatar: row.avatar }
    }
}
