//! Examples, made of schemas: of the examples that their fields have.

use serde_json::{Map, Value, json};

/// How deep schemas may nest; ours do not refer to themselves.
const DEEPEST: usize = 16;

/// An example of `schema`, whose references are looked up in `document`.
pub fn sample(document: &Value, schema: &Value) -> Value {
    of(document, schema, DEEPEST)
}

fn of(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(target) = schema["$ref"].as_str() {
        let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return found.map_or(Value::Null, |found| of(document, found, depth - 1));
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return merged(parts.iter().map(|part| of(document, part, depth - 1)));
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let choice = choices.iter().find(|choice| choice["type"] != "null");
        return choice.map_or(Value::Null, |choice| of(document, choice, depth - 1));
    }
    plain(document, schema, depth)
}

fn plain(document: &Value, schema: &Value, depth: usize) -> Value {
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties.map(|(name, property)| (name.clone(), of(document, property, depth - 1))).collect()
        }
        Some("array") if schema["maxItems"] != 0 => json!([of(document, &schema["items"], depth - 1)]),
        Some("array") => json!([]),
        Some("string") if schema["format"] == "uuid" => json!("0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11"),
        Some("string") => json!("text"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

fn merged(parts: impl Iterator<Item = Value>) -> Value {
    let objects = parts.filter_map(|part| if let Value::Object(map) = part { Some(map) } else { None });
    Value::Object(objects.flatten().collect::<Map<_, _>>())
}
