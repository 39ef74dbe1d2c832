//! What failures have in common.

use domain::repository::{Constraint, RepositoryError};
use domain::{ErrorKind, FieldError};

use crate::ports::HashingError;

/// A failure that a door can tell its client.
pub trait Failure: std::error::Error {
    /// What kind it is.
    fn kind(&self) -> ErrorKind;

    /// Its stable code, catalogued in `docs/errors.md`.
    fn code(&self) -> &'static str;

    /// The fields at fault, where input was.
    fn fields(&self) -> &[FieldError] {
        &[]
    }
}

/// Code of failures of dependencies that may pass.
pub(crate) const UNAVAILABLE: &str = "UNAVAILABLE";
/// Code of failures of ours.
pub(crate) const INTERNAL: &str = "INTERNAL";
/// Code of input that breaks a rule.
pub(crate) const VALIDATION_FAILED: &str = "VALIDATION_FAILED";

impl Failure for RepositoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Conflict(_) | Self::Backend(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => UNAVAILABLE,
            Self::Conflict(_) | Self::Backend(_) => INTERNAL,
        }
    }
}

impl Failure for HashingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Unavailable,
            Self::Fault(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => UNAVAILABLE,
            Self::Fault(_) => INTERNAL,
        }
    }
}

/// Which account rule a conflict broke, if it was one.
pub(crate) fn taken<E>(error: RepositoryError, username: E, email: E) -> E
where
    E: From<RepositoryError>,
{
    match error {
        RepositoryError::Conflict(Constraint::Username) => username,
        RepositoryError::Conflict(Constraint::Email) => email,
        other => other.into(),
    }
}
