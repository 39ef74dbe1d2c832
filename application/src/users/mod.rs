//! People and their profiles.

mod delete_account;
mod profile;

pub use delete_account::DeleteAccount;
pub use profile::{ChangeProfile, GetUser, ListUsers};

use domain::ErrorKind;
use domain::repository::RepositoryError;

use crate::error::Failure;
use crate::ports::HashingError;

/// Why something about a person fails.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no account of that id.
    #[error("There is no such user.")]
    NotFound,
    /// The caller's account has gone since they signed in.
    #[error("You are not signed in.")]
    Unauthenticated,
    /// The password that should confirm it is not the caller's.
    #[error("The password is wrong.")]
    WrongPassword,
    /// Somebody has that username.
    #[error("That username is taken.")]
    UsernameTaken,
    /// Somebody has that e-mail.
    #[error("That e-mail address is taken.")]
    EmailTaken,
    /// The hasher does not keep up, or failed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Failure for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Unauthenticated => ErrorKind::Unauthenticated,
            Self::WrongPassword => ErrorKind::Forbidden,
            Self::UsernameTaken | Self::EmailTaken => ErrorKind::Conflict,
            Self::Hashing(e) => e.kind(),
            Self::Repository(e) => e.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "USER_NOT_FOUND",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::WrongPassword => "WRONG_PASSWORD",
            Self::UsernameTaken => "USERNAME_TAKEN",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::Hashing(e) => e.code(),
            Self::Repository(e) => e.code(),
        }
    }
}
