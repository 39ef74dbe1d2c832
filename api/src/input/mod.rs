//! What clients send, read into commands.
//!
//! A request is a struct of [`Field`]s, which take any JSON, so that reading finds every fault at once. What a text may
//! be is the rule of the domain's value objects; the shape (how long a list, which of two) is checked by `validator`.
//! No fault ever carries a value: that may be a password.

mod field;
mod fields;

pub use field::{Field, Takes};
pub use fields::Fields;

use std::collections::BTreeMap;

use domain::FieldError;
use domain::error::Invalid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use validator::{Validate, ValidationError};

/// A request that clients send as a JSON object.
pub trait Request: DeserializeOwned + Validate {
    /// What it comes to.
    type Command;

    /// Reads all fields, noting every fault. `None` if something is missing that the command cannot be without, which
    /// is then noted as a fault.
    fn read(self, fields: &mut Fields) -> Option<Self::Command>;
}

/// Why a request is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not JSON.
    Malformed,
    /// These fields are at fault.
    Invalid(Vec<FieldError>),
}

/// Reads a request from JSON text. Nothing may follow it.
pub fn from_slice<R: Request>(json: &[u8]) -> Result<R::Command, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let body = read_body::<R, _>(&mut deserializer)?;
    deserializer.end().map_err(|_| Unreadable::Malformed)?;
    command(body)
}

/// Reads a request from a JSON value, as frames carry it.
pub fn from_value<R: Request>(value: serde_json::Value) -> Result<R::Command, Unreadable> {
    command(read_body::<R, _>(value)?)
}

/// The whole object: what the request knows, and the keys it does not.
#[derive(Deserialize)]
struct Body<R> {
    #[serde(flatten)]
    known: R,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde_json::Value>,
}

fn read_body<'de, R, D>(deserializer: D) -> Result<Body<R>, Unreadable>
where
    R: Request,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let cause = error.inner();
        if cause.is_syntax() || cause.is_eof() || cause.is_io() {
            return Unreadable::Malformed;
        }
        // Fields take anything, so what is left is a body that is no object, or a key given twice.
        let message =
            if cause.to_string().starts_with("duplicate field") { "must be given once" } else { "must be an object" };
        let field = fields::named_in(&cause.to_string()).unwrap_or_else(|| "body".to_owned());
        Unreadable::Invalid(vec![FieldError::new(field, message)])
    })
}

fn command<R: Request>(body: Body<R>) -> Result<R::Command, Unreadable> {
    let mut fields = Fields::default();
    fields.refuse(body.unknown.into_keys());
    fields.check(&body.known);
    let command = body.known.read(&mut fields);
    fields.finish(command).map_err(Unreadable::Invalid)
}

/// An id of any kind: a UUID of 36 characters, in any case.
pub fn id<T: From<Uuid>>(text: &str) -> Result<T, Invalid> {
    const RULE: Invalid = Invalid("must be a UUID of 36 characters");
    if text.len() != 36 {
        return Err(RULE);
    }
    Uuid::try_parse(text).map(T::from).map_err(|_| RULE)
}

/// A rule across fields that is broken, told at one of them. `validator` has no place for the field of such a rule, so
/// it goes as the code.
pub(crate) fn rule(field: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(field).with_message(message.into())
}

#[cfg(test)]
mod tests;
