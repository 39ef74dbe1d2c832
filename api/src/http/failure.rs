//! Failures, as HTTP tells them: the one place where kinds become statuses.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use domain::ErrorKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::{FieldErrorDto, Time};
use crate::problem::{Problem, code};

/// A problem on its way to an HTTP client. [`super::around`] puts it into the envelope, for it knows the request.
#[derive(Debug, Clone)]
pub struct Told {
    /// What is told.
    pub problem: Box<Problem>,
    /// What the path answers instead, where the method is wrong.
    allow: Option<HeaderValue>,
}

impl Told {
    /// Nothing is under that path.
    pub fn route_not_found() -> Self {
        Problem::new(ErrorKind::NotFound, code::ROUTE_NOT_FOUND, "There is nothing under this path.").into()
    }

    /// Something is, but not by that method.
    pub fn method_not_allowed(allow: HeaderValue) -> Self {
        let problem =
            Problem::new(ErrorKind::Invalid, code::METHOD_NOT_ALLOWED, "This path does not answer that method.");
        Self { problem: Box::new(problem), allow: Some(allow) }
    }

    /// The body is too large.
    pub fn too_large() -> Self {
        Problem::new(ErrorKind::TooLarge, code::PAYLOAD_TOO_LARGE, "The body is too large.").into()
    }

    /// The body is not of a type that is read here.
    pub fn unsupported() -> Self {
        let message = "The body must be application/json, neither compressed nor otherwise encoded.";
        Problem::new(ErrorKind::Invalid, code::UNSUPPORTED_MEDIA_TYPE, message).into()
    }

    /// What a response says that no controller made, judged by its status.
    pub fn unexplained(status: StatusCode) -> Self {
        match status {
            StatusCode::FORBIDDEN => {
                Problem::new(ErrorKind::Forbidden, code::FORBIDDEN, "Pages of that origin may not call.").into()
            }
            StatusCode::NOT_FOUND => Self::route_not_found(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported(),
            status if status.is_client_error() => Problem::invalid(Vec::new()).into(),
            status => Problem::internal(format!("answered {status} without saying why")).into(),
        }
    }
}

impl<P: Into<Problem>> From<P> for Told {
    fn from(problem: P) -> Self {
        Self { problem: Box::new(problem.into()), allow: None }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl ResponseError for Told {
    fn status_code(&self) -> StatusCode {
        status(&self.problem)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        let headers = response.headers_mut();
        match self.problem.kind {
            ErrorKind::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            ErrorKind::Unavailable | ErrorKind::RateLimited => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(self.problem.retry_after.unwrap_or(1)));
            }
            _ => {}
        }
        if let Some(allow) = &self.allow {
            headers.insert(header::ALLOW, allow.clone());
        }
        response
    }
}

fn status(problem: &Problem) -> StatusCode {
    match (problem.code, problem.kind) {
        (code::UNSUPPORTED_MEDIA_TYPE, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (code::METHOD_NOT_ALLOWED, _) => StatusCode::METHOD_NOT_ALLOWED,
        (_, ErrorKind::Invalid) => StatusCode::BAD_REQUEST,
        (_, ErrorKind::Unauthenticated) => StatusCode::UNAUTHORIZED,
        (_, ErrorKind::Forbidden) => StatusCode::FORBIDDEN,
        (_, ErrorKind::NotFound) => StatusCode::NOT_FOUND,
        (_, ErrorKind::Conflict) => StatusCode::CONFLICT,
        (_, ErrorKind::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        (_, ErrorKind::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
        (_, ErrorKind::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        (_, ErrorKind::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A failure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDto<'a> {
    /// Always `false`.
    #[schema(example = false)]
    pub success: bool,
    /// The status of the response.
    #[schema(example = 404)]
    pub status_code: u16,
    /// What went wrong, for programs: stable, and explained in `docs/errors.md`.
    #[schema(example = "CONVERSATION_NOT_FOUND")]
    pub code: &'a str,
    /// What went wrong, for people.
    #[schema(example = "There is no such conversation.")]
    pub message: &'a str,
    /// The fields at fault; there only where input broke a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub errors: Option<Vec<FieldErrorDto<'a>>>,
    /// When.
    pub timestamp: Time,
    /// The path that was called, without the query.
    #[schema(example = "/api/v1/conversations/0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f")]
    pub path: &'a str,
    /// The id of the request, as in the header `X-Request-Id`.
    #[schema(example = "k3v9x2-1f")]
    pub request_id: &'a str,
}

impl<'a> ErrorDto<'a> {
    /// The longest path that is repeated: an answer must not echo a request at length.
    const PATH: usize = 128;

    /// A problem, told to the request that met it.
    pub fn tell(told: &'a Told, path: &'a str, request_id: &'a str, timestamp: Time) -> Self {
        let Problem { code, message, fields, .. } = &*told.problem;
        Self {
            success: false,
            status_code: told.status_code().as_u16(),
            code,
            message,
            errors: (!fields.is_empty()).then(|| fields.iter().map(FieldErrorDto::from).collect()),
            timestamp,
            path: &path[..path.floor_char_boundary(Self::PATH)],
            request_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use application::conversations::ConversationError;
    use domain::conversation::Refusal;

    use super::*;

    #[test]
    fn kinds_become_statuses_once() {
        let told = |refusal| Told::from(ConversationError::from(refusal)).status_code().as_u16();
        assert_eq!(told(Refusal::NotFound), 404);
        assert_eq!(told(Refusal::NotParticipant), 403);
        assert_eq!(told(Refusal::Direct), 409);
        assert_eq!(Told::too_large().status_code().as_u16(), 413);
        assert_eq!(Told::unsupported().status_code().as_u16(), 415);
        assert_eq!(Told::unexplained(StatusCode::FORBIDDEN).status_code().as_u16(), 403);
        assert_eq!(Told::unexplained(StatusCode::BAD_GATEWAY).status_code().as_u16(), 500);
    }

    #[test]
    fn errors_are_there_for_validation_alone() {
        let told = Told::from(Problem::unauthenticated());
        let shown =
            serde_json::to_value(ErrorDto::tell(&told, "/x", "r", Time(domain::Timestamp::from_millis(0)))).unwrap();
        assert_eq!(shown.get("errors"), None);
        let long = "/ä".repeat(5000);
        let shown = ErrorDto::tell(&told, &long, "r", Time(domain::Timestamp::from_millis(0)));
        assert!(shown.path.len() <= 128);
    }
}
