//! What answers and refusals look like.

use super::*;

#[actix_web::test]
async fn an_answer_has_its_envelope_and_its_headers() {
    let mut users = MockUserRepository::new();
    users.expect_find().returning(|_| Ok(Some(ada())));
    let ports = Ports { users: Arc::new(users), ..ports() };
    let reply = call_with(ports, &[], signed_in(Method::GET, "/api/v1/users/me")).await;
    for (name, value) in [
        ("x-request-id", "test-1"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    assert_eq!(reply.header("server"), None);
    let time = "2026-11-21T09:30:00.000Z";
    let profile = json!({
        "id": ADA.to_string(), "username": "ada", "name": "Ada", "avatar": null, "email": null,
        "createdAt": time, "updatedAt": time,
    });
    assert_eq!(reply.json().await, json!({"success": true, "statusCode": 200, "data": profile}));
}

#[actix_web::test]
async fn a_failure_has_its_envelope() {
    let request = request(Method::GET, "/api/v1/nothing?token=secret").insert_header(("x-request-id", "mine.1_2-3"));
    let reply = call(request).await;
    assert_eq!(reply.header("x-request-id"), Some("mine.1_2-3"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        reply.json().await,
        json!({
            "success": false, "statusCode": 404, "code": "ROUTE_NOT_FOUND", "message": "There is nothing under this path.",
            "timestamp": "2026-11-21T09:30:00.000Z", "path": "/api/v1/nothing", "requestId": "mine.1_2-3",
        })
    );
}

#[actix_web::test]
async fn an_insane_request_id_is_replaced() {
    for id in ["", "a b", "<script>", "ä", &"x".repeat(129)] {
        let request = request(Method::GET, "/health").insert_header(("x-request-id", id));
        assert_eq!(call(request).await.header("x-request-id"), Some("test-1"), "{id}");
    }
}

#[actix_web::test]
async fn an_answer_does_not_echo_a_request() {
    let mark = "M".repeat(2000);
    let requests = [
        request(Method::GET, &format!("/api/v1/{mark}?{mark}")),
        signed_in(Method::GET, &format!("/api/v1/users?cursor={mark}&limit={mark}")),
        body(request(Method::POST, "/api/v1/auth/login"), format!(r#"{{"{mark}":"{mark}","username":"{mark}"}}"#)),
        request(Method::GET, "/health/no").insert_header(("x-request-id", mark.as_str())),
    ];
    for request in requests {
        let text = call(request).await.json().await.to_string();
        assert!(text.matches('M').count() <= 256, "{text}");
    }
}

#[actix_web::test]
async fn a_database_that_is_away_is_503_and_nothing_is_told_of_it() {
    let mut users = MockUserRepository::new();
    users.expect_find().returning(|_| Err(RepositoryError::Unavailable("10.0.0.7 refused".into())));
    let reply = call_with(
        Ports { users: Arc::new(users), ..ports() },
        &[],
        signed_in(Method::GET, &format!("/api/v1/users/{ADA}")),
    );
    let reply = reply.await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    let told = reply.json().await;
    assert_eq!((&told["statusCode"], &told["code"]), (&json!(503), &json!("UNAVAILABLE")));
    assert!(!told.to_string().contains("10.0.0.7"));
}

#[actix_web::test]
async fn readiness_asks_every_dependency() {
    let dependency = |well| {
        let mut check = MockHealthCheck::new();
        check.expect_name().return_const("database");
        check.expect_check().returning(move || well);
        let dependencies: Vec<Arc<dyn HealthCheck>> = vec![Arc::new(check)];
        Ports { dependencies, ..ports() }
    };
    let ready = call_with(dependency(true), &[], request(Method::GET, "/health/ready")).await;
    assert_eq!(ready.json().await["data"], json!({"status": "ok", "dependencies": {"database": "ok"}}));
    let unready = call_with(dependency(false), &[], request(Method::GET, "/health/ready")).await;
    assert_eq!(unready.refusal().await, (503, "UNAVAILABLE".into(), vec![]));
    let live = call_with(dependency(false), &[], request(Method::GET, "/health/live")).await;
    assert_eq!(live.status(), 200);
}
