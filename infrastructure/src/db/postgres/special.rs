//! What PostgreSQL does in its own way: lists travel as arrays.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::conversation::ConversationView;
use domain::{Seq, Timestamp};

use super::statement::{Statement, Value};
pub use super::store::store;
use crate::db::errors::Answer;
use crate::db::halving::{PlaceRow, place_at};
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
