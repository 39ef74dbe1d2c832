//! The stamped queries, as plain functions on SQLite's synchronous connection.

mod prelude {
    pub use crate::db::queries::prelude::*;
    pub(super) use crate::db::sqlite::special;

    pub type Connection = SqliteConnection;
    pub type Backend = diesel::sqlite::Sqlite;
}

macro_rules! stamp {
    ($($area:ident),+) => {$(
        pub mod $area {
            use super::prelude::*;

            crate::db::queries::$area::$area!();
        }
    )+};
}

stamp!(append, conversations, messages, reader, said, sessions, users);
