//! Where connections come in.

use std::sync::Arc;

use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Caller;
use application::auth::AuthError;
use socketio::Origins;

use super::connection::Client;
use super::dialect::Flavour;
use super::{AUTH, EVENTS, Gateway};
use crate::Problem;

/// The subprotocols that a client names first to speak a dialect, wherever it comes in.
const PROTOCOLS: [(&str, Flavour); 2] = [("events", EVENTS), ("auth", AUTH)];

/// The routes of the gateway, on which requests become sockets. Without an upgrade `/` is none of them.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/ws", web::get().to(|request, payload, gateway| connect(request, payload, gateway, EVENTS)));
    let at_root = web::get().to(|request, payload, gateway| connect(request, payload, gateway, AUTH));
    config.service(web::resource("/").guard(upgrades()).route(at_root));
}

/// Whether a request wants to become a socket.
fn upgrades() -> impl Guard {
    fn_guard(|context| {
        let asked = context.head().headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
        asked.is_some_and(|asked| asked.eq_ignore_ascii_case("websocket"))
    })
}

/// The path says which dialect is spoken, unless the client's list does: some clients choose nothing else.
async fn connect(
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    at_path: Flavour,
) -> actix_web::Result<HttpResponse> {
    let gateway = gateway.into_inner();
    if !admits(&gateway.socketio.origins, &request) {
        return Ok(HttpResponse::Forbidden().finish());
    }
    let named = offered(&request).next().and_then(|first| PROTOCOLS.into_iter().find(|(name, _)| *name == first));
    let (protocols, flavour) = named.map_or((None, at_path), |(name, flavour)| (Some(name), flavour));
    let from = gateway.locate(&request);
    let caller = match gateway.state.limits.handshake(from) {
        Ok(()) => caller(&request, &gateway).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let client = Client::new(Arc::clone(&gateway), flavour, caller, from);
    sockets::upgrade(&request, payload, protocols.as_slice(), Arc::clone(&gateway.options), client)
}

/// Whether the page that connects may. What is no page sends no origin.
fn admits(origins: &Origins, request: &HttpRequest) -> bool {
    match (origins, request.headers().get(header::ORIGIN)) {
        (Origins::Any, _) | (_, None) => true,
        (Origins::List(list), Some(origin)) => list.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
    }
}

/// Who connects: by header, or by the second entry of the subprotocol list, which is all that a browser can set. A
/// token in the query is not looked at: addresses end up in logs.
async fn caller(request: &HttpRequest, gateway: &Gateway) -> Result<Caller, AuthError> {
    let token = bearer(request).or_else(|| offered(request).nth(1)).ok_or(AuthError::Unauthenticated)?;
    gateway.state.authenticate.execute(token).await
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The client's subprotocol list.
fn offered(request: &HttpRequest) -> impl Iterator<Item = &str> {
    let list = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    list.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim)
}
