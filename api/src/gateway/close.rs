//! The codes a connection is closed with, beside those of RFC 6455, section 7.4.1. They are part of the contract.

/// The token is not good, or the session has ended.
pub const SESSION_ENDED: u16 = 4001;
/// Said with [`SESSION_ENDED`].
pub const SESSION_ENDED_REASON: &str = "Unauthorized";
/// A dependency does not answer; come back later (registered with IANA as "Try Again Later").
pub const TRY_AGAIN_LATER: u16 = 1013;
/// Said with [`TRY_AGAIN_LATER`].
pub const TRY_AGAIN_LATER_REASON: &str = "Try again later";
/// The client goes far beyond what it may do.
pub const POLICY: u16 = 1008;
/// Said with [`POLICY`] to who sends too much.
pub const RATE_LIMITED_REASON: &str = "Rate limited";
/// Said with [`POLICY`] to who has too many connections.
pub const TOO_MANY_REASON: &str = "Too many connections";
