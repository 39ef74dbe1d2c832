//! What PostgreSQL does in its own way: lists travel as arrays.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::conversation::ConversationView;
use domain::message::Message;
use domain::{ConversationId, Seq, Timestamp};

use super::statement::{Statement, Value};
use crate::db::errors::Answer;
use crate::db::halving::{PlaceRow, place_at};
use crate::db::plan::Place;
use crate::db::records::MessageRow;
use crate::db::schema::{DbId, messages};
use crate::db::senders::SenderRow;
use crate::db::views::{ShownRow, shown_participants};

/// The first participants of each conversation.
pub async fn shown_participants(c: &mut AsyncPgConnection, ids: &[DbId]) -> Answer<Vec<ShownRow>> {
    const QUERY: &str = shown_participants!("= ANY ($1)");
    let values = vec![Value::Ids(ids.to_vec()), Value::Number(ConversationView::SHOWN)];
    Ok(Statement::new(QUERY, values).load(c).await?)
}

/// Those of the pairs of conversation and sender that are participants, and the messages with these ids. Both
/// questions go to the server at once.
pub async fn seats_and_stored(
    c: &mut AsyncPgConnection,
    pairs: &BTreeSet<(DbId, DbId)>,
    named: BTreeSet<DbId>,
) -> Answer<(Vec<SenderRow>, Vec<MessageRow>)> {
    // Each pair is looked up for itself. The server plans this once, and if the tables are nearly empty then, it would
    // rather read all participants: `OFFSET 0` keeps it from turning the lookups into a join. What is asked of a row
    // stands outside, so that no index fits but the primary key.
    const QUERY: &str = "SELECT p.conversation_id, u.id, u.username, u.name, u.avatar \
         FROM unnest($1, $2) AS wanted (conversation_id, user_id) \
         CROSS JOIN LATERAL (SELECT * FROM participants \
         WHERE conversation_id = wanted.conversation_id AND user_id = wanted.user_id OFFSET 0) AS p \
         CROSS JOIN LATERAL (SELECT * FROM users WHERE id = wanted.user_id OFFSET 0) AS u \
         WHERE p.left_at IS NULL AND u.deleted_at IS NULL";
    let (ids, users) = pairs.iter().copied().unzip();
    let senders = Statement::new(QUERY, vec![Value::Ids(ids), Value::Ids(users)]);
    let stored = messages::table.filter(messages::id.eq_any(named)).select(MessageRow::as_select());
    let (mut one, mut other) = (&*c, &*c);
    Ok(tokio::try_join!(senders.load(&mut one), stored.load(&mut other))?)
}

/// The first place of a conversation whose message is not older than a moment.
pub async fn place_at(c: &mut AsyncPgConnection, id: DbId, at: Timestamp) -> Answer<Seq> {
    const QUERY: &str = place_at!();
    let values = vec![Value::Id(id), Value::Number(at.as_micros())];
    Ok(Statement::new(QUERY, values).get_result::<PlaceRow>(c).await?.place)
}

/// Stores new messages, and moves their conversations on to where they stand then. Each is unarchived by it, unless it
/// is muted. One statement does it all, since each costs a round trip, and Diesel's own would be prepared anew each time.
pub async fn store(c: &mut AsyncPgConnection, messages: &[Message], places: &[(ConversationId, Place)]) -> Answer<()> {
    const STORE: &str = "WITH \
         moved AS (UPDATE conversations c SET seq = m.seq, last_message_seq = m.last_message_seq, \
         last_message_at = m.last_message_at, active_at = m.active_at \
         FROM unnest($1, $2, $3, $4, $5) AS m (id, seq, last_message_seq, last_message_at, active_at) \
         WHERE c.id = m.id), \
         shown AS (UPDATE participants SET archived = false \
         WHERE conversation_id = ANY ($6) AND archived AND NOT muted) \
         INSERT INTO messages (conversation_id, seq, id, sender_id, content, reply_to, created_at, changed_seq) \
         SELECT conversation_id, seq, id, sender_id, content, reply_to, created_at, seq \
         FROM unnest($7, $8, $9, $10, $11, $12, $13) \
         AS m (conversation_id, seq, id, sender_id, content, reply_to, created_at)";
    let ids: Vec<DbId> = places.iter().map(|&(id, _)| id.into()).collect();
    let places = || places.iter().map(|(_, place)| place);
    let values = vec![
        Value::Ids(ids.clone()),
        Value::Numbers(places().map(|place| place.seq).collect()),
        Value::OptionalNumbers(places().map(|place| place.last_message_seq).collect()),
        Value::OptionalNumbers(places().map(|place| place.last_message_at.map(Timestamp::as_micros)).collect()),
        Value::Numbers(places().map(|place| place.active_at.as_micros()).collect()),
        Value::Ids(ids),
        Value::Ids(messages.iter().map(|m| m.conversation_id.into()).collect()),
        Value::Numbers(messages.iter().map(|m| m.seq).collect()),
        Value::Ids(messages.iter().map(|m| m.id.into()).collect()),
        Value::Ids(messages.iter().map(|m| m.sender_id.into()).collect()),
        Value::OptionalTexts(messages.iter().map(|m| m.content.clone()).collect()),
        Value::OptionalIds(messages.iter().map(|m| m.reply_to.map(DbId::from)).collect()),
        Value::Numbers(messages.iter().map(|m| m.created_at.as_micros()).collect()),
    ];
    Statement::new(STORE, values).execute(c).await?;
    Ok(())
}
