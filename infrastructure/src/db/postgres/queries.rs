//! The stamped queries, as async functions on PostgreSQL's connection.

macro_rules! stamp {
    ($($area:ident),+) => {$(
        pub mod $area {
            #[expect(unused_imports, reason = "one prelude for all areas")]
            use crate::db::queries::prelude::*;
            use crate::db::postgres::special;
            // It takes the place of the synchronous one of the prelude.
            use diesel_async::RunQueryDsl;

            type Connection = diesel_async::AsyncPgConnection;
            type Backend = diesel::pg::Pg;

            crate::db::queries::$area::$area!(async await for_update for_share);
        }
    )+};
}

stamp!(append, conversations, messages, reader, sessions, users);
