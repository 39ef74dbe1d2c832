//! The REST door over mocks: what it refuses before any use case, and how it answers.

mod answers;
mod documents;
mod pages;
mod requests;

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
use crate::pages::Pages;
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
        policy: SessionPolicy {
            idle: Duration::from_mins(1),
            absolute: Duration::from_mins(1),
            reuse_grace: Duration::ZERO,
        },
        max_message_characters: 4000,
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

fn state(ports: Ports, settings: &Settings) -> web::Data<AppState> {
    let pages = Pages::new(settings.http.history_cache_bytes);
    web::Data::new(AppState::wire(ports, Limits::new(&settings.limits), pages))
}

fn ids() -> web::Data<RequestIds> {
    web::Data::new(RequestIds::new("test".to_owned()))
}

async fn call_with(ports: Ports, set: &[(&str, &str)], request: TestRequest) -> Reply {
    let settings = Settings::from_env(&Env::of(set.iter().copied())).unwrap();
    let app = init_service(super::app(state(ports, &settings), ids(), &settings.http)).await;
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
