//! One field of a request.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use validator::ValidateLength;

/// One field of a request. Any JSON is read, so that a wrong one does not hide the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// It is `null`.
    Null,
    /// It is a value of that type.
    Is(T),
    /// It is something else.
    Wrong,
}

/// A type that fields have.
pub trait Takes {
    /// What a field of that type takes, for people.
    const WHAT: &'static str;
}

impl Takes for String {
    const WHAT: &'static str = "must be a string";
}

impl Takes for bool {
    const WHAT: &'static str = "must be true or false";
}

impl Takes for i64 {
    const WHAT: &'static str = "must be a whole number";
}

impl Takes for Vec<String> {
    const WHAT: &'static str = "must be a list of ids";
}

impl<T> Field<T> {
    /// Whether nothing is there, or `null`.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Absent | Self::Null)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value is read to its end before it is looked at: what breaks here is the JSON itself.
        Ok(match Value::deserialize(deserializer).map_err(D::Error::custom)? {
            Value::Null => Self::Null,
            value => T::deserialize(value).map_or(Self::Wrong, Self::Is),
        })
    }
}

/// `validator` puts a copy of what it refuses into its errors. It gets none: that may be a password.
impl<T> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<T> ValidateLength<u64> for Field<Vec<T>> {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Is(items) => u64::try_from(items.len()).ok(),
            Self::Absent | Self::Null | Self::Wrong => None,
        }
    }
}
