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
            Self::Common => ErrorKind::Invalid,
            Self::Fault(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => UNAVAILABLE,
            Self::Common => VALIDATION_FAILED,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AuthError;
    use crate::conversations::ConversationError;
    use crate::messages::MessageError;
    use crate::testing::shown;
    use crate::users::UserError;

    /// Kind, code and fields, with how the failure reads.
    type Told = (ErrorKind, &'static str, Vec<&'static str>);

    const UNAVAILABLE: Told = (ErrorKind::Unavailable, super::UNAVAILABLE, vec![]);
    const INTERNAL: Told = (ErrorKind::Internal, super::INTERNAL, vec![]);

    fn database_failures() -> [(RepositoryError, Told); 7] {
        let conflict = |constraint| (RepositoryError::Conflict(constraint), INTERNAL);
        [
            (RepositoryError::Unavailable("no route to host".into()), UNAVAILABLE),
            (RepositoryError::Backend("syntax error".into()), INTERNAL),
            conflict(Constraint::Username),
            conflict(Constraint::Email),
            conflict(Constraint::MessageId),
            conflict(Constraint::DirectPair),
            conflict(Constraint::Other),
        ]
    }

    fn hashing_failures() -> [(HashingError, Told); 3] {
        [
            (HashingError::Busy, UNAVAILABLE),
            (HashingError::Common, (ErrorKind::Invalid, VALIDATION_FAILED, vec![])),
            (HashingError::Fault("no such hash".into()), INTERNAL),
        ]
    }

    #[test]
    fn a_failing_database_is_told_alike_in_every_area() {
        for (failure, told) in database_failures() {
            assert_eq!(shown(&failure), told, "{failure}");
        }
        for (failure, told) in database_failures() {
            assert_eq!(shown(&AuthError::from(failure)), told);
        }
        for (failure, told) in database_failures() {
            assert_eq!(shown(&UserError::from(failure)), told);
        }
        for (failure, told) in database_failures() {
            assert_eq!(shown(&ConversationError::from(failure)), told);
        }
        for (failure, told) in database_failures() {
            assert_eq!(shown(&MessageError::from(failure)), told);
        }
    }

    #[test]
    fn a_failing_hasher_is_told_alike_in_every_area() {
        for (failure, told) in hashing_failures() {
            assert_eq!(shown(&failure), told, "{failure}");
        }
        for (failure, told) in hashing_failures() {
            assert_eq!(shown(&AuthError::from(failure)), told);
        }
        for (failure, told) in hashing_failures() {
            assert_eq!(shown(&UserError::from(failure)), told);
        }
    }

    #[test]
    fn each_failure_of_signing_in_has_its_kind_and_its_code() {
        use ErrorKind::{Conflict, Forbidden, Invalid, NotFound, Unauthenticated};
        for (failure, kind, code, fields) in [
            (AuthError::InvalidCredentials, Unauthenticated, "INVALID_CREDENTIALS", vec![]),
            (AuthError::WrongPassword, Forbidden, "WRONG_PASSWORD", vec![]),
            (AuthError::Unauthenticated, Unauthenticated, "UNAUTHENTICATED", vec![]),
            (AuthError::TokenExpired, Unauthenticated, "TOKEN_EXPIRED", vec![]),
            (AuthError::RefreshTokenReused, Unauthenticated, "REFRESH_TOKEN_REUSED", vec![]),
            (AuthError::UsernameTaken, Conflict, "USERNAME_TAKEN", vec![]),
            (AuthError::EmailTaken, Conflict, "EMAIL_TAKEN", vec![]),
            (AuthError::SessionNotFound, NotFound, "SESSION_NOT_FOUND", vec![]),
            (AuthError::Invalid(FieldError::new("email", "is odd")), Invalid, "VALIDATION_FAILED", vec!["email"]),
        ] {
            assert_eq!(shown(&failure), (kind, code, fields), "{failure}");
        }
    }

    #[test]
    fn each_failure_of_people_has_its_kind_and_its_code() {
        for (failure, kind, code) in [
            (UserError::NotFound, ErrorKind::NotFound, "USER_NOT_FOUND"),
            (UserError::Unauthenticated, ErrorKind::Unauthenticated, "UNAUTHENTICATED"),
            (UserError::WrongPassword, ErrorKind::Forbidden, "WRONG_PASSWORD"),
            (UserError::UsernameTaken, ErrorKind::Conflict, "USERNAME_TAKEN"),
            (UserError::EmailTaken, ErrorKind::Conflict, "EMAIL_TAKEN"),
        ] {
            assert_eq!(shown(&failure), (kind, code, vec![]), "{failure}");
        }
    }

    #[test]
    fn each_failure_of_conversations_has_its_kind_and_its_code() {
        use domain::conversation::Refusal;
        for (failure, kind, code, fields) in [
            (ConversationError::from(Refusal::Direct), ErrorKind::Conflict, "DIRECT_CONVERSATION", vec![]),
            (Refusal::NotAllowed.into(), ErrorKind::Forbidden, "FORBIDDEN", vec![]),
            (ConversationError::MessageNotFound, ErrorKind::NotFound, "MESSAGE_NOT_FOUND", vec![]),
            (
                ConversationError::Invalid(FieldError::new("isGroup", "is odd")),
                ErrorKind::Invalid,
                "VALIDATION_FAILED",
                vec!["isGroup"],
            ),
        ] {
            assert_eq!(shown(&failure), (kind, code, fields), "{failure}");
        }
    }

    #[test]
    fn each_failure_of_messages_has_its_kind_and_its_code() {
        use domain::message::Refusal;
        for (failure, kind, code) in [
            (MessageError::from(Refusal::Deleted), ErrorKind::Conflict, "MESSAGE_DELETED"),
            (Refusal::NotParticipant.into(), ErrorKind::Forbidden, "FORBIDDEN"),
        ] {
            assert_eq!(shown(&failure), (kind, code, vec![]), "{failure}");
        }
    }
}
