//! The codes a connection is closed with, beside those of RFC 6455, section 7.4.1. They are part of the contract.

/// The token is not good, or the session has ended.
pub const SESSION_ENDED: u16 = 4001;
/// Said with [`SESSION_ENDED`].
pub const SESSION_ENDED_REASON: &str = "Unauthorized";
/// A dependency does not answer; come back later (registered with IANA as "Try Again Later").
pub const TRY_AGAIN_LATER: u16 = 1013;
/// Said with [`TRY_AGAIN_LATER`].
pub const TRY_AGAIN_LATER_REASON: &str = "Try again later";
