//! What the document says of requests is what is understood.

use std::collections::BTreeSet;

use super::*;
use crate::gateway::dialect::Dialect;
use crate::gateway::dialects::auth::Auth;
use crate::gateway::document::document;

fn messages() -> Value {
    document()["channels"]["frames"]["messages"].take()
}

fn is_refused(frame: &Value) -> bool {
    Auth::new("Response").decode(&frame.to_string(), None).command.is_err()
}

#[test]
fn requests_are_understood_as_they_are_shown() {
    let messages = messages();
    for (kind, ..) in REQUESTS {
        let (schema, frame) = (&messages[kind]["payload"], &messages[kind]["examples"][0]["payload"]);
        assert!(!is_refused(frame), "{frame}");
        let params = &schema["properties"]["params"];
        let shown: BTreeSet<&String> = frame["params"].as_object().unwrap().keys().collect();
        assert_eq!(shown, params["properties"].as_object().unwrap().keys().collect(), "{kind}");
        let required: Vec<&str> =
            params["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for field in shown {
            for (changed, value) in [("left out", None), ("null", Some(Value::Null))] {
                let mut frame = frame.clone();
                let params = frame["params"].as_object_mut().unwrap();
                params.remove(field);
                params.extend(value.map(|value| (field.clone(), value)));
                assert_eq!(is_refused(&frame), required.contains(&field.as_str()), "{kind}: {field} {changed}");
            }
        }
        let mut more = frame.clone();
        (more["params"]["more"], more["more"]) = (json!([1]), json!(1));
        assert!(!is_refused(&more), "{kind}: what is not known is passed over");
        assert_eq!(is_refused(&json!({"type": kind})), schema["required"] == json!(["type", "params"]), "{kind}");
    }
}

/// Every type that is read has its place here: the reader has them as constants, so this looks at its source.
#[test]
fn no_type_is_left_out() {
    let source = include_str!("../request.rs");
    let named = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1));
    assert_eq!(named.collect::<BTreeSet<_>>(), REQUESTS.into_iter().map(|(kind, ..)| kind).collect());
}

#[test]
fn answers_have_the_suffix_where_there_is_one() {
    let messages = messages();
    for (kind, ..) in REQUESTS {
        let told = messages[format!("{kind}Ack")]["examples"][0]["payload"]["type"].clone();
        let request = Auth::new("Response").decode(&json!({"type": kind}).to_string(), None);
        let frames = Auth::new("Response").encode_reply(&request, &crate::gateway::command::Reply::Done);
        let frame: Value = serde_json::from_slice(&frames[0].payload()).unwrap();
        assert_eq!(frame["type"], told);
    }
}
