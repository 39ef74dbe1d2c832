//! The published document as a judge: every answer must be what it promises.

use serde_json::{Value, json};

/// The OpenAPI document of a running server.
pub struct Document(Value);

impl Document {
    /// Takes the document as served.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// Panics unless the answer's status and body are documented for the call.
    pub fn judge(&self, method: &str, path: &str, status: u16, body: Option<&Value>) {
        let path = path.split('?').next().unwrap_or(path);
        let Some((template, call)) = self.call(method, path) else { return };
        let answer = &call["responses"][status.to_string()];
        assert!(answer.is_object(), "{method} {template} answers {status}, which is not documented: {body:?}");
        let Some(body) = body else {
            assert!(answer["content"].is_null(), "{method} {template} {status} has no body, but one is documented");
            return;
        };
        assert!(answer["content"]["application/json"]["schema"].is_object(), "{method} {template} {status}: no schema");
        let pointer = format!(
            "#/paths/{}/{}/responses/{status}/content/application~1json/schema",
            template.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D"),
            method.to_lowercase()
        );
        let schema = json!({"$ref": pointer, "paths": self.0["paths"], "components": self.0["components"]});
        let validator = jsonschema::validator_for(&schema).expect("the document has valid schemas");
        let faults: Vec<String> = validator.iter_errors(body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{method} {template} {status} is not as documented: {faults:#?}\n{body:#}");
    }

    /// The documented call, if there is one: unknown routes and methods are not.
    fn call(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let paths = self.0["paths"].as_object()?;
        let matches = |template: &str| {
            let (one, other): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
            one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| a.starts_with('{') || a == b)
        };
        let exact = paths.get_key_value(path);
        let (template, item) = exact.or_else(|| paths.iter().find(|(template, _)| matches(template)))?;
        let call = &item[method.to_lowercase()];
        call.is_object().then_some((template.as_str(), call))
    }
}
