//! What a guess takes of the database: one statement that compares and stores.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{ConversationId, Timestamp};

use super::memory::Guess;
use super::statement::{Statement, Value};
use crate::db::errors::Answer;
use crate::db::plan::Plan;
use crate::db::schema::{DbId, DbUuid, profile_changes};

/// How often profiles have changed.
pub async fn profile_changes(c: &mut AsyncPgConnection) -> Answer<i64> {
    Ok(profile_changes::table.select(profile_changes::number).get_result(c).await?)
}

/// Stores what was guessed of those conversations that are as they were guessed to be, and of no others; nothing at all if
/// profiles have changed, or if one of the messages is there already. Answers how often profiles have changed, and which
/// conversations those are. One statement, which is a transaction by itself: one round trip.
pub async fn store(c: &mut AsyncPgConnection, guess: Arc<Guess>) -> Answer<(i64, HashSet<ConversationId>)> {
    // Conversations are locked in the order in which they are given: that of their ids, as everywhere. One that somebody
    // holds is waited for, and compared after that. The set of those that moved is asked in such a way that it is hashed.
    const STORE: &str = "WITH \
         moved AS (UPDATE conversations c SET seq = m.seq, last_message_seq = m.last_message_seq, \
         last_message_at = m.last_message_at, active_at = m.active_at \
         FROM unnest($1, $2, $3, $4, $5, $6, $7) \
         AS m (id, created_at, seq_before, seq, last_message_seq, last_message_at, active_at) \
         WHERE c.id = m.id AND c.created_at = m.created_at AND c.seq = m.seq_before \
         AND (SELECT number FROM profile_changes) = $8 AND NOT EXISTS (SELECT FROM messages WHERE id = ANY ($9)) \
         RETURNING c.id), \
         shown AS (UPDATE participants p SET archived = false FROM moved \
         WHERE p.conversation_id = moved.id AND p.archived AND NOT p.muted), \
         stored AS (INSERT INTO messages \
         (conversation_id, seq, id, sender_id, content, reply_to, created_at, changed_seq) \
         SELECT conversation_id, seq, id, sender_id, content, NULL, created_at, seq \
         FROM unnest($10, $11, $12, $13, $14, $15) AS m (conversation_id, seq, id, sender_id, content, created_at) \
         WHERE (conversation_id IN (SELECT id FROM moved)) IS NOT FALSE) \
         SELECT number, moved.id FROM profile_changes LEFT JOIN moved ON true";
    let Guess { from, plan: Plan { messages, places, .. }, profile_changes, .. } = &*guess;
    let ids: Vec<DbId> = messages.iter().map(|m| m.id.into()).collect();
    let at = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let values = vec![
        Value::Ids(places.iter().map(|&(id, _)| id.into()).collect()),
        Value::Numbers(places.iter().map(|(_, place)| place.created_at.as_micros()).collect()),
        Value::Numbers(places.iter().map(|(id, _)| from.get(id).copied().unwrap_or(-1)).collect()),
        Value::Numbers(places.iter().map(|(_, place)| place.seq).collect()),
        Value::OptionalNumbers(places.iter().map(|(_, place)| place.last_message_seq).collect()),
        Value::OptionalNumbers(places.iter().map(|(_, place)| at(place.last_message_at)).collect()),
        Value::Numbers(places.iter().map(|(_, place)| place.active_at.as_micros()).collect()),
        Value::Number(*profile_changes),
        Value::Ids(ids.clone()),
        Value::Ids(messages.iter().map(|m| m.conversation_id.into()).collect()),
        Value::Numbers(messages.iter().map(|m| m.seq).collect()),
        Value::Ids(ids),
        Value::Ids(messages.iter().map(|m| m.sender_id.into()).collect()),
        Value::OptionalTexts(messages.iter().map(|m| m.content.clone()).collect()),
        Value::Numbers(messages.iter().map(|m| m.created_at.as_micros()).collect()),
    ];
    let rows: Vec<MovedRow> = Statement::new(STORE, values).load(c).await?;
    let [MovedRow { number, .. }, ..] = rows[..] else { return Err(diesel::result::Error::NotFound.into()) };
    Ok((number, rows.into_iter().filter_map(|row| row.id).map(ConversationId::from).collect()))
}

/// A conversation that was as it was guessed to be.
#[derive(QueryableByName)]
struct MovedRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<DbUuid>)]
    id: Option<DbId>,
}
