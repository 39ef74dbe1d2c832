//! Whether somebody is there.

use crate::Timestamp;

/// How somebody says they are while they are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// There.
    #[default]
    Online,
    /// There, but not looking.
    Away,
    /// There, and not to be disturbed.
    Busy,
}

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// At least one of their connections is open.
    Online(Status),
    /// None is; when the last one went, if there ever was one.
    Offline(Option<Timestamp>),
}
