//! Storing new messages, and moving their conversations on to where they stand then. A conversation is unarchived by it
//! for all who have not muted it. One statement does it all, since each costs a round trip, and Diesel's own would be
//! prepared anew each time.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::message::Message;
use domain::{ConversationId, Timestamp};

use super::recalled::Prediction;
use super::statement::{Statement, Value};
use crate::db::errors::Answer;
use crate::db::plan::{Place, Plan};
use crate::db::schema::{DbId, DbUuid, profile_changes};

// What both statements consist of.
macro_rules! place {
    () => {
        "id, seq, last_message_seq, last_message_at, active_at"
    };
}
macro_rules! move_on {
    () => {
        "UPDATE conversations c SET seq = m.seq, last_message_seq = m.last_message_seq, \
         last_message_at = m.last_message_at, active_at = m.active_at"
    };
}
macro_rules! bring_back {
    () => {
        "UPDATE participants p SET archived = false FROM moved \
         WHERE p.conversation_id = moved.id AND p.archived AND NOT p.muted"
    };
}
macro_rules! insert {
    ($from:literal) => {
        concat!(
            "INSERT INTO messages (conversation_id, seq, id, sender_id, content, reply_to, created_at, changed_seq) \
             SELECT conversation_id, seq, id, sender_id, content, reply_to, created_at, seq FROM unnest(",
            $from,
            ") AS m (conversation_id, seq, id, sender_id, content, reply_to, created_at)"
        )
    };
}

/// How often profiles have changed.
pub async fn profile_changes(c: &mut AsyncPgConnection) -> Answer<i64> {
    Ok(profile_changes::table.select(profile_changes::number).get_result(c).await?)
}

/// Stores what was decided under the locks of the conversations.
pub async fn store(c: &mut AsyncPgConnection, messages: &[Message], places: &[(ConversationId, Place)]) -> Answer<()> {
    const STORE: &str = concat!(
        "WITH moved AS (",
        move_on!(),
        " FROM unnest($1, $2, $3, $4, $5) AS m (",
        place!(),
        ") WHERE c.id = m.id RETURNING c.id), brought_back AS (",
        bring_back!(),
        ") ",
        insert!("$6, $7, $8, $9, $10, $11, $12")
    );
    let values = columns_of_places(places).into_iter().chain(columns_of_messages(messages)).collect();
    Statement::new(STORE, values).execute(c).await?;
    Ok(())
}

/// Stores what was predicted of those conversations that are as they were predicted to be, and of no others; nothing at
/// all if profiles have changed, or if one of the messages is there already. Answers how often profiles have changed, and
/// which conversations those are. It is a transaction by itself: one round trip.
pub async fn store_predicted(
    c: &mut AsyncPgConnection,
    prediction: Arc<Prediction>,
) -> Answer<(i64, HashSet<ConversationId>)> {
    // Conversations are locked in the order in which they are given: that of their ids, as everywhere. One that somebody
    // holds is waited for, and compared after that. The set of those that moved is asked in such a way that it is hashed.
    const STORE: &str = concat!(
        "WITH moved AS (",
        move_on!(),
        " FROM unnest($1, $2, $3, $4, $5, $6, $7) AS m (",
        place!(),
        ", created_at, seq_before) WHERE c.id = m.id AND c.created_at = m.created_at AND c.seq = m.seq_before \
         AND (SELECT number FROM profile_changes) = $8 AND NOT EXISTS (SELECT FROM messages WHERE id = ANY ($9)) \
         RETURNING c.id), brought_back AS (",
        bring_back!(),
        "), stored AS (",
        insert!("$10, $11, $12, $13, $14, $15, $16"),
        " WHERE (conversation_id IN (SELECT id FROM moved)) IS NOT FALSE) \
         SELECT number, moved.id FROM profile_changes LEFT JOIN moved ON true"
    );
    let Prediction { from, plan: Plan { messages, places, .. }, profile_changes, .. } = &*prediction;
    let guards = [
        Value::Numbers(places.iter().map(|(_, place)| place.created_at.as_micros()).collect()),
        Value::Numbers(places.iter().map(|(id, _)| from.get(id).copied().unwrap_or(-1)).collect()),
        Value::Number(*profile_changes),
        Value::Ids(messages.iter().map(|m| m.id.into()).collect()),
    ];
    let values = columns_of_places(places).into_iter().chain(guards).chain(columns_of_messages(messages)).collect();
    let rows: Vec<MovedRow> = Statement::new(STORE, values).load(c).await?;
    let [MovedRow { number, .. }, ..] = rows[..] else { return Err(diesel::result::Error::NotFound.into()) };
    Ok((number, rows.into_iter().filter_map(|row| row.id).map(ConversationId::from).collect()))
}

/// A conversation that was as it was predicted to be.
#[derive(QueryableByName)]
struct MovedRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<DbUuid>)]
    id: Option<DbId>,
}

fn columns_of_places(places: &[(ConversationId, Place)]) -> [Value; 5] {
    let all = || places.iter().map(|(_, place)| place);
    [
        Value::Ids(places.iter().map(|&(id, _)| id.into()).collect()),
        Value::Numbers(all().map(|place| place.seq).collect()),
        Value::OptionalNumbers(all().map(|place| place.last_message_seq).collect()),
        Value::OptionalNumbers(all().map(|place| place.last_message_at.map(Timestamp::as_micros)).collect()),
        Value::Numbers(all().map(|place| place.active_at.as_micros()).collect()),
    ]
}

fn columns_of_messages(messages: &[Message]) -> [Value; 7] {
    [
        Value::Ids(messages.iter().map(|m| m.conversation_id.into()).collect()),
        Value::Numbers(messages.iter().map(|m| m.seq).collect()),
        Value::Ids(messages.iter().map(|m| m.id.into()).collect()),
        Value::Ids(messages.iter().map(|m| m.sender_id.into()).collect()),
        Value::OptionalTexts(messages.iter().map(|m| m.content.clone()).collect()),
        Value::OptionalIds(messages.iter().map(|m| m.reply_to.map(DbId::from)).collect()),
        Value::Numbers(messages.iter().map(|m| m.created_at.as_micros()).collect()),
    ]
}
