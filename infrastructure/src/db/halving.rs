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
            "SELECT CASE WHEN m.created_at < asked.moment THEN (low + high) / 2 + 1 ELSE low END,",
            " CASE WHEN m.created_at < asked.moment THEN high ELSE (low + high) / 2 END",
            " FROM halves CROSS JOIN asked LEFT JOIN messages m ON m.conversation_id = asked.id AND m.seq = (",
            "SELECT x.seq FROM messages x WHERE x.conversation_id = asked.id AND x.seq >= (low + high) / 2",
            " ORDER BY x.seq LIMIT 1) WHERE low < high",
            ") SELECT low AS place FROM halves WHERE low = high",
        )
    };
}
pub(in crate::db) use place_at;
