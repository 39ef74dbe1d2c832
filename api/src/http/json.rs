//! Bodies.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

use super::failure::Told;
use crate::input::{self, Request, Unreadable};

/// How much is read of a body.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The largest, in bytes.
    pub bytes: usize,
    /// So long it may take.
    pub time: Duration,
}

/// A JSON body, read into the command that it comes to.
pub struct Json<R: Request>(pub R::Command);

impl<R: Request + 'static> FromRequest for Json<R> {
    type Error = Told;
    type Future = LocalBoxFuture<'static, Result<Self, Told>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = admit(request);
        let payload = payload.take();
        Box::pin(async move {
            let BodyLimits { bytes, time } = admitted?;
            let body = timeout(time, read(payload, bytes)).await.map_err(|_| Unreadable::Malformed)??;
            Ok(Self(input::from_slice::<R>(&body)?))
        })
    }
}

/// What can be refused by the headers alone; otherwise how much may be read.
fn admit(request: &HttpRequest) -> Result<BodyLimits, Told> {
    let set = request.app_data::<web::Data<BodyLimits>>();
    let limits = set.map_or(BodyLimits { bytes: 0, time: Duration::ZERO }, |data| *data.get_ref());
    let headers = request.headers();
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limits.bytes)) {
        return Err(Told::too_large());
    }
    if is_plain_json(headers) { Ok(limits) } else { Err(Told::unsupported()) }
}

fn is_plain_json(headers: &HeaderMap) -> bool {
    let encoded = headers.get_all(header::CONTENT_ENCODING).any(|encoding| encoding != "identity");
    let Some(Ok(kind)) = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str()) else { return false };
    let mut parts = kind.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let mut charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(key, _)| key.eq_ignore_ascii_case("charset"));
    !encoded && json && charsets.all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

async fn read(mut payload: Payload, most: usize) -> Result<BytesMut, Told> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Unreadable::Malformed)?;
        if body.len() + chunk.len() > most {
            return Err(Told::too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use futures_util::stream;

    use super::*;
    use crate::dto::RefreshDto;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let request = TestRequest::post()
            .app_data(web::Data::new(BodyLimits { bytes: 1024, time: Duration::from_secs(30) }))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .to_http_request();
        let begun = stream::once(async { Ok(web::Bytes::from_static(b"{")) }).chain(stream::pending());
        let told = Json::<RefreshDto>::from_request(&request, &mut Payload::Stream { payload: Box::pin(begun) }).await;
        assert_eq!(told.err().map(|told| told.problem.code), Some("MALFORMED_JSON"));
    }
}
