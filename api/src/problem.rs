//! Failures, as every door tells them.

use std::borrow::Cow;
use std::time::Duration;

use application::Failure;
use domain::{ErrorKind, FieldError};
use tracing::Instrument as _;

use crate::input::Unreadable;
use crate::limits::whole_seconds;

/// The stable codes, each explained in `docs/errors.md`. Those that are no rule of the domain are named here.
pub mod code {
    /// The body is no JSON.
    pub const MALFORMED_JSON: &str = "MALFORMED_JSON";
    /// The input breaks a rule.
    pub const VALIDATION_FAILED: &str = "VALIDATION_FAILED";
    /// The body is not of a type that is read here.
    pub const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
    /// The body is too large.
    pub const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
    /// Nobody is signed in.
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// Not allowed.
    pub const FORBIDDEN: &str = "FORBIDDEN";
    /// There is nothing under that path.
    pub const ROUTE_NOT_FOUND: &str = "ROUTE_NOT_FOUND";
    /// There is, but not by that method.
    pub const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    /// A socket sent an event that is none of the vocabulary.
    pub const UNKNOWN_EVENT: &str = "UNKNOWN_EVENT";
    /// Too often.
    pub const RATE_LIMITED: &str = "RATE_LIMITED";
    /// A connection looks at as many conversations as it may.
    pub const TOO_MANY_JOINED: &str = "TOO_MANY_JOINED";
    /// A dependency does not answer.
    pub const UNAVAILABLE: &str = "UNAVAILABLE";
    /// A fault of ours.
    pub const INTERNAL: &str = "INTERNAL";

    /// All codes that any door tells.
    pub const ALL: &[&str] = &[
        MALFORMED_JSON,
        VALIDATION_FAILED,
        UNSUPPORTED_MEDIA_TYPE,
        PAYLOAD_TOO_LARGE,
        UNAUTHENTICATED,
        "TOKEN_EXPIRED",
        "INVALID_CREDENTIALS",
        "REFRESH_TOKEN_REUSED",
        FORBIDDEN,
        "WRONG_PASSWORD",
        ROUTE_NOT_FOUND,
        "USER_NOT_FOUND",
        "SESSION_NOT_FOUND",
        "CONVERSATION_NOT_FOUND",
        "PARTICIPANT_NOT_FOUND",
        "MESSAGE_NOT_FOUND",
        METHOD_NOT_ALLOWED,
        UNKNOWN_EVENT,
        "USERNAME_TAKEN",
        "EMAIL_TAKEN",
        "MESSAGE_ID_TAKEN",
        "CONVERSATION_ID_TAKEN",
        "MESSAGE_DELETED",
        "DIRECT_CONVERSATION",
        "OWNER_CANNOT_BE_REMOVED",
        "OWNER_MUST_HAND_OVER",
        "GROUP_FULL",
        "NOT_JOINED",
        TOO_MANY_JOINED,
        RATE_LIMITED,
        UNAVAILABLE,
        INTERNAL,
    ];
}

/// A failure, ready to be told: code and message go to the client, the cause stays in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ErrorKind,
    /// Its stable code.
    pub code: &'static str,
    /// What to tell people. It carries no cause, path or value.
    pub message: Cow<'static, str>,
    /// The fields at fault, where input was.
    pub fields: Vec<FieldError>,
    /// After how many seconds it may succeed, where that is known.
    pub retry_after: Option<u32>,
    /// Why it came to it, for the log alone.
    cause: Option<String>,
}

impl Problem {
    /// A failure without a cause worth noting.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, code, message: message.into(), fields: Vec::new(), retry_after: None, cause: None }
    }

    /// Input that breaks rules.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(ErrorKind::Invalid, code::VALIDATION_FAILED, "The input is not valid.") }
    }

    /// A caller who has not shown who they are.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorKind::Unauthenticated, code::UNAUTHENTICATED, "You are not signed in.")
    }

    /// A connection that looks at as many conversations as it may.
    pub fn too_many_joined() -> Self {
        let message = "This connection looks at as many conversations as it may.";
        Self::new(ErrorKind::Conflict, code::TOO_MANY_JOINED, message)
    }

    /// A fault of ours, with what the log should know of it.
    pub fn internal(cause: impl Into<String>) -> Self {
        let neutral = Self::new(ErrorKind::Internal, code::INTERNAL, "Something went wrong on our side.");
        Self { cause: Some(cause.into()), ..neutral }
    }

    /// A caller who comes too often, and may come again after so long.
    pub fn rate_limited(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        let plural = if seconds == 1 { "" } else { "s" };
        Self::too_often(format!("That was too often. Try again in {seconds} second{plural}."), seconds)
    }

    /// A caller who wants too much, and may come again after so many seconds.
    pub fn too_often(message: impl Into<Cow<'static, str>>, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(ErrorKind::RateLimited, code::RATE_LIMITED, message) }
    }

    /// The service cannot do it now, for a cause that only the log is told.
    pub fn busy(cause: &'static str) -> Self {
        Self::unavailable(code::UNAVAILABLE, cause.to_owned())
    }

    fn unavailable(code: &'static str, cause: String) -> Self {
        let message = "The service cannot do this right now. Try again in a moment.";
        Self { cause: Some(cause), ..Self::new(ErrorKind::Unavailable, code, message) }
    }

    /// Writes the cause to the log, if there is one. Whoever tells a problem to its client calls this, once, within
    /// the span of the request.
    pub fn log(&self) {
        let Some(cause) = &self.cause else { return };
        if self.kind == ErrorKind::Internal {
            tracing::error!(code = self.code, %cause, "a request failed");
        } else {
            tracing::warn!(code = self.code, %cause, "a request could not be served");
        }
    }
}

impl<F: Failure> From<F> for Problem {
    fn from(failure: F) -> Self {
        match failure.kind() {
            ErrorKind::Internal => Self::internal(failure.to_string()),
            ErrorKind::Unavailable => Self::unavailable(failure.code(), failure.to_string()),
            kind => {
                let told = Self::new(kind, failure.code(), failure.to_string());
                Self { fields: failure.fields().to_vec(), ..told }
            }
        }
    }
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed => Self::new(ErrorKind::Invalid, code::MALFORMED_JSON, "This is not valid JSON."),
            Unreadable::Invalid(fields) => Self::invalid(fields),
        }
    }
}

/// Runs a use case that writes to its end, even if the client goes away meanwhile: nothing is stored half-way, nor
/// stored and never told. It begins at once. A panic becomes a fault of ours.
pub fn uncancelled<T, F>(
    work: impl Future<Output = Result<T, F>> + Send + 'static,
) -> impl Future<Output = Result<T, Problem>>
where
    T: Send + 'static,
    F: Failure,
{
    let told = async move { work.await.map_err(Problem::from) };
    let outcome = tokio::spawn(told.in_current_span());
    async move {
        match outcome.await {
            Ok(outcome) => outcome,
            Err(aborted) if aborted.is_panic() => Err(Problem::internal("a use case panicked")),
            Err(_) => Err(Problem::busy("the server is stopping")),
        }
    }
}

#[cfg(test)]
mod tests {
    use application::users::UserError;
    use domain::repository::RepositoryError;

    use super::*;

    #[test]
    fn causes_stay_with_us() {
        for error in
            [RepositoryError::Backend("near \"SELECT\"".into()), RepositoryError::Unavailable("10.0.0.7".into())]
        {
            let problem = Problem::from(UserError::from(error));
            assert!(!problem.message.contains("SELECT") && !problem.message.contains("10.0"), "{}", problem.message);
            assert!(problem.cause.is_some());
        }
        assert_eq!(Problem::from(UserError::NotFound).message, "There is no such user.");
    }

    #[tokio::test]
    async fn work_begins_before_it_is_awaited_and_in_the_order_of_the_calls() {
        let (begins, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let work = |number| {
            let begins = begins.clone();
            uncancelled(async move { begins.send(number).map_err(|_| UserError::NotFound) })
        };
        let unawaited = [work(1), work(2), work(3)];
        for number in 1..=3 {
            assert_eq!(begun.recv().await, Some(number));
        }
        drop(unawaited);
    }

    #[tokio::test]
    async fn a_dropped_caller_does_not_stop_the_work() {
        let (done, finished) = tokio::sync::oneshot::channel();
        let work = async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let _ = done.send(());
            Ok::<_, UserError>(())
        };
        let abandoned = tokio::time::timeout(Duration::from_millis(1), uncancelled(work)).await;
        assert!(abandoned.is_err());
        assert_eq!(finished.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_ours() {
        let problem = uncancelled::<(), UserError>(async { panic!("a secret") }).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (ErrorKind::Internal, code::INTERNAL));
        assert!(!problem.message.contains("secret"));
    }

    /// Every code that domain, application or a door has in a literal is listed, and every one listed is explained.
    #[test]
    fn the_catalogue_is_complete() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let catalogue = std::fs::read_to_string(root.join("docs/errors.md")).unwrap();
        for code in code::ALL {
            assert!(catalogue.contains(&format!("`{code}`")), "docs/errors.md lacks {code}");
        }
        for folder in ["domain/src", "application/src", "api/src/gateway"] {
            for literal in literals(&root.join(folder)) {
                assert!(code::ALL.contains(&literal.as_str()), "{folder}: {literal} is not in problem::code::ALL");
            }
        }
    }

    /// The string literals that look like codes.
    fn literals(folder: &std::path::Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut found = Vec::new();
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                found.extend(literals(&path));
            } else if path.extension().is_some_and(|end| end == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let code = |text: &&str| text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                found.extend(source.split('"').filter(code).map(str::to_owned));
            }
        }
        found
    }
}
