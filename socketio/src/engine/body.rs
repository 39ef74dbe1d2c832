//! The bodies of POSTs.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::http::Fault;
use crate::Options;

/// Reads a body, if it is not too long and does not take too long. What announces too much is not read at all.
pub(super) async fn read(
    request: &HttpRequest,
    mut payload: web::Payload,
    options: &Options,
) -> Result<Bytes, (Fault, Unread)> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > options.max_payload)) {
        return Err((Fault::TooLarge, Unread(payload)));
    }
    let body = tokio::time::timeout(options.body_timeout, collect(&mut payload, options.max_payload)).await;
    body.unwrap_or(Err(Fault::TooSlow)).map_err(|fault| (fault, Unread(payload)))
}

async fn collect(payload: &mut web::Payload, at_most: usize) -> Result<Bytes, Fault> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Fault::BadRequest)?;
        if body.len() + chunk.len() > at_most {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What was not read of a request. As long as the answer has it, the HTTP machinery closes the connection behind the
/// answer; without it, the rest of a chunked body would be awaited, for ever if it never ends.
pub(super) struct Unread(#[expect(dead_code, reason = "that it is there is what counts")] web::Payload);

impl Unread {
    pub fn with(self, response: HttpResponse) -> HttpResponse {
        response.map_body(|_, body| match body.try_into_bytes() {
            Ok(body) => BoxBody::new(Refusal { body: Some(body), _unread: self }),
            Err(body) => body,
        })
    }
}

struct Refusal {
    body: Option<Bytes>,
    _unread: Unread,
}

impl MessageBody for Refusal {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.body.as_ref().map_or(BodySize::Sized(0), |body| BodySize::Sized(body.len() as u64))
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.get_mut().body.take().map(Ok))
    }
}
