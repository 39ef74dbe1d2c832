//! The one place where failures of Diesel and of the pools become [`RepositoryError`]s.

use std::fmt;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use domain::repository::{Constraint, RepositoryError};
use uuid::Uuid;

/// What a query answers.
pub type Answer<T> = Result<T, Failure>;

/// Why a query has no answer.
#[derive(Debug)]
pub enum Failure {
    /// The database refused or failed.
    Query(Error),
    /// It answered what cannot be.
    Data(Corrupt),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Query(error)
    }
}

impl From<Corrupt> for Failure {
    fn from(corrupt: Corrupt) -> Self {
        Self::Data(corrupt)
    }
}

/// A stored value that no version of this program stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("impossible value in {table}.{column} of row {row}")]
pub struct Corrupt {
    /// The table.
    pub table: &'static str,
    /// Its column.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl From<Failure> for RepositoryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Data(corrupt) => Self::Backend(Box::new(corrupt)),
            Failure::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
                Self::Conflict(constraint(info.as_ref()))
            }
            Failure::Query(error) if is_outage(&error) => Self::Unavailable(Box::new(error)),
            Failure::Query(error) => Self::Backend(Box::new(error)),
        }
    }
}

impl Failure {
    /// Whether the same transaction may well succeed when it is run again at once: it lost against another one.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Query(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Query(Error::DatabaseError(_, info)) => info.message() == "deadlock detected",
            _ => false,
        }
    }
}

/// An outage, with its cause in words.
pub fn unavailable(cause: impl fmt::Display) -> RepositoryError {
    RepositoryError::Unavailable(cause.to_string().into())
}

/// Which rule a unique violation broke: PostgreSQL names the constraint, SQLite lists the columns in its message.
fn constraint(info: &dyn DatabaseErrorInformation) -> Constraint {
    const RULES: [(&str, &str, Constraint); 4] = [
        ("users_username_key", "users.username", Constraint::Username),
        ("users_email_key", "users.email", Constraint::Email),
        ("messages_id_key", "messages.id", Constraint::MessageId),
        ("conversations_direct_key_key", "conversations.direct_key", Constraint::DirectPair),
    ];
    let columns = info.message().strip_prefix("UNIQUE constraint failed: ");
    let broken = |&(name, column, _): &(&str, &str, Constraint)| {
        info.constraint_name().map_or_else(|| columns == Some(column), |broken| broken == name)
    };
    RULES.iter().find(|rule| broken(rule)).map_or(Constraint::Other, |rule| rule.2)
}

/// Whether the database is away, full, locked or going down, rather than asked something wrong. Neither driver hands
/// on a code for that, so the text must do.
fn is_outage(error: &Error) -> bool {
    const SIGNS: [&str; 14] = [
        // SQLite
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "attempt to write a readonly database",
        "unable to open database file",
        "disk I/O error",
        // PostgreSQL
        "terminating connection",
        "the database system is",
        "canceling statement due to",
        "deadlock detected",
        "too many clients already",
        "remaining connection slots are reserved",
        "could not extend file",
        "No space left on device",
    ];
    match error {
        Error::BrokenTransactionManager => true,
        Error::DatabaseError(kind, info) => match kind {
            DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            DatabaseErrorKind::Unknown => SIGNS.iter().any(|sign| info.message().contains(sign)),
            _ => false,
        },
        // A COMMIT or ROLLBACK that failed hides the reason one level down.
        Error::RollbackErrorOnCommit { rollback_error, commit_error } => {
            is_outage(rollback_error) || is_outage(commit_error)
        }
        _ => false,
    }
}

impl Failure {
    /// Whether the connection it happened on can go on: it was the query that failed, not the connection.
    pub fn leaves_connection_sound(&self) -> bool {
        match self {
            Self::Data(_) => true,
            Self::Query(error) => !is_outage(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str) -> Failure {
        Failure::Query(Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())))
    }

    #[test]
    fn outages_are_told_from_faults() {
        for message in [
            "database or disk is full",
            "attempt to write a readonly database",
            "unable to open database file",
            "database is locked",
            "terminating connection due to administrator command",
            "the database system is shutting down",
            "canceling statement due to statement timeout",
        ] {
            let failure = failure(message);
            assert!(!failure.leaves_connection_sound(), "{message}");
            assert!(matches!(RepositoryError::from(failure), RepositoryError::Unavailable(_)), "{message}");
        }
        for message in ["no such table: users", "syntax error at or near \"FROM\""] {
            let failure = failure(message);
            assert!(failure.leaves_connection_sound(), "{message}");
            assert!(matches!(RepositoryError::from(failure), RepositoryError::Backend(_)), "{message}");
        }
    }

    #[test]
    fn a_deadlock_is_worth_another_try() {
        assert!(failure("deadlock detected").is_transient());
        assert!(!failure("database is locked").is_transient());
        assert!(!Failure::Query(Error::NotFound).is_transient());
    }

    #[test]
    fn corrupt_data_says_where_it_is() {
        let corrupt = Corrupt { table: "users", column: "name", row: Uuid::nil() };
        let error = RepositoryError::from(Failure::from(corrupt));
        assert!(error.to_string().contains("users.name of row 00000000-"), "{error}");
    }
}
