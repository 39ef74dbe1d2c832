//! Where connections come in.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Caller;
use application::auth::AuthError;

use super::connection::Client;
use super::{EVENTS, Gateway};

/// The subprotocol that a client names to speak the `events` dialect.
const EVENTS_PROTOCOL: &str = "events";

/// The routes of the gateway, on which requests become sockets.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/ws", web::get().to(events));
}

async fn events(
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
) -> actix_web::Result<HttpResponse> {
    let gateway = gateway.into_inner();
    let caller = caller(&request, &gateway).await;
    let client = Client::new(Arc::clone(&gateway), EVENTS, caller);
    sockets::upgrade(&request, payload, &[EVENTS_PROTOCOL], Arc::clone(&gateway.options), client)
}

/// Who connects: by header, or by the second entry of the subprotocol list, which is all that a browser can set. A
/// token in the query is not looked at: addresses end up in logs.
async fn caller(request: &HttpRequest, gateway: &Gateway) -> Result<Caller, AuthError> {
    let token = bearer(request).or_else(|| offered(request)).ok_or(AuthError::Unauthenticated)?;
    gateway.state.authenticate.execute(token).await
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn offered(request: &HttpRequest) -> Option<&str> {
    let list = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    list.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim).nth(1)
}
