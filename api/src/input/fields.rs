//! The faults of a request, gathered.

use std::borrow::Cow;

use domain::FieldError;
use domain::error::Invalid;
use uuid::Uuid;
use validator::{Validate, ValidationErrorsKind};

use super::{Field, Takes, id};

/// The most unknown keys that are named, and the most characters of each: an answer must not echo a request at length.
const NAMED: usize = 3;
const NAME_LENGTH: usize = 32;

const MISSING: &str = "must be given";
const UNKNOWN: &str = "is not known here";

/// Reads fields and gathers what is wrong with them.
#[derive(Debug, Default)]
pub struct Fields {
    faults: Vec<FieldError>,
}

impl Fields {
    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        field: Field<String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match field {
            Field::Absent | Field::Null => self.none(name, MISSING),
            field => self.optional(name, field, parse),
        }
    }

    /// A field that may be left out, or `null`, which is the same.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        field: Field<String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = self.value(name, field)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(Invalid(rule)) => self.none(name, rule),
        }
    }

    /// A field of a change: left out, a thing stays as it is; it cannot be taken away.
    pub fn changed<T>(
        &mut self,
        name: &'static str,
        field: Field<String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match field {
            Field::Null => self.none(name, "must not be null"),
            field => self.optional(name, field, parse),
        }
    }

    /// A field of a change: left out, a thing stays as it is; `null` takes it away.
    pub fn clearable<T>(
        &mut self,
        name: &'static str,
        field: Field<String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match field {
            Field::Null => Some(None),
            field => self.optional(name, field, parse).map(Some),
        }
    }

    /// A field that may be left out and whose type is all its rule.
    pub fn value<T: Takes>(&mut self, name: &'static str, field: Field<T>) -> Option<T> {
        match field {
            Field::Absent | Field::Null => None,
            Field::Is(value) => Some(value),
            Field::Wrong => self.none(name, T::WHAT),
        }
    }

    /// A list of ids that may be left out.
    pub fn ids<T: From<Uuid>>(&mut self, name: &'static str, field: Field<Vec<String>>) -> Option<Vec<T>> {
        let texts = self.value(name, field)?;
        let ids: Result<Vec<T>, Invalid> = texts.iter().map(|text| id(text)).collect();
        match ids {
            Ok(ids) => Some(ids),
            Err(_) => self.none(name, "must be a list of UUIDs of 36 characters"),
        }
    }

    /// Notes a fault, once for each field.
    pub fn fault(&mut self, name: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) {
        let name = name.into();
        if !self.faults.iter().any(|fault| fault.field == name) {
            self.faults.push(FieldError::new(name, message));
        }
    }

    fn none<T>(&mut self, name: &'static str, message: &'static str) -> Option<T> {
        self.fault(name, message);
        None
    }

    /// Refuses keys that nobody knows.
    pub(super) fn refuse(&mut self, keys: impl Iterator<Item = String>) {
        for key in keys.take(NAMED) {
            self.fault(key.chars().take(NAME_LENGTH).collect::<String>(), UNKNOWN);
        }
    }

    /// Checks the shape. Only names and messages are taken from what `validator` finds: it carries the values as well.
    pub(super) fn check(&mut self, request: &impl Validate) {
        let Err(errors) = request.validate() else { return };
        for (name, kind) in errors.into_errors() {
            let ValidationErrorsKind::Field(errors) = kind else { continue };
            for error in errors {
                let field = if name == "__all__" { error.code } else { Cow::Owned(camel_case(&name)) };
                self.fault(field, error.message.unwrap_or(Cow::Borrowed("is not valid")));
            }
        }
    }

    /// What was read, or what is wrong, in the order of the fields' names: `validator` keeps none.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Vec<FieldError>> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => {
                self.faults.sort_by(|a, b| a.field.cmp(&b.field));
                Err(self.faults)
            }
        }
    }
}

/// The name between back ticks in a message of serde, cut short.
pub(super) fn named_in(message: &str) -> Option<String> {
    let name = message.strip_prefix("duplicate field `")?.split('`').next()?;
    Some(name.chars().take(NAME_LENGTH).collect())
}

fn camel_case(name: &str) -> String {
    let mut upper = false;
    let letter = |c: char| {
        let last = std::mem::replace(&mut upper, c == '_');
        (c != '_').then(|| if last { c.to_ascii_uppercase() } else { c })
    };
    name.chars().filter_map(letter).collect()
}
