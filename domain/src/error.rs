//! The kinds of failure, shared by every area and every door.

use std::borrow::Cow;

/// What a failure is like. Doors map kinds, once; the stable code of a failure is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input breaks a rule; the same input will never do.
    Invalid,
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// The thing is not there.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// More than the limit for one request.
    TooLarge,
    /// More often than allowed.
    RateLimited,
    /// A dependency does not answer; the same call may succeed later.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// One input field that breaks a rule. It never carries the value: that may be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as the client wrote it, a path with dots where it is nested.
    pub field: Cow<'static, str>,
    /// What the field takes, for people.
    pub message: Cow<'static, str>,
}

impl FieldError {
    /// The error of `field`, with what it takes.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why a text is not the value it should be: what the value takes, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub &'static str);

impl Invalid {
    /// The same, said of a field.
    pub fn of(self, field: &'static str) -> FieldError {
        FieldError::new(field, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_can_be_said_of_a_field() {
        let rule = Invalid("must be short");
        assert_eq!(rule.to_string(), "must be short");
        assert_eq!(rule.of("name"), FieldError::new("name", "must be short"));
    }
}
