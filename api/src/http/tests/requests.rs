//! Requests that are refused before any use case.

use super::*;

#[actix_web::test]
async fn only_a_bearer_token_in_its_header_signs_in() {
    for header in ["", "good", "Basic good", "Bearer", "Bearer ", "Bearer bad", "Bearer good good"] {
        let request = request(Method::GET, "/api/v1/users/me?access_token=good&token=good")
            .insert_header(("authorization", header));
        let reply = call(request).await;
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert_eq!(reply.refusal().await, (401, "UNAUTHENTICATED".into(), vec![]), "{header}");
    }
    let long = format!("Bearer {}", "x".repeat(9000));
    let huge = request(Method::GET, "/api/v1/users/me").insert_header(("authorization", long));
    assert_eq!(call(huge).await.status(), 401);
    let old = request(Method::GET, "/api/v1/users/me").insert_header(("authorization", "bearer old"));
    assert_eq!(call(old).await.refusal().await, (401, "TOKEN_EXPIRED".into(), vec![]));
}

#[actix_web::test]
async fn nobody_is_told_about_a_body_before_they_are_known() {
    let stranger = request(Method::PATCH, "/api/v1/users/me").set_payload("x".repeat(100_000));
    assert_eq!(call(stranger).await.status(), 401);
    let path = "/api/v1/conversations/no-id/messages";
    assert_eq!(call(request(Method::POST, path)).await.status(), 401);
}

#[actix_web::test]
async fn a_body_is_refused_by_its_headers_and_its_size() {
    let path = "/api/v1/auth/login";
    let post = || request(Method::POST, path);
    let fits = r#"{"username":"ada","password":5}"#;
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/jsonp"),
        ("content-type", "application/json; charset=latin1"),
        ("content-encoding", "gzip"),
    ] {
        let reply = call(body(post(), fits).insert_header((name, value))).await;
        assert_eq!(reply.refusal().await, (415, "UNSUPPORTED_MEDIA_TYPE".into(), vec![]), "{value}");
    }
    assert_eq!(call(post().set_payload(fits)).await.status(), 415);
    for kind in ["application/json", "Application/JSON;charset=\"UTF-8\""] {
        let reply = call(post().set_payload(fits).insert_header(("content-type", kind))).await;
        assert_eq!(reply.refusal().await, (400, "VALIDATION_FAILED".into(), vec!["password".into()]), "{kind}");
    }
    let padded = |size: usize| format!("{fits}{}", " ".repeat(size - fits.len()));
    assert_eq!(call(body(post(), padded(65_536))).await.status(), 400);
    assert_eq!(call(body(post(), padded(65_537))).await.refusal().await, (413, "PAYLOAD_TOO_LARGE".into(), vec![]));
    let announced = body(post(), fits).insert_header(("content-length", "99999999999999999999999"));
    assert!(call(announced).await.response.status().is_client_error());
    assert_eq!(call(body(post(), "{\"a\":1}x")).await.refusal().await, (400, "MALFORMED_JSON".into(), vec![]));
}

#[actix_web::test]
async fn a_path_takes_ids_of_36_characters() {
    let id = Uuid::from_u128(7);
    for bad in ["x", "7", &id.simple().to_string(), &id.urn().to_string(), "%00", "%27%3B+DROP"] {
        let reply = call(signed_in(Method::GET, &format!("/api/v1/conversations/{bad}"))).await;
        assert_eq!(reply.refusal().await, (400, "VALIDATION_FAILED".into(), vec!["id".into()]), "{bad}");
    }
    let both = signed_in(Method::DELETE, "/api/v1/conversations/x/messages/y");
    assert_eq!(call(both).await.refusal().await.2, ["id", "messageId"]);
}

#[actix_web::test]
async fn other_methods_are_told_which_there_are() {
    for (method, path, allow) in [
        (Method::TRACE, "/api/v1/users/me", "GET, HEAD, PATCH, DELETE"),
        (Method::from_bytes(b"BREW").unwrap(), "/api/v1/auth/login", "POST"),
        (Method::POST, "/health", "GET, HEAD"),
        (Method::PUT, "/api/v1/conversations", "GET, HEAD, POST"),
        (Method::POST, "/api/openapi.json", "GET, HEAD"),
        (Method::POST, "/api/asyncapi", "GET, HEAD"),
    ] {
        let reply = call(request(method.clone(), path)).await;
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
        assert_eq!(reply.refusal().await, (405, "METHOD_NOT_ALLOWED".into(), vec![]));
    }
}

#[actix_web::test]
async fn odd_paths_are_not_found() {
    for path in ["/", "//", "/api/v1", "/api/v1//users", "/%2e%2e/etc/passwd", "/api/%2e%2e%2fsecret", "/api/v1/%00"] {
        let reply = call(request(Method::GET, path)).await;
        assert_eq!(reply.refusal().await.0, 404, "{path}");
    }
}

#[actix_web::test]
async fn pages_of_other_origins_may_call_without_credentials() {
    let preflight = || {
        request(Method::OPTIONS, "/api/v1/users/me")
            .insert_header(("origin", "https://app.example.org"))
            .insert_header(("access-control-request-method", "PATCH"))
            .insert_header(("access-control-request-headers", "authorization,content-type"))
    };
    let reply = call(preflight()).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    assert!(reply.header("x-request-id").is_some());

    let listed = [("CORS_ORIGINS", "https://app.example.org")];
    let reply = call_with(ports(), &listed, preflight()).await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://app.example.org"));
    let other = request(Method::GET, "/health").insert_header(("origin", "https://evil.example.org"));
    let reply = call_with(ports(), &listed, other).await;
    assert_eq!((reply.status(), reply.header("access-control-allow-origin")), (200, None));
    let refused = request(Method::GET, "/api/v1/users/me").insert_header(("origin", "https://app.example.org"));
    let reply = call_with(ports(), &listed, refused).await;
    assert_eq!(reply.status(), 401);
    let exposed = reply.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
    assert!(exposed.contains("x-request-id") && exposed.contains("retry-after"), "{exposed}");
}
