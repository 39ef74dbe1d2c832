//! Which pages may connect, and what their browsers are told.

use actix_web::HttpRequest;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpResponse, http::Method};

use crate::Origins;

impl Origins {
    /// Whether a request may be served at all.
    pub(super) fn admit(&self, request: &HttpRequest) -> bool {
        match (self, request.headers().get(ORIGIN)) {
            (Self::Any, _) | (_, None) => true,
            (Self::List(list), Some(origin)) => list.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
        }
    }

    /// Lets the page that sent an admitted request read the answer.
    pub(super) fn mark(&self, request: &HttpRequest, headers: &mut HeaderMap) {
        let Some(origin) = request.headers().get(ORIGIN) else { return };
        match self {
            Self::Any => headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            Self::List(_) => {
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                headers.insert(VARY, HeaderValue::from_static("Origin"));
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone())
            }
        };
    }

    /// The answer to a browser that asks before it sends (Fetch, section 3.2), if it does.
    pub(super) fn preflight(request: &HttpRequest) -> Option<HttpResponse> {
        let asked = request.headers();
        if request.method() != Method::OPTIONS
            || !asked.contains_key(ORIGIN)
            || !asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = HttpResponse::NoContent().finish();
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        Some(response)
    }
}
