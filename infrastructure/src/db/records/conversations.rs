//! Conversations as rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::conversation::{AddPolicy, Conversation, Group, Kind, Venue};
use domain::value::{AvatarUrl, ConversationName};
use domain::{Seq, Timestamp};

use super::SeatRow;
use crate::db::errors::Corrupt;
use crate::db::schema::{DbId, conversations};

pub const GROUP: &str = "group";
const DIRECT: &str = "direct";

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = conversations, check_for_backend(Pg, Sqlite), treat_none_as_default_value = false)]
pub struct ConversationRow {
    pub id: DbId,
    pub kind: String,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub owner_id: Option<DbId>,
    pub add_policy: String,
    pub direct_key: Option<String>,
    pub seq: Seq,
    pub changed_seq: Seq,
    pub changed_by: Option<DbId>,
    pub last_message_seq: Option<Seq>,
    pub last_message_at: Option<i64>,
    pub active_at: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<&Conversation> for ConversationRow {
    /// The row of a conversation that is new.
    fn from(conversation: &Conversation) -> Self {
        let edits = ConversationEdits::from(conversation);
        let pair = match (&conversation.kind, conversation.participants.as_slice()) {
            (Kind::Direct, [one, other]) => Some(Conversation::direct_key(one.user_id, other.user_id)),
            _ => None,
        };
        Self {
            id: conversation.id.into(),
            kind: if conversation.kind == Kind::Direct { DIRECT } else { GROUP }.to_owned(),
            name: edits.name,
            avatar: edits.avatar,
            owner_id: edits.owner_id,
            add_policy: edits.add_policy.to_owned(),
            direct_key: pair,
            seq: edits.seq,
            changed_seq: 0,
            changed_by: None,
            last_message_seq: None,
            last_message_at: None,
            active_at: conversation.created_at.as_micros(),
            created_at: conversation.created_at.as_micros(),
            updated_at: edits.updated_at,
        }
    }
}

/// What a conversation of that kind and name is.
pub fn venue((kind, name): (String, Option<String>)) -> Venue {
    if kind == GROUP { Venue::Group(name) } else { Venue::Direct }
}

/// What a command may change of a conversation's own row.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = conversations, treat_none_as_null = true)]
pub struct ConversationEdits {
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub owner_id: Option<DbId>,
    pub add_policy: &'static str,
    pub seq: Seq,
    pub updated_at: i64,
}

impl From<&Conversation> for ConversationEdits {
    fn from(conversation: &Conversation) -> Self {
        let group = match &conversation.kind {
            Kind::Group(group) => Some(group),
            Kind::Direct => None,
        };
        Self {
            name: group.and_then(|group| group.name.as_ref()).map(|name| name.as_str().to_owned()),
            avatar: group.and_then(|group| group.avatar.as_ref()).map(|avatar| avatar.as_str().to_owned()),
            owner_id: conversation.owner().map(DbId::from),
            add_policy: match group.map(|group| group.add_policy) {
                Some(AddPolicy::Admins) => "admins",
                Some(AddPolicy::Everyone) | None => "everyone",
            },
            seq: conversation.seq,
            updated_at: conversation.updated_at.as_micros(),
        }
    }
}

impl ConversationRow {
    pub fn add_policy(&self) -> Result<AddPolicy, Corrupt> {
        match self.add_policy.as_str() {
            "everyone" => Ok(AddPolicy::Everyone),
            "admins" => Ok(AddPolicy::Admins),
            _ => Err(self.corrupt("add_policy")),
        }
    }

    /// The aggregate of this row and of those who take part now.
    pub fn with(self, seats: &[SeatRow]) -> Result<Conversation, Corrupt> {
        let kind = if self.kind == GROUP {
            let name = self.name.as_deref().map(ConversationName::parse).transpose();
            let avatar = self.avatar.as_deref().map(AvatarUrl::parse).transpose();
            Kind::Group(Group {
                name: name.map_err(|_| self.corrupt("name"))?,
                avatar: avatar.map_err(|_| self.corrupt("avatar"))?,
                add_policy: self.add_policy()?,
            })
        } else {
            Kind::Direct
        };
        Ok(Conversation {
            id: self.id.into(),
            kind,
            participants: seats.iter().map(SeatRow::participant).collect::<Result<_, _>>()?,
            seq: self.seq,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        })
    }

    fn corrupt(&self, column: &'static str) -> Corrupt {
        Corrupt { table: "conversations", column, row: self.id.0 }
    }
}
