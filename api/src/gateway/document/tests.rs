use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::catalogue::{CLIENT, SERVER};
use super::document;
use crate::gateway::vocabulary;

fn at<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let target = reference["$ref"].as_str().unwrap();
    document.pointer(target.trim_start_matches('#')).unwrap_or_else(|| panic!("{target} leads nowhere"))
}

fn messages(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let channels = document["channels"].as_object().unwrap();
    channels.iter().flat_map(|(id, channel)| {
        let messages = channel["messages"].as_object().unwrap();
        messages.iter().map(move |(key, message)| (format!("{id}.{key}"), message))
    })
}

/// What is found wrong with a value by a schema of the document.
fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let whole = json!({"components": document["components"], "allOf": [schema]});
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

#[test]
fn the_document_is_asyncapi_3_of_this_version() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["info"]["version"], crate::VERSION);
    let addresses: Vec<&str> = document["channels"]
        .as_object()
        .unwrap()
        .values()
        .map(|channel| channel["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&"/", &"/chat", &"/chats", &"/ws"]));
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, value: &Value) {
        if value["$ref"].is_string() {
            at(document, value);
        }
        match value {
            Value::Object(map) => map.values().for_each(|value| check(document, value)),
            Value::Array(items) => items.iter().for_each(|value| check(document, value)),
            _ => {}
        }
    }
    let document = document();
    check(&document, &document);
}

#[test]
fn every_operation_is_of_one_channel_and_its_messages() {
    let document = document();
    let mut used = BTreeSet::new();
    for (id, operation) in document["operations"].as_object().unwrap() {
        assert!(["send", "receive"].contains(&operation["action"].as_str().unwrap()), "{id}");
        let channel = operation["channel"]["$ref"].as_str().unwrap();
        assert!(at(&document, &operation["channel"])["address"].is_string(), "{id}");
        let answers = operation["reply"]["messages"].as_array().into_iter().flatten();
        for message in operation["messages"].as_array().unwrap().iter().chain(answers) {
            let target = message["$ref"].as_str().unwrap();
            assert!(target.starts_with(&format!("{channel}/messages/")), "{id}: {target}");
            assert!(at(&document, message)["payload"].is_object(), "{id}: {target}");
            used.insert(target.to_owned());
        }
        assert_eq!(operation["reply"].is_object(), operation["action"] == "receive", "{id}");
    }
    assert_eq!(used.len(), messages(&document).count(), "every message is of an operation");
}

#[test]
fn every_message_has_an_example_that_keeps_its_schema() {
    let document = document();
    for (key, message) in messages(&document) {
        assert!(!message["summary"].as_str().unwrap().is_empty(), "{key}");
        for example in message["examples"].as_array().unwrap() {
            let faults = faults(&document, &message["payload"], &example["payload"]);
            assert!(faults.is_empty(), "{key}: {faults:#?}\n{example:#}");
        }
    }
}

/// `AsyncAPI` reads schemas as JSON Schema of draft 7, the tests as that of 2020-12: they use what both know alike.
#[test]
fn schemas_use_words_that_mean_the_same_in_every_draft() {
    const WORDS: [&str; 23] = [
        "$ref",
        "title",
        "description",
        "examples",
        "default",
        "type",
        "format",
        "enum",
        "const",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
        "items",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "allOf",
        "oneOf",
        "anyOf",
    ];
    fn check(name: &str, schema: &Value) {
        let Value::Object(schema) = schema else { return };
        for (word, inner) in schema {
            assert!(WORDS.contains(&word.as_str()), "{name}: {word}");
            match word.as_str() {
                "properties" => inner.as_object().unwrap().iter().for_each(|(field, inner)| check(field, inner)),
                "items" | "additionalProperties" | "propertyNames" => check(name, inner),
                "allOf" | "oneOf" | "anyOf" => inner.as_array().unwrap().iter().for_each(|inner| check(name, inner)),
                _ => {}
            }
        }
        let beside = schema.keys().filter(|word| !["$ref", "description", "examples"].contains(&word.as_str()));
        assert!(!schema.contains_key("$ref") || beside.count() == 0, "{name}: a draft 7 looks at nothing beside $ref");
    }
    let document = document();
    document["components"]["schemas"].as_object().unwrap().iter().for_each(|(name, schema)| check(name, schema));
    messages(&document).for_each(|(key, message)| check(&key, &message["payload"]));
}

#[test]
fn what_both_documents_name_is_the_same() {
    let (live, mut calls) = (document(), crate::http::docs::document().unwrap());
    let mut shared = 0;
    for (name, schema) in calls["components"]["schemas"].as_object_mut().unwrap() {
        super::schemas::modern(schema);
        if let Some(same) = live["components"]["schemas"].get(name) {
            assert_eq!(schema, same, "{name}");
            shared += 1;
        }
    }
    assert!(shared > 8, "{shared}");
}

/// The payload schema of something that clients say, without reference, and its example.
fn payload(document: &Value, event: &str) -> (Value, Map<String, Value>) {
    let message = &document["channels"]["main"]["messages"][super::key(event)];
    let schema = at(document, &message["payload"]).clone();
    (schema, message["examples"][0]["payload"].as_object().unwrap().clone())
}

fn refusal(event: &str, data: Map<String, Value>) -> Option<crate::Problem> {
    vocabulary::command(event, data.into()).err()
}

#[test]
fn what_clients_say_is_understood_as_the_table_has_it() {
    let document = document();
    for event in CLIENT {
        let (schema, example) = payload(&document, event.name);
        assert_eq!(refusal(event.name, example.clone()), None, "{}", event.name);
        let fields: BTreeSet<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(fields, example.keys().collect(), "{}: the example shows every field", event.name);
        for field in schema["required"].as_array().unwrap() {
            let mut without = example.clone();
            without.remove(field.as_str().unwrap());
            assert!(refusal(event.name, without).is_some(), "{} needs no {field}", event.name);
        }
        assert_eq!(schema["additionalProperties"], false, "{}", event.name);
        let mut more = example.clone();
        more.insert("more".into(), 1.into());
        assert!(refusal(event.name, more).is_some(), "{} takes any field", event.name);
    }
}

/// Every name that the reader of the vocabulary knows is in the table. Where names are read is no list, so this looks at
/// its source.
#[test]
fn the_table_has_all_that_is_understood() {
    let source = include_str!("../vocabulary.rs");
    let names = source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once('"'));
    let names: BTreeSet<&str> = names.filter(|(_, rest)| rest.contains("=>")).map(|(name, _)| name).collect();
    assert!(names.len() >= 10, "{names:?}");
    let table: BTreeSet<&str> = CLIENT.iter().map(|event| event.name).collect();
    assert_eq!(names.difference(&table).count(), 0, "{names:?}");
}

#[test]
fn a_missing_value_is_null_and_never_left_out() {
    let document = document();
    let required = |name: &str| document["components"]["schemas"][name]["required"].as_array().unwrap().len();
    let fields = |name: &str| document["components"]["schemas"][name]["properties"].as_object().unwrap().len();
    for name in ["MessageDto", "SharedConversationDto", "ProfileDto", "UserOfflineDto"] {
        assert_eq!(required(name), fields(name), "{name}");
    }
    assert!(required("SendMessageEventDto") < fields("SendMessageEventDto"), "clients may leave it out");
    assert!(required("RefusalDto") < fields("RefusalDto"), "what is not null is left out");
}

#[test]
fn names_are_said_once() {
    let (client, server): (Vec<_>, Vec<_>) =
        (CLIENT.iter().map(|event| event.name).collect(), SERVER.iter().map(|event| event.name).collect());
    for names in [client, server] {
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
