//! The documents, and the routes that they are about.

use super::*;

#[actix_web::test]
async fn swagger_ui_is_served_from_here_alone_and_can_be_switched_off() {
    let page = call(request(Method::GET, "/api/")).await;
    assert_eq!(page.status(), 200);
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'")));
    assert_eq!(call(request(Method::GET, "/api")).await.header("location"), Some("/api/"));
    assert_eq!(call(request(Method::GET, "/api/swagger-ui-bundle.js")).await.status(), 200);
    assert_eq!(call(request(Method::GET, "/api/openapi.json")).await.json().await["openapi"], "3.1.0");
    assert_eq!(call(request(Method::GET, "/api/no-such-file.js")).await.status(), 404);
    assert_eq!(call(request(Method::GET, "/api/asyncapi.json")).await.json().await["asyncapi"], "3.0.0");
    let live = call(request(Method::GET, "/api/asyncapi")).await;
    assert_eq!((live.status(), live.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(live.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    for path in ["/api", "/api/", "/api/openapi.json", "/api/asyncapi.json", "/api/asyncapi"] {
        let off = call_with(ports(), &[("SWAGGER_UI", "off")], request(Method::GET, path)).await;
        assert_eq!(off.refusal().await.1, "ROUTE_NOT_FOUND", "{path}");
    }
}

/// Every method of every documented path is documented exactly if it is routed.
#[actix_web::test]
async fn the_document_and_the_routes_agree() {
    let document = crate::http::docs::document().unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace(['{', '}'], "");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let documented = item.get(method.as_str().to_ascii_lowercase()).is_some();
            let status = call(request(method.clone(), &path)).await.response.status();
            assert_ne!(status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(documented, status != StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
}

/// Every path that a file of this folder routes is documented. Swagger UI itself is not a call.
#[test]
fn every_route_is_documented() {
    let document = crate::http::docs::document().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http");
    let mut routed = 0;
    for file in ["auth", "users", "conversations", "participants", "messages", "health"] {
        let source = std::fs::read_to_string(format!("{folder}/{file}.rs")).unwrap();
        for call in source.split("resource(").skip(1) {
            let path = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap();
            let base = if file == "health" { "" } else { crate::http::BASE };
            assert!(document["paths"].get(format!("{base}{path}")).is_some(), "{base}{path}");
            routed += 1;
        }
    }
    assert_eq!(routed, document["paths"].as_object().unwrap().len());
}
