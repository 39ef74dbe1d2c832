//! Putting together what the reader's queries found.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use domain::conversation::{Change, ConversationView, ParticipantView, ViewerState};
use domain::user::Profile;
use domain::{Seq, Timestamp, UserId};

use super::errors::Corrupt;
use super::records::{ConversationRow, GROUP, MessageRow, ProfileRow, SeatRow, message_view, role_of};
use super::schema::{DbId, DbUuid};

/// A conversation with the viewer's seat, and the last message with its sender.
pub type Row = (ConversationRow, Option<SeatRow>, Option<MessageRow>, Option<ProfileRow>);

/// One of the first participants of a conversation, and how many there are in all.
#[derive(Debug, QueryableByName)]
pub struct ShownRow {
    #[diesel(sql_type = DbUuid)]
    conversation_id: DbId,
    #[diesel(sql_type = DbUuid)]
    user_id: DbId,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = BigInt)]
    joined_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    username: Option<String>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    avatar: Option<String>,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// The text of the query for [`ShownRow`]s of the conversations `$among` names: the one thing in it that the databases
/// write differently.
macro_rules! shown_participants {
    ($among:literal) => {
        concat!(
            "SELECT conversation_id, user_id, role, joined_at, username, name, avatar, total FROM (",
            " SELECT p.conversation_id, p.user_id, p.role, p.joined_at, u.username, u.name, u.avatar,",
            " count(*) OVER (PARTITION BY p.conversation_id) AS total,",
            " row_number() OVER (PARTITION BY p.conversation_id ORDER BY p.joined_at, p.user_id) AS place",
            " FROM participants p JOIN users u ON u.id = p.user_id",
            " WHERE p.left_at IS NULL AND p.conversation_id ",
            $among,
            ") AS seats WHERE place <= $2 ORDER BY conversation_id, place",
        )
    };
}
pub(in crate::db) use shown_participants;

/// The views of the conversations `ids`, in that order.
pub fn assemble(
    ids: &[DbId],
    rows: Vec<Row>,
    shown: Vec<ShownRow>,
    unread: Vec<(DbId, i64)>,
) -> Result<Vec<(ConversationView, ViewerState)>, Corrupt> {
    let mut rows: HashMap<DbId, Row> = rows.into_iter().map(|row| (row.0.id, row)).collect();
    let unread: HashMap<DbId, i64> = unread.into_iter().collect();
    let mut people: HashMap<DbId, (i64, Vec<ParticipantView>)> = HashMap::new();
    for row in shown {
        let entry = people.entry(row.conversation_id).or_insert((row.total, Vec::new()));
        entry.1.push(row.try_into()?);
    }
    let rows = ids.iter().filter_map(|id| rows.remove(id));
    rows.map(|row| {
        let id = row.0.id;
        let unread_count = unread.get(&id).copied().unwrap_or_default();
        let viewer = row.1.as_ref().map_or_else(ViewerState::default, |seat| ViewerState {
            unread_count,
            last_read_seq: seat.last_read_seq,
            archived: seat.archived,
            muted: seat.muted,
        });
        Ok((view(row, people.remove(&id).unwrap_or_default())?, viewer))
    })
    .collect()
}

fn view(
    (row, _, message, sender): Row,
    (participant_count, participants): (i64, Vec<ParticipantView>),
) -> Result<ConversationView, Corrupt> {
    Ok(ConversationView {
        id: row.id.into(),
        is_group: row.kind == GROUP,
        add_policy: row.add_policy()?,
        name: row.name,
        avatar: row.avatar,
        owner_id: row.owner_id.map(UserId::from),
        participants,
        participant_count,
        last_message: message.zip(sender).map(message_view),
        seq: row.seq,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
        active_at: Timestamp::from_micros(row.active_at),
    })
}

impl TryFrom<ShownRow> for ParticipantView {
    type Error = Corrupt;

    fn try_from(row: ShownRow) -> Result<Self, Corrupt> {
        let profile = ProfileRow { id: row.user_id, username: row.username, name: row.name, avatar: row.avatar };
        Ok(Self {
            profile: Profile::from(profile),
            role: role_of(&row.role, row.user_id)?,
            joined_at: Timestamp::from_micros(row.joined_at),
        })
    }
}

/// A participant with the person behind.
pub fn participant((seat, profile): (SeatRow, ProfileRow)) -> Result<ParticipantView, Corrupt> {
    let participant = seat.participant()?;
    Ok(ParticipantView { profile: profile.into(), role: participant.role, joined_at: participant.joined_at })
}

/// Changed messages and seats as changes, in no particular order; `authors` made those of the seats.
pub fn changes(
    messages: Vec<(MessageRow, ProfileRow)>,
    seats: Vec<(SeatRow, ProfileRow)>,
    authors: &[Profile],
) -> Result<Vec<Change>, Corrupt> {
    let messages = messages.into_iter().map(|row| Ok(Change::Message(Box::new(message_view(row)))));
    let seats = seats.into_iter().map(|(seat, profile)| {
        let seq: Seq = seat.changed_seq;
        let author = UserId::from(seat.author());
        let by = authors.iter().find(|profile| profile.id == author).cloned();
        let by = by.unwrap_or_else(|| Profile::deleted(author));
        Ok(Change::Participant(seq, Box::new(seat.change(profile, by)?)))
    });
    messages.chain(seats).collect()
}
