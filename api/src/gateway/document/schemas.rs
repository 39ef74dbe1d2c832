//! Schemas by name, collected from the wire types as the channels come to use them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::dto::never_left_out;

type Nested = Vec<(String, RefOr<Schema>)>;

/// A wire type: its name, its schema, and the schemas that it refers to.
#[derive(Clone, Copy)]
pub struct Type {
    name: fn() -> Cow<'static, str>,
    title: Option<&'static str>,
    schema: fn() -> Value,
    nested: fn(&mut Nested),
}

impl Type {
    /// A type as it is.
    pub const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, title: None, schema: schema_of::<T>, nested: T::schemas }
    }

    /// The fields of a request beside those that say where it goes, under a name of their own.
    pub const fn beside<Place: ToSchema, T: ToSchema>(name: &'static str) -> Self {
        Self { name: T::name, title: Some(name), schema: merged::<Place, T>, nested: T::schemas }
    }
}

fn schema_of<T: ToSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap_or_default()
}

fn merged<Place: ToSchema, T: ToSchema>() -> Value {
    let (place, mut whole) = (schema_of::<Place>(), schema_of::<T>());
    let fields = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or_default();
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    whole["required"] = required(&place).into_iter().chain(required(&whole)).collect();
    whole["properties"] = Value::Object(fields(&place).into_iter().chain(fields(&whole)).collect());
    whole
}

/// The schemas that the document's components hold.
#[derive(Debug, Default)]
pub struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// Takes a type in, with all that it refers to, and gives the reference to it.
    pub fn refer(&mut self, to: &Type) -> Value {
        self.take_nested(to);
        let name = to.title.map_or_else(to.name, Cow::Borrowed);
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        self.0.entry(name.into_owned()).or_insert_with(to.schema);
        reference
    }

    /// Takes in all that a type refers to, and gives the schema of the type itself, to be put where it is used.
    pub fn inline(&mut self, of: &Type) -> Value {
        self.take_nested(of);
        (of.schema)()
    }

    fn take_nested(&mut self, of: &Type) {
        let mut nested = Vec::new();
        (of.nested)(&mut nested);
        for (name, schema) in nested {
            self.0.entry(name).or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
        }
    }

    /// All of them, by name.
    pub fn into_value(mut self) -> Value {
        self.0.values_mut().for_each(never_left_out);
        Value::Object(self.0.into_iter().collect())
    }
}

/// The same schema in the words that JSON Schema has had since its draft 7, as `AsyncAPI` has it: `example`, of
/// `OpenAPI`, is not among them.
pub fn modern(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if let Some(example) = map.remove("example") {
        map.insert("examples".into(), json!([example]));
    }
    for (word, inner) in map {
        match word.as_str() {
            "properties" => inner.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(modern),
            "items" | "additionalProperties" | "propertyNames" => modern(inner),
            "allOf" | "oneOf" | "anyOf" => inner.as_array_mut().into_iter().flatten().for_each(modern),
            _ => {}
        }
    }
}
