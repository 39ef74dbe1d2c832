//! The queries that read alike for both databases.
//!
//! Diesel's types name the connection, and SQLite's is synchronous, so one function cannot serve both. Each file here
//! holds the body of one area as a macro, and each backend stamps it in a module of its own, with its own
//! `Connection` and `Backend`, its own `RunQueryDsl`, and these tokens:
//!
//! - SQLite passes nothing, and gets plain functions;
//! - PostgreSQL passes `async await for_update for_share`, and gets async functions that lock what they read.
//!
//! So `$(.$await)?` is `.await` or nothing, and `$(.$for_update())?` a row lock or nothing (SQLite's write
//! transactions are alone anyway). A function is the whole of a transaction; the runners of the backends open and close
//! it. Arguments come by value, because SQLite's functions run on another thread and PostgreSQL's may run again.
//!
//! The few functions that truly differ live in the backends' `special.rs`; the stamped ones call them.

pub mod append;
pub mod conversations;
pub mod messages;
pub mod reader;
pub mod said;
pub mod sessions;
pub mod users;

/// What the stamped bodies speak of.
pub mod prelude {
    pub use std::collections::BTreeSet;

    pub use diesel::dsl::{case_when, count_star, exists};
    pub use diesel::prelude::*;
    pub use diesel::{delete, insert_into, update};
    pub use domain::conversation::{
        Action, Change, ChangePage, Command, Conversation, ConversationView, ParticipantView, ReadState, Standing,
        Step, StepKind, ViewerState,
    };
    pub use domain::message::{Addressed, Draft, Message, MessageView, Revision};
    pub use domain::repository::{ActivityCursor, Changed, Founded, HistoryRange, HistoryVersion, Revised, UserFilter};
    pub use domain::session::{Session, TokenHash};
    pub use domain::user::{Profile, ProfileChange, User};
    pub use domain::value::{Login, PasswordHash};
    pub use domain::{ConversationId, Limit, MessageId, Page, Seq, SessionId, Timestamp, UserId};

    pub use crate::db::errors::Answer;
    pub use crate::db::plan::{Place, Plan, State, plan};
    pub use crate::db::records::{
        AddressedRow, ConversationEdits, ConversationRow, GROUP, MessageRow, ProfileRow, SeatRow, SessionRow, UserRow,
        addressed, message_view, role_word, venue,
    };
    pub use crate::db::schema::{DbId, conversations, messages, participants, profile_changes, sessions, users};
    pub(in crate::db) use crate::db::{search, views};
}
