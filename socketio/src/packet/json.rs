//! What is checked of the JSON that clients send, without building it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How deep arrays and objects may be nested. What is deeper would be refused by `serde_json` anyway.
pub const MAX_DEPTH: usize = 120;

/// Names of events that the protocol keeps for itself.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// A packet that is none: the session it came from is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Checks that `text` is an array whose first item is a name that an event may have.
pub(super) fn check_event(text: &str) -> Result<(), Malformed> {
    let name: Option<Cow<'_, str>> = first::<Text<'_>>(text)?.map(|text| text.0);
    match name {
        Some(name) if RESERVED.contains(&&*name) => Err(Malformed("the event's name is reserved")),
        Some(_) => Ok(()),
        None => Err(Malformed("the event has no name")),
    }
}

/// Checks that `text` is an array.
pub(super) fn check_array(text: &str) -> Result<(), Malformed> {
    first::<IgnoredAny>(text).map(|_| ())
}

/// Checks that `text` is an object.
pub(super) fn check_object(text: &str) -> Result<(), Malformed> {
    struct Object;
    impl<'de> Visitor<'de> for Object {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(())
        }
    }
    check_depth(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Object).and_then(|()| json.end()).map_err(|_| Malformed("the payload is no object"))
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The first item of an array, all of which is checked.
fn first<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Option<T>, Malformed> {
    struct Array<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Array<T> {
        type Value = Option<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let first = items.next_element()?;
            if first.is_some() {
                while items.next_element::<IgnoredAny>()?.is_some() {}
            }
            Ok(first)
        }
    }
    check_depth(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let found = json.deserialize_seq(Array(std::marker::PhantomData));
    found.and_then(|first| json.end().map(|()| first)).map_err(|_| Malformed("the payload is no array as it should be"))
}

/// Refuses what is nested too deep. It need not be JSON.
fn check_depth(text: &str) -> Result<(), Malformed> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Malformed("the payload is nested too deep"));
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
