//! Who posts, and whether they may: the row that tells it.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use domain::user::Profile;
use domain::{ConversationId, UserId};

use super::records::ProfileRow;
use super::schema::{DbId, DbUuid};

/// A sender who takes part in a conversation and has an account.
#[derive(Debug, QueryableByName)]
pub struct SenderRow {
    #[diesel(sql_type = DbUuid)]
    conversation_id: DbId,
    #[diesel(sql_type = DbUuid)]
    id: DbId,
    #[diesel(sql_type = Nullable<Text>)]
    username: Option<String>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    avatar: Option<String>,
}

impl SenderRow {
    /// As an entry of the plan's state.
    pub fn into_entry(self) -> ((ConversationId, UserId), Profile) {
        let profile = ProfileRow { id: self.id, username: self.username, name: self.name, avatar: self.avatar };
        ((self.conversation_id.into(), self.id.into()), profile.into())
    }
}
