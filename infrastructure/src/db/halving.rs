//! Finding a moment in a history. Times rise with the places of a conversation, so the key of the messages, which has
//! the places, serves as an index of their times: the range is halved until one place is left.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::Seq;

/// A place.
#[derive(Debug, QueryableByName)]
pub struct PlaceRow {
    #[diesel(sql_type = BigInt)]
    pub place: Seq,
}

/// The text of the query for the first place whose message is not older than a moment: one look-up by key for each
/// halving. A conversation that is not there has place 0.
macro_rules! place_at {
    () => {
        concat!(
            "WITH RECURSIVE asked (id, moment) AS (SELECT $1, $2),",
            " halves (low, high) AS (",
            "SELECT CAST(0 AS bigint),",
            " COALESCE((SELECT c.seq + 1 FROM conversations c, asked WHERE c.id = asked.id), 0)",
            " UNION ALL ",
            "SELECT CASE WHEN older THEN middle + 1 ELSE low END, CASE WHEN older THEN high ELSE middle END FROM (",
            "SELECT low, high, (low + high) / 2 AS middle, COALESCE((",
            "SELECT m.created_at < asked.moment FROM messages m",
            " WHERE m.conversation_id = asked.id AND m.seq >= (low + high) / 2 ORDER BY m.seq LIMIT 1",
            "), 1 = 0) AS older FROM halves, asked WHERE low < high) AS steps",
            ") SELECT low AS place FROM halves WHERE low = high",
        )
    };
}
pub(in crate::db) use place_at;
