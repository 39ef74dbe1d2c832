//! The stamped queries, as plain functions on SQLite's synchronous connection.

macro_rules! stamp {
    ($($area:ident),+) => {$(
        pub mod $area {
            #[expect(unused_imports, reason = "one prelude for all areas")]
            use crate::db::queries::prelude::*;
            use crate::db::sqlite::special;

            type Connection = SqliteConnection;
            type Backend = diesel::sqlite::Sqlite;

            crate::db::queries::$area::$area!();
        }
    )+};
}

stamp!(append, conversations, messages, reader, sessions, users);
