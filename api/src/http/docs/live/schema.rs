//! Schemas as tables of fields, in which every named type is a link.

use serde_json::Value;

use super::html;

/// How deep schemas may nest before a name; ours hardly do.
const DEEPEST: usize = 8;

/// The tables of what a schema takes: one, or one for each of its forms.
pub fn tables(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let forms = forms(document, schema, DEEPEST);
    let several = forms.len() > 1;
    let shown = forms.iter().enumerate().map(|(place, fields)| {
        let rows: Vec<String> = fields.iter().map(row).collect();
        let table = html::table(&["Field", "Type", "", "Meaning"], &rows);
        match (several, place) {
            (_, _) if rows.is_empty() => String::new(),
            (false, _) => table,
            (true, 0) => format!("<p class=\"form\">Either</p>\n{table}"),
            (true, _) => format!("<p class=\"form\">or</p>\n{table}"),
        }
    });
    let shown: String = shown.collect();
    match schema["enum"].as_array() {
        Some(values) => format!("<p>One of {}.</p>\n", values.iter().map(code).collect::<Vec<_>>().join(", ")),
        None if shown.is_empty() => "<p class=\"form\">No fields: <code>{}</code>.</p>\n".into(),
        None => shown,
    }
}

/// A name of a type, as a link, or what the type is.
pub fn kind(schema: &Value) -> String {
    if let Some(name) = name(schema) {
        return format!("<a href=\"#type-{name}\"><code>{name}</code></a>");
    }
    if let Some(only) = schema.get("const") {
        return code(only);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(code).collect::<Vec<_>>().join(" or ");
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let (null, others): (Vec<_>, Vec<_>) = choices.iter().partition(|choice| choice["type"] == "null");
        return others.into_iter().chain(null).map(kind).collect::<Vec<_>>().join(" or ");
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    kinds.into_iter().map(|kind| plain(kind, schema)).collect::<Vec<_>>().join(" or ")
}

/// The name that a reference is to.
pub fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

fn plain(kind: &str, schema: &Value) -> String {
    match (kind, schema["format"].as_str()) {
        ("array", _) if schema["maxItems"] == 0 => "empty list".into(),
        ("array", _) => format!("list of {}", self::kind(&schema["items"])),
        ("object", _) if schema["additionalProperties"].is_object() => {
            format!("map from id to {}", self::kind(&schema["additionalProperties"]))
        }
        ("string", Some("uuid")) => "UUID".into(),
        ("string", Some("date-time")) => "time".into(),
        ("integer", _) => "whole number".into(),
        ("boolean", _) => "true or false".into(),
        (kind, _) => html::text(kind),
    }
}

struct Field<'a> {
    name: &'a str,
    schema: &'a Value,
    required: bool,
}

fn row(field: &Field<'_>) -> String {
    let meaning = html::prose(field.schema["description"].as_str().unwrap_or_default());
    let (name, kind) = (html::text(field.name), kind(field.schema));
    let required = if field.required { "<span class=\"required\">required</span>" } else { "optional" };
    format!("<th scope=\"row\"><code>{name}</code></th><td>{kind}</td><td>{required}</td><td>{meaning}</td>")
}

/// The forms that a schema has: the fields of each, those that all share first.
fn forms<'a>(document: &'a Value, schema: &'a Value, depth: usize) -> Vec<Vec<Field<'a>>> {
    let schema = resolved(document, schema);
    if depth == 0 {
        return Vec::new();
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        return choices.iter().flat_map(|choice| forms(document, choice, depth - 1)).collect();
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    parts.fold(vec![own(schema)], |whole, part| {
        let forms = forms(document, part, depth - 1);
        let both = |one: &Vec<Field<'a>>, other: &Vec<Field<'a>>| one.iter().chain(other).map(Field::again).collect();
        whole.iter().flat_map(|one| forms.iter().map(|other| both(one, other)).collect::<Vec<_>>()).collect()
    })
}

impl Field<'_> {
    fn again(&self) -> Self {
        Self { ..*self }
    }
}

fn own(schema: &Value) -> Vec<Field<'_>> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(|(name, schema)| Field { name, schema, required: required(name) }).collect()
}

/// A schema, or the one that it refers to.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn code(value: &Value) -> String {
    let shown = value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    format!("<code>{}</code>", html::text(&shown))
}
