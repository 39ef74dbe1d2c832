//! Answers, in the envelope that all of them come in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use bytes::Bytes;
use domain::{Limit, Page};
use serde::Serialize;
use utoipa::ToSchema;

use super::failure::Told;
use crate::problem::Problem;

/// What a controller answers: a response, or a failure for the client.
pub type Answer = Result<HttpResponse, Told>;

/// A success.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// The status of the response.
    #[schema(example = 200)]
    pub status_code: u16,
    /// What was asked for.
    pub data: T,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed<T> {
    /// Always `true`.
    #[schema(example = true)]
    pub success: bool,
    /// The status of the response.
    #[schema(example = 200)]
    pub status_code: u16,
    /// The page.
    pub data: T,
    /// How it goes on.
    pub pagination: Pagination,
}

/// How a list goes on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The most rows of this page.
    #[schema(minimum = 1, maximum = 100, example = 50)]
    pub limit: usize,
    /// Where the next page starts; `null` on the last one. It is opaque.
    #[schema(example = json!(null))]
    pub next_cursor: Option<String>,
    /// Whether more follow.
    #[schema(example = false)]
    pub has_more: bool,
}

impl<T> Listed<T> {
    /// Rows and how they go on.
    pub fn new(data: T, pagination: Pagination) -> Self {
        Self { success: true, status_code: 200, data, pagination }
    }
}

impl Pagination {
    /// After a page whose last row is at `last`.
    pub fn after(limit: Limit, has_more: bool, last: Option<String>) -> Self {
        Self { limit: limit.rows(), next_cursor: last.filter(|_| has_more), has_more }
    }
}

/// 200 with what was asked for.
pub fn ok<T: Serialize>(data: impl Into<T>) -> Answer {
    success::<T>(StatusCode::OK, data.into())
}

/// 201 with what was made.
pub fn created<T: Serialize>(data: impl Into<T>) -> Answer {
    success::<T>(StatusCode::CREATED, data.into())
}

/// 201 if it was made just now, 200 if it was there.
pub fn made<T: Serialize>(is_new: bool, data: impl Into<T>) -> Answer {
    if is_new { created::<T>(data) } else { ok::<T>(data) }
}

/// 204.
#[expect(clippy::unnecessary_wraps, reason = "it stands where the other answers stand")]
pub fn nothing() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

/// 200 with a page; `cursor` makes a cursor of its last row.
pub fn page<T: Serialize, R: Into<T>>(page: Page<R>, limit: Limit, cursor: impl FnOnce(&R) -> String) -> Answer {
    let last = page.items.last().map(cursor);
    let pagination = Pagination::after(limit, page.has_more, last);
    listed(page.items.into_iter().map(Into::<T>::into).collect::<Vec<T>>(), pagination)
}

/// 200 with rows and how they go on.
#[expect(clippy::unnecessary_wraps, reason = "it stands where the other answers stand")]
pub fn listed<T: Serialize>(data: T, pagination: Pagination) -> Answer {
    Ok(HttpResponse::Ok().json(Listed::new(data, pagination)))
}

/// A body, to be kept and answered by [`encoded`].
pub fn encode(body: &impl Serialize) -> Result<Bytes, Told> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| Problem::internal(error.to_string()).into())
}

/// 200 with a body that is JSON already.
#[expect(clippy::unnecessary_wraps, reason = "it stands where the other answers stand")]
pub fn encoded(body: Bytes) -> Answer {
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(body))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where the other answers stand")]
fn success<T: Serialize>(status: StatusCode, data: T) -> Answer {
    Ok(HttpResponse::build(status).json(Envelope { success: true, status_code: status.as_u16(), data }))
}
