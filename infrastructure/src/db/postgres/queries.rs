//! The stamped queries, as async functions on PostgreSQL's connection.

mod prelude {
    pub(super) use crate::db::postgres::special;
    pub use crate::db::queries::prelude::*;

    pub type Connection = diesel_async::AsyncPgConnection;
    pub type Backend = diesel::pg::Pg;
}

macro_rules! stamp {
    ($($area:ident),+) => {$(
        pub mod $area {
            use super::prelude::*;
            // It takes the place of the synchronous one of the prelude.
            use diesel_async::RunQueryDsl;

            crate::db::queries::$area::$area!(async await for_update for_share);
        }
    )+};
}

stamp!(append, conversations, messages, reader, said, sessions, users);
