//! Accounts and sign-ins.

mod authenticate;
mod change_password;
mod login;
mod refresh;
mod register;
mod sessions;

pub use authenticate::Authenticate;
pub use change_password::{ChangePassword, PasswordChange};
pub use login::{Login, LoginAttempt};
pub use refresh::RefreshSession;
pub use register::{Register, Registration};
pub use sessions::{ListSessions, Logout, RevokeSession};

use domain::repository::RepositoryError;
use domain::user::User;
use domain::{ErrorKind, FieldError};

use crate::error::{Failure, VALIDATION_FAILED};
use crate::ports::{AccessToken, HashingError};

/// What a person holds who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Presented with every call.
    pub access: AccessToken,
    /// Continues the session, once.
    pub refresh_token: String,
    /// Who signed in.
    pub user: User,
}

/// Why signing in or up, or staying so, fails.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No such account, or not its password. Nobody is told which.
    #[error("Username, e-mail or password is wrong.")]
    InvalidCredentials,
    /// The password that should confirm a change is not the caller's.
    #[error("The password is wrong.")]
    WrongPassword,
    /// No token, or one that does not hold.
    #[error("You are not signed in.")]
    Unauthenticated,
    /// The access token has run out; the refresh token gets another.
    #[error("The access token has expired.")]
    TokenExpired,
    /// A spent refresh token came back: the session has ended.
    #[error("This refresh token was used before; its session has ended.")]
    RefreshTokenReused,
    /// Somebody has that username.
    #[error("That username is taken.")]
    UsernameTaken,
    /// Somebody has that e-mail.
    #[error("That e-mail address is taken.")]
    EmailTaken,
    /// The caller has no session of that id.
    #[error("There is no such session.")]
    SessionNotFound,
    /// Input that breaks a rule.
    #[error("The input is not valid.")]
    Invalid(FieldError),
    /// The hasher does not keep up, or failed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl AuthError {
    /// Why the password that was chosen in this field was not hashed.
    fn choosing(field: &'static str) -> impl Fn(HashingError) -> Self {
        move |error| match error {
            HashingError::Common => Self::Invalid(FieldError::new(field, "is too easy to guess")),
            other => Self::Hashing(other),
        }
    }
}

impl Failure for AuthError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidCredentials | Self::Unauthenticated | Self::TokenExpired | Self::RefreshTokenReused => {
                ErrorKind::Unauthenticated
            }
            Self::WrongPassword => ErrorKind::Forbidden,
            Self::UsernameTaken | Self::EmailTaken => ErrorKind::Conflict,
            Self::SessionNotFound => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Hashing(e) => e.kind(),
            Self::Repository(e) => e.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::WrongPassword => "WRONG_PASSWORD",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
            Self::UsernameTaken => "USERNAME_TAKEN",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::SessionNotFound => "SESSION_NOT_FOUND",
            Self::Invalid(_) => VALIDATION_FAILED,
            Self::Hashing(e) => e.code(),
            Self::Repository(e) => e.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(field) => std::slice::from_ref(field),
            _ => &[],
        }
    }
}
