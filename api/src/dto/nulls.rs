//! The rule that a missing value is `null` and never left out, as schemas have it.

use serde_json::{Value, json};

/// Lets a schema require every field that can be `null`. Not so what clients write: they may leave such a field out.
pub fn never_left_out(schema: &mut Value) {
    // Requests are the types that refuse what they do not know.
    if schema["additionalProperties"] == false {
        return;
    }
    let fields = schema["properties"].as_object().into_iter().flatten();
    let nullable: Vec<Value> = fields.filter(|(_, field)| is_nullable(field)).map(|(name, _)| json!(name)).collect();
    if !nullable.is_empty() {
        let mut required = schema["required"].as_array().cloned().unwrap_or_default();
        let before = required.clone();
        required.extend(nullable.into_iter().filter(|name| !before.contains(name)));
        schema["required"] = required.into();
    }
    for word in ["allOf", "oneOf"] {
        schema.get_mut(word).and_then(Value::as_array_mut).into_iter().flatten().for_each(never_left_out);
    }
}

fn is_nullable(field: &Value) -> bool {
    let kinds = field["type"].as_array().into_iter().flatten();
    let choices = field["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["type"]);
    kinds.chain(choices).any(|kind| kind == "null")
}
