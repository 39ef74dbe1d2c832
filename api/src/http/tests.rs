//! The REST door over mocks: what it refuses before any use case, and how it answers.

use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web;
use application::ports::{
    Claims, HealthCheck, MockAccessTokens, MockClock, MockEventPublisher, MockHealthCheck, MockIdGenerator,
    MockPasswordHasher, MockPresenceTracker, MockRefreshTokens, MockTypingTracker, TokenError,
};
use domain::repository::{
    MockConversationReader, MockConversationRepository, MockMessageRepository, MockSessionRepository,
    MockUserRepository, RepositoryError,
};
use domain::session::{Session, SessionPolicy, TokenHash};
use domain::user::User;
use domain::value::{DisplayName, PasswordHash, Username};
use domain::{SessionId, Timestamp, UserId};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

use super::around::RequestIds;
use crate::config::{Env, Settings};
use crate::limits::Limits;
use crate::state::{AppState, Ports};

const NOW: Timestamp = Timestamp::from_millis(1_795_253_400_000);
const ADA: UserId = UserId(Uuid::from_u128(0xada));
const SESSION: SessionId = SessionId(Uuid::from_u128(0x5e5));

fn session() -> Session {
    Session {
        id: SESSION,
        user_id: ADA,
        device: None,
        created_at: NOW,
        last_used_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
        generation: 0,
        refresh_hash: TokenHash(Vec::new()),
        previous_hash: None,
        revoked_at: None,
    }
}

fn ada() -> User {
    User {
        id: ADA,
        username: Username::parse("ada").unwrap(),
        email: None,
        name: DisplayName::parse("Ada").unwrap(),
        avatar: None,
        password_hash: PasswordHash(String::new()),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Ports where the token `good` is Ada's, `old` has expired, and anything that is not expected fails the test.
fn ports() -> Ports {
    let mut access = MockAccessTokens::new();
    access.expect_verify().returning(|token, _| match token {
        "good" => Ok(Claims { user_id: ADA, session_id: SESSION }),
        "old" => Err(TokenError::Expired),
        _ => Err(TokenError::Invalid),
    });
    let mut sessions = MockSessionRepository::new();
    sessions.expect_recall().returning(|_| Ok(Some(session())));
    let mut clock = MockClock::new();
    clock.expect_now().returning(|| NOW);
    Ports {
        users: Arc::new(MockUserRepository::new()),
        sessions: Arc::new(sessions),
        conversations: Arc::new(MockConversationRepository::new()),
        reader: Arc::new(MockConversationReader::new()),
        messages: Arc::new(MockMessageRepository::new()),
        presence: Arc::new(MockPresenceTracker::new()),
        typing: Arc::new(MockTypingTracker::new()),
        hasher: Arc::new(MockPasswordHasher::new()),
        access: Arc::new(access),
        refresh: Arc::new(MockRefreshTokens::new()),
        events: Arc::new(MockEventPublisher::new()),
        ids: Arc::new(MockIdGenerator::new()),
        clock: Arc::new(clock),
        policy: SessionPolicy { idle: Duration::from_mins(1), absolute: Duration::from_mins(1) },
        dependencies: Vec::new(),
    }
}

struct Reply {
    response: ServiceResponse,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    async fn json(self) -> Value {
        let body = to_bytes(self.response.into_body()).await.unwrap_or_else(|_| panic!("no body"));
        serde_json::from_slice(&body).unwrap()
    }

    async fn refusal(self) -> (u16, String, Vec<String>) {
        let status = self.status();
        let body = self.json().await;
        assert_eq!(body["success"], false);
        assert_eq!(body["statusCode"], status);
        let fields = body["errors"].as_array().into_iter().flatten();
        let names = fields.map(|field| field["field"].as_str().unwrap().to_owned()).collect();
        (status, body["code"].as_str().unwrap().to_owned(), names)
    }
}

async fn call_with(ports: Ports, set: &[(&str, &str)], request: TestRequest) -> Reply {
    let settings = Settings::from_env(&Env::of(set.iter().copied())).unwrap();
    let state = web::Data::new(AppState::wire(ports, Limits::new(&settings.limits)));
    let ids = web::Data::new(RequestIds::new("test".to_owned()));
    let app = init_service(super::app(state, ids, &settings.http)).await;
    Reply { response: call_service(&app, request.to_request()).await }
}

async fn call(request: TestRequest) -> Reply {
    call_with(ports(), &[], request).await
}

fn request(method: Method, path: &str) -> TestRequest {
    TestRequest::default().method(method).uri(path)
}

fn signed_in(method: Method, path: &str) -> TestRequest {
    request(method, path).insert_header(("authorization", "Bearer good"))
}

fn body(request: TestRequest, text: impl Into<web::Bytes>) -> TestRequest {
    request.insert_header(("content-type", "application/json")).set_payload(text)
}

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
    let document = super::docs::document().unwrap();
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
    let document = super::docs::document().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http");
    let mut routed = 0;
    for file in ["auth", "users", "conversations", "participants", "messages", "health"] {
        let source = std::fs::read_to_string(format!("{folder}/{file}.rs")).unwrap();
        for call in source.split("resource(").skip(1) {
            let path = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap();
            let base = if file == "health" { "" } else { super::BASE };
            assert!(document["paths"].get(format!("{base}{path}")).is_some(), "{base}{path}");
            routed += 1;
        }
    }
    assert_eq!(routed, document["paths"].as_object().unwrap().len());
}
