//! What SQLite does in its own way: lists of ids travel as JSON.

use std::collections::BTreeSet;

use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{insert_into, sql_query, update};
use domain::conversation::ConversationView;
use domain::message::Message;
use domain::{ConversationId, Seq, Timestamp};

use crate::db::errors::Answer;
use crate::db::halving::{PlaceRow, place_at};
use crate::db::plan::Place;
use crate::db::records::MessageRow;
use crate::db::schema::{DbId, DbUuid, conversations, messages, participants};
use crate::db::senders::SenderRow;
use crate::db::views::{ShownRow, shown_participants};

/// The first participants of each conversation.
pub fn shown_participants(c: &mut SqliteConnection, ids: &[DbId]) -> Answer<Vec<ShownRow>> {
    const QUERY: &str = shown_participants!("IN (SELECT unhex(value) FROM json_each($1))");
    let ids = json(ids.iter().map(|id| format!("\"{}\"", id.0.as_simple())));
    Ok(sql_query(QUERY).bind::<Text, _>(ids).bind::<BigInt, _>(ConversationView::SHOWN).load(c)?)
}

/// Those of the pairs of conversation and sender that are participants, and the messages with these ids.
pub fn seats_and_stored(
    c: &mut SqliteConnection,
    pairs: &BTreeSet<(DbId, DbId)>,
    named: BTreeSet<DbId>,
) -> Answer<(Vec<SenderRow>, Vec<MessageRow>)> {
    let stored = messages::table.filter(messages::id.eq_any(named)).select(MessageRow::as_select()).load(c)?;
    Ok((senders(c, pairs)?, stored))
}

fn senders(c: &mut SqliteConnection, pairs: &BTreeSet<(DbId, DbId)>) -> Answer<Vec<SenderRow>> {
    const QUERY: &str = "SELECT p.conversation_id, u.id, u.username, u.name, u.avatar FROM \
         (SELECT unhex(value ->> 0) AS conversation_id, unhex(value ->> 1) AS user_id FROM json_each($1)) AS wanted \
         CROSS JOIN participants p ON p.conversation_id = wanted.conversation_id AND p.user_id = wanted.user_id \
         CROSS JOIN users u ON u.id = p.user_id WHERE p.left_at IS NULL AND u.deleted_at IS NULL";
    let pairs = json(pairs.iter().map(|(id, user)| format!("[\"{}\",\"{}\"]", id.0.as_simple(), user.0.as_simple())));
    Ok(sql_query(QUERY).bind::<Text, _>(pairs).load(c)?)
}

/// The first place of a conversation whose message is not older than a moment.
pub fn place_at(c: &mut SqliteConnection, id: DbId, at: Timestamp) -> Answer<Seq> {
    const QUERY: &str = place_at!();
    let query = sql_query(QUERY).bind::<DbUuid, _>(id).bind::<BigInt, _>(at.as_micros());
    Ok(query.get_result::<PlaceRow>(c)?.place)
}

/// Stores new messages, and moves their conversations on to where they stand then. Each is unarchived by it, unless it
/// is muted. Without a server in between, a statement for each costs no more than one for all.
pub fn store(c: &mut SqliteConnection, rows: &[Message], places: &[(ConversationId, Place)]) -> Answer<()> {
    insert_into(messages::table).values(rows.iter().map(MessageRow::from).collect::<Vec<_>>()).execute(c)?;
    for (id, place) in places {
        update(conversations::table.find(DbId::from(*id)))
            .set((
                conversations::seq.eq(place.seq),
                conversations::last_message_seq.eq(place.last_message_seq),
                conversations::last_message_at.eq(place.last_message_at.map(Timestamp::as_micros)),
                conversations::active_at.eq(place.active_at.as_micros()),
            ))
            .execute(c)?;
    }
    let ids = places.iter().map(|&(id, _)| DbId::from(id)).collect::<Vec<_>>();
    update(participants::table)
        .filter(participants::conversation_id.eq_any(ids))
        .filter(participants::archived)
        .filter(not(participants::muted))
        .set(participants::archived.eq(false))
        .execute(c)?;
    Ok(())
}

fn json(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
