//! Rows, and what they become in the domain.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::conversation::{
    AddPolicy, Conversation, Group, Kind, Participant, ParticipantChange, ParticipantView, Role,
};
use domain::message::{Message, MessageView};
use domain::session::{Session, TokenHash};
use domain::user::{Profile, User};
use domain::value::{AvatarUrl, ConversationName, DisplayName, Email, PasswordHash, Username};
use domain::{Seq, Timestamp, UserId};

use super::errors::Corrupt;
use super::schema::{DbId, conversations, messages, participants, sessions, users};

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
            search_key: super::search::key(user),
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

/// A row of `participants`: somebody's seat in a conversation, taken or left.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = participants, check_for_backend(Pg, Sqlite), treat_none_as_default_value = false)]
pub struct SeatRow {
    pub conversation_id: DbId,
    pub user_id: DbId,
    pub role: String,
    pub joined_at: i64,
    pub joined_seq: Seq,
    pub left_at: Option<i64>,
    pub last_read_seq: Seq,
    pub archived: bool,
    pub muted: bool,
    pub changed_seq: Seq,
    pub changed_by: Option<DbId>,
}

impl SeatRow {
    /// The seat of somebody who takes part from the beginning.
    pub fn founding(conversation_id: DbId, participant: &Participant) -> Self {
        Self {
            conversation_id,
            user_id: participant.user_id.into(),
            role: role_word(participant.role).to_owned(),
            joined_at: participant.joined_at.as_micros(),
            joined_seq: 0,
            left_at: None,
            last_read_seq: 0,
            archived: false,
            muted: false,
            changed_seq: 0,
            changed_by: None,
        }
    }

    pub fn participant(&self) -> Result<Participant, Corrupt> {
        Ok(Participant {
            user_id: self.user_id.into(),
            role: role_of(&self.role, self.user_id)?,
            joined_at: Timestamp::from_micros(self.joined_at),
        })
    }

    /// The latest change of this seat.
    pub fn change(self, profile: ProfileRow) -> Result<ParticipantChange, Corrupt> {
        let Participant { user_id, role, joined_at } = self.participant()?;
        Ok(ParticipantChange {
            participant: ParticipantView { profile: profile.into(), role, joined_at },
            joined_seq: self.joined_seq,
            left_at: self.left_at.map(Timestamp::from_micros),
            by: self.changed_by.map_or(user_id, UserId::from),
        })
    }
}

/// A role as it is stored.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// A stored role of the participant `user`.
pub fn role_of(word: &str, user: DbId) -> Result<Role, Corrupt> {
    match word {
        "member" => Ok(Role::Member),
        "admin" => Ok(Role::Admin),
        "owner" => Ok(Role::Owner),
        _ => Err(Corrupt { table: "participants", column: "role", row: user.0 }),
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, check_for_backend(Pg, Sqlite), treat_none_as_default_value = false)]
pub struct MessageRow {
    pub conversation_id: DbId,
    pub seq: Seq,
    pub id: DbId,
    pub sender_id: DbId,
    pub content: Option<String>,
    pub reply_to: Option<DbId>,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub changed_seq: Seq,
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        Self {
            conversation_id: message.conversation_id.into(),
            seq: message.seq,
            id: message.id.into(),
            sender_id: message.sender_id.into(),
            content: message.content.clone(),
            reply_to: message.reply_to.map(DbId::from),
            created_at: message.created_at.as_micros(),
            edited_at: message.edited_at.map(Timestamp::as_micros),
            deleted_at: message.deleted_at.map(Timestamp::as_micros),
            changed_seq: message.changed_seq,
        }
    }
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id.into(),
            conversation_id: row.conversation_id.into(),
            seq: row.seq,
            changed_seq: row.changed_seq,
            sender_id: row.sender_id.into(),
            content: row.content,
            reply_to: row.reply_to.map(Into::into),
            created_at: Timestamp::from_micros(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_micros),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
        }
    }
}

/// A message with its sender.
pub fn message_view((message, sender): (MessageRow, ProfileRow)) -> MessageView {
    MessageView { message: message.into(), sender: sender.into() }
}
