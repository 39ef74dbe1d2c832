use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, call)| (path.clone(), method.clone(), call.clone()))
    });
    all.collect()
}

#[test]
fn the_document_is_openapi_3_1_and_can_be_read_back() {
    let document = document().unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["info"]["license"]["name"], "MIT OR Apache-2.0");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    serde_json::from_value::<utoipa::openapi::OpenApi>(document).unwrap();
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        if let Some(target) = value["$ref"].as_str() {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        match value {
            Value::Object(map) => map.values().for_each(|value| check(document, value)),
            Value::Array(items) => items.iter().for_each(|value| check(document, value)),
            _ => {}
        }
    }
    let document = document().unwrap();
    check(&document, &document);
}

#[test]
fn every_call_has_a_name_of_its_own_a_tag_and_a_summary() {
    let document = document().unwrap();
    let mut names = BTreeSet::new();
    for (path, method, call) in operations(&document) {
        assert!(METHODS.contains(&method.as_str()), "{method} {path}");
        assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
        assert_eq!(call["tags"].as_array().unwrap().len(), 1, "{method} {path}");
        assert!(call["summary"].is_string(), "{method} {path}");
    }
    assert_eq!(names.len(), 33);
}

/// A schema of the document, with the components it refers to.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let whole = json!({"components": document["components"], "allOf": [schema]});
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

#[test]
fn every_example_keeps_its_schema() {
    let document = document().unwrap();
    let mut checked = 0;
    for (path, method, call) in operations(&document) {
        let mut contents: Vec<&Value> = vec![&call["requestBody"]["content"]["application/json"]];
        let responses = call["responses"].as_object().unwrap();
        contents.extend(responses.values().map(|response| &response["content"]["application/json"]));
        for content in contents.into_iter().filter(|content| !content.is_null()) {
            let validator = validator(&document, &content["schema"]);
            let named = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            let examples: Vec<&Value> = content.get("example").into_iter().chain(named).collect();
            assert!(!examples.is_empty(), "{method} {path}");
            for example in examples {
                let faults: Vec<String> = validator.iter_errors(example).map(|fault| fault.to_string()).collect();
                assert!(faults.is_empty(), "{method} {path}: {example}: {faults:?}");
                checked += 1;
            }
        }
        for parameter in call["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{method} {path}");
            if let Some(example) = parameter.get("example") {
                assert!(validator(&document, &parameter["schema"]).is_valid(example), "{method} {path}: {example}");
            }
        }
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn every_example_of_a_schema_keeps_it() {
    fn check(document: &Value, name: &str, schema: &Value) {
        if let Some(example) = schema.get("example") {
            assert!(validator(document, schema).is_valid(example), "{name}: {example}");
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            check(document, &format!("{name}.{field}"), property);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            check(document, name, part);
        }
    }
    let document = document().unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        check(&document, name, schema);
    }
}

#[test]
fn every_own_code_becomes_an_example() {
    for (path, method, call) in operations(&document().unwrap()) {
        let shown: BTreeSet<&str> = call["responses"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|response| response["content"]["application/json"]["examples"].as_object().into_iter().flatten())
            .map(|(code, _)| code.as_str())
            .collect();
        for code in call["x-error-codes"].as_array().into_iter().flatten() {
            assert!(shown.contains(code.as_str().unwrap()), "{method} {path}: {code}");
        }
    }
}
