//! Participants as rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use domain::conversation::{Participant, ParticipantChange, ParticipantView, Role};
use domain::user::Profile;
use domain::{Seq, Timestamp};

use super::ProfileRow;
use crate::db::errors::Corrupt;
use crate::db::schema::{DbId, participants};

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

    /// Who made its latest change: the person, if nobody is named.
    pub fn author(&self) -> DbId {
        self.changed_by.unwrap_or(self.user_id)
    }

    /// The latest change of this seat, with who made it.
    pub fn change(self, profile: ProfileRow, by: Profile) -> Result<ParticipantChange, Corrupt> {
        let Participant { role, joined_at, .. } = self.participant()?;
        Ok(ParticipantChange {
            participant: ParticipantView { profile: profile.into(), role, joined_at },
            joined_seq: self.joined_seq,
            left_at: self.left_at.map(Timestamp::from_micros),
            by,
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
