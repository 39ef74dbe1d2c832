//! What surrounds every request: its id, its line in the log, the envelope of failures, and headers for safety.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tracing::Instrument as _;

use super::failure::{ErrorDto, Told};
use crate::AppState;
use crate::dto::Time;
use crate::gateway::SOCKET_IO;

/// The header that carries a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What goes with every answer that says nothing else itself.
const DEFAULTS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Makes ids for requests whose clients sent none: unique in this process, and most likely everywhere.
pub struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that start with `prefix`, of `A-Za-z0-9._-`.
    pub fn new(prefix: String) -> Self {
        Self { prefix, next: AtomicU64::new(1) }
    }

    fn make(&self) -> String {
        format!("{}-{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn keep_or_make(&self, headers: &HeaderMap) -> String {
        let sane = |id: &&str| {
            let takes = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            (1..=128).contains(&id.len()) && id.bytes().all(takes)
        };
        let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
        given.map_or_else(|| self.make(), str::to_owned)
    }
}

/// The outermost middleware.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let started = Instant::now();
    let id = request
        .app_data::<web::Data<RequestIds>>()
        .map_or_else(|| "-".to_owned(), |ids| ids.keep_or_make(request.headers()));
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let span = tracing::info_span!("request", id = %id);
    let response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();

    let _entered = span.entered();
    let mut response = if is_failure(&response) && !is_explained(&path) { explain(response, &id) } else { response };
    add_headers(response.headers_mut(), &id);
    log(&method, &path, &response, started);
    Ok(response)
}

fn is_failure(response: &ServiceResponse) -> bool {
    let status = response.status();
    status.is_client_error() || status.is_server_error()
}

/// The Socket.IO door tells failures in the words of its protocol.
fn is_explained(path: &str) -> bool {
    path.strip_prefix(SOCKET_IO.trim_end_matches('/')).is_some_and(|rest| matches!(rest, "" | "/"))
}

/// Puts a failure into its envelope, and notes its cause. What actix and others answer on their own is explained by
/// its status.
fn explain(response: ServiceResponse, request_id: &str) -> ServiceResponse {
    let told = response.response().error().and_then(|error| error.as_error::<Told>()).cloned();
    let told = told.unwrap_or_else(|| Told::unexplained(response.status()));
    told.problem.log();
    let (request, response) = response.into_parts();
    let now = request.app_data::<web::Data<AppState>>().map(|state| state.clock.now());
    let timestamp = Time(now.unwrap_or(domain::Timestamp::from_millis(0)));
    let body = serde_json::to_vec(&ErrorDto::tell(&told, request.path(), request_id, timestamp)).unwrap_or_default();
    let mut response = response.set_body(BoxBody::new(body));
    *response.status_mut() = actix_web::ResponseError::status_code(&told);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ServiceResponse::new(request, response)
}

fn add_headers(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// One line per request. The query and the headers stay out of it: clients put secrets there.
fn log(method: &Method, path: &str, response: &ServiceResponse, started: Instant) {
    let status = response.status().as_u16();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let path = &path[..path.floor_char_boundary(256)];
    tracing::info!(%method, path, status, ms, "answered");
}
