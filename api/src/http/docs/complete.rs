//! What the controllers' own documentation leaves out because it is the same everywhere: failures, headers, examples.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::ResponseError as _;
use actix_web::http::header::HeaderValue;
use application::auth::AuthError;
use application::conversations::ConversationError;
use application::messages::MessageError;
use application::users::UserError;
use domain::repository::RepositoryError;
use domain::{FieldError, Timestamp, conversation, message};
use serde_json::{Value, json};

use crate::dto::Time;
use crate::http::failure::{ErrorDto, Told};
use crate::input::Unreadable;
use crate::problem::{Problem, code};
use crate::sample::sample;

/// When the failures of the examples happened.
const THEN: Timestamp = Timestamp::from_millis(1_795_253_400_000);
const JSON: &str = "application/json";

/// Adds to every call its failures, an example of each answer and of its request, and the headers.
pub fn complete(document: &mut Value) {
    // Samples are made of the schemas alone, which stay as they are.
    let schemas = document.clone();
    document["components"]["headers"] = headers();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let example_path = fill(path, &operation["parameters"]);
            examples(&schemas, operation);
            for (status, response) in failures(&schemas, operation, &example_path) {
                operation["responses"][status] = response;
            }
            for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                response["headers"]["X-Request-Id"] = json!({"$ref": "#/components/headers/RequestId"});
            }
        }
    }
}

fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "The id of the request, the client's own if it sent a sane one.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "example": "k3v9x2-1f"}
        },
        "RetryAfter": {
            "description": "After how many seconds the call may succeed.",
            "schema": {"type": "integer", "example": 1}
        },
        "WwwAuthenticate": {
            "description": "How to sign in.",
            "schema": {"type": "string", "example": "Bearer"}
        }
    })
}

/// The path with the examples of its parameters.
fn fill(path: &str, parameters: &Value) -> String {
    let parameters = parameters.as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "path");
    parameters.fold(path.to_owned(), |path, parameter| {
        let (name, example) = (parameter["name"].as_str(), parameter["example"].as_str());
        path.replace(&format!("{{{}}}", name.unwrap_or_default()), example.unwrap_or_default())
    })
}

fn examples(schemas: &Value, operation: &mut Value) {
    if let Some(content) = operation.pointer_mut("/requestBody/content/application~1json") {
        content["example"] = sample(schemas, &content["schema"]);
    }
    // The tombstone of a message looks unlike any other message.
    let deletes = operation["operationId"] == "deleteMessage";
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if let Some(content) = response.pointer_mut("/content/application~1json") {
            let mut example = sample(schemas, &content["schema"]);
            example["statusCode"] = json!(status.parse::<u16>().unwrap_or_default());
            if deletes {
                (example["data"]["content"], example["data"]["deletedAt"]) = (Value::Null, json!(Time(THEN)));
            }
            content["example"] = example;
        }
    }
}

/// The responses to the failures that a call can meet, one for each status, with an example of each code.
fn failures(schemas: &Value, operation: &Value, path: &str) -> BTreeMap<String, Value> {
    let wanted = codes(operation);
    let fault = fault(schemas, operation);
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for told in told(fault).iter().filter(|told| wanted.contains(&told.problem.code.to_owned())) {
        let status = told.status_code().as_u16();
        let response = responses.entry(status.to_string()).or_insert_with(|| {
            json!({"description": "", "content": {JSON: {"schema": {"$ref": "#/components/schemas/ErrorDto"}, "examples": {}}}})
        });
        let before = response["description"].as_str().unwrap_or_default();
        response["description"] = json!(format!("{before} `{}`", told.problem.code).trim());
        let example = json!({
            "summary": told.problem.message,
            "value": ErrorDto::tell(told, path, "k3v9x2-1f", Time(THEN)),
        });
        response["content"][JSON]["examples"][told.problem.code] = example;
        match status {
            401 => response["headers"]["WWW-Authenticate"] = json!({"$ref": "#/components/headers/WwwAuthenticate"}),
            429 | 503 => response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"}),
            _ => {}
        }
    }
    responses
}

/// The codes of a call: its own, and those that come with what it takes.
fn codes(operation: &Value) -> Vec<String> {
    let own = operation["x-error-codes"].as_array().into_iter().flatten();
    let mut codes: Vec<String> = own.filter_map(Value::as_str).map(str::to_owned).collect();
    let mut add = |more: &[&str]| codes.extend(more.iter().copied().map(str::to_owned));
    if operation.get("security").is_none() {
        add(&[code::UNAUTHENTICATED, "TOKEN_EXPIRED", code::RATE_LIMITED]);
    }
    if operation.get("requestBody").is_some() {
        let body =
            [code::MALFORMED_JSON, code::VALIDATION_FAILED, code::UNSUPPORTED_MEDIA_TYPE, code::PAYLOAD_TOO_LARGE];
        add(&body);
    }
    if operation["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty()) {
        add(&[code::VALIDATION_FAILED]);
    }
    match operation["operationId"].as_str() {
        Some("getHealth" | "getLiveness") => {}
        _ => add(&[code::UNAVAILABLE, code::INTERNAL]),
    }
    codes
}

/// A fault that the call's input can have.
fn fault(schemas: &Value, operation: &Value) -> FieldError {
    let body = sample(schemas, &operation["requestBody"]["content"][JSON]["schema"]);
    let field = body.as_object().and_then(|body| body.keys().next().cloned());
    let parameter = operation["parameters"][0]["name"].as_str().map(str::to_owned);
    match (field, parameter) {
        (Some(field), _) => FieldError::new(field, "must be a string"),
        (None, Some(parameter)) if parameter.to_lowercase().ends_with("id") => {
            FieldError::new(parameter, "must be a UUID of 36 characters")
        }
        (None, _) => FieldError::new("limit", "must be a whole number from 1 to 100"),
    }
}

/// Every failure that a call can meet, made as it is when it is met, so that its example is true.
fn told(fault: FieldError) -> Vec<Told> {
    use conversation::Refusal;
    let conversation = |refusal: Refusal| Told::from(ConversationError::from(refusal));
    let message = |refusal: message::Refusal| Told::from(MessageError::from(refusal));
    vec![
        Told::from(Unreadable::Malformed),
        Told::from(Problem::invalid(vec![fault])),
        Told::from(AuthError::Unauthenticated),
        Told::from(AuthError::TokenExpired),
        Told::from(AuthError::InvalidCredentials),
        Told::from(AuthError::RefreshTokenReused),
        Told::from(UserError::WrongPassword),
        conversation(Refusal::NotParticipant),
        Told::from(UserError::NotFound),
        Told::from(AuthError::SessionNotFound),
        conversation(Refusal::NotFound),
        conversation(Refusal::ParticipantNotFound),
        message(message::Refusal::MessageNotFound),
        Told::method_not_allowed(HeaderValue::from_static("GET")),
        Told::from(UserError::UsernameTaken),
        Told::from(UserError::EmailTaken),
        message(message::Refusal::IdTaken),
        message(message::Refusal::Deleted),
        conversation(Refusal::Direct),
        conversation(Refusal::OwnerCannotBeRemoved),
        conversation(Refusal::OwnerMustHandOver),
        conversation(Refusal::GroupFull),
        Told::too_large(),
        Told::unsupported(),
        Told::from(Problem::rate_limited(Duration::from_secs(1))),
        Told::from(Problem::internal("")),
        Told::from(UserError::from(RepositoryError::Unavailable("".into()))),
    ]
}
