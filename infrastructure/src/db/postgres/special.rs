//! What PostgreSQL does in its own way: lists travel as arrays.

use std::collections::BTreeSet;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::conversation::ConversationView;
use domain::message::Message;
use domain::{ConversationId, Seq, Timestamp};

use super::statement::{Statement, Value};
use crate::db::errors::Answer;
use crate::db::halving::{PlaceRow, place_at};
use crate::db::plan::Place;
use crate::db::schema::DbId;
use crate::db::senders::{SenderRow, senders};
use crate::db::views::{ShownRow, shown_participants};

/// The first participants of each conversation.
pub async fn shown_participants(c: &mut AsyncPgConnection, ids: &[DbId]) -> Answer<Vec<ShownRow>> {
    const QUERY: &str = shown_participants!("= ANY ($1)");
    let values = vec![Value::Ids(ids.to_vec()), Value::Number(ConversationView::SHOWN)];
    Ok(Statement::new(QUERY, values).load(c).await?)
}

/// Those of the pairs of conversation and sender that are participants.
pub async fn senders(c: &mut AsyncPgConnection, pairs: &BTreeSet<(DbId, DbId)>) -> Answer<Vec<SenderRow>> {
    const QUERY: &str = senders!("unnest($1, $2) AS wanted (conversation_id, user_id)");
    let (ids, users) = pairs.iter().copied().unzip();
    Ok(Statement::new(QUERY, vec![Value::Ids(ids), Value::Ids(users)]).load(c).await?)
}

/// The first place of a conversation whose message is not older than a moment.
pub async fn place_at(c: &mut AsyncPgConnection, id: DbId, at: Timestamp) -> Answer<Seq> {
    const QUERY: &str = place_at!();
    let values = vec![Value::Id(id), Value::Number(at.as_micros())];
    Ok(Statement::new(QUERY, values).get_result::<PlaceRow>(c).await?.place)
}

/// Stores new messages.
pub async fn insert_messages(c: &mut AsyncPgConnection, messages: &[Message]) -> Answer<()> {
    const INSERT: &str = "INSERT INTO messages (conversation_id, seq, id, sender_id, content, reply_to, created_at, \
         changed_seq) SELECT conversation_id, seq, id, sender_id, content, reply_to, created_at, seq \
         FROM unnest($1, $2, $3, $4, $5, $6, $7) \
         AS m (conversation_id, seq, id, sender_id, content, reply_to, created_at)";
    let values = vec![
        Value::Ids(messages.iter().map(|m| m.conversation_id.into()).collect()),
        Value::Numbers(messages.iter().map(|m| m.seq).collect()),
        Value::Ids(messages.iter().map(|m| m.id.into()).collect()),
        Value::Ids(messages.iter().map(|m| m.sender_id.into()).collect()),
        Value::OptionalTexts(messages.iter().map(|m| m.content.clone()).collect()),
        Value::OptionalIds(messages.iter().map(|m| m.reply_to.map(DbId::from)).collect()),
        Value::Numbers(messages.iter().map(|m| m.created_at.as_micros()).collect()),
    ];
    Statement::new(INSERT, values).execute(c).await?;
    Ok(())
}

/// Moves conversations on to where they stand now.
pub async fn advance(c: &mut AsyncPgConnection, places: &[(ConversationId, Place)]) -> Answer<()> {
    const UPDATE: &str = "UPDATE conversations c SET seq = m.seq, last_message_seq = m.last_message_seq, \
         last_message_at = m.last_message_at, active_at = m.active_at \
         FROM unnest($1, $2, $3, $4, $5) AS m (id, seq, last_message_seq, last_message_at, active_at) \
         WHERE c.id = m.id";
    let places = || places.iter();
    let values = vec![
        Value::Ids(places().map(|&(id, _)| id.into()).collect()),
        Value::Numbers(places().map(|(_, place)| place.seq).collect()),
        Value::OptionalNumbers(places().map(|(_, place)| place.last_message_seq).collect()),
        Value::OptionalNumbers(places().map(|(_, place)| place.last_message_at.map(Timestamp::as_micros)).collect()),
        Value::Numbers(places().map(|(_, place)| place.active_at.as_micros()).collect()),
    ];
    Statement::new(UPDATE, values).execute(c).await?;
    Ok(())
}
