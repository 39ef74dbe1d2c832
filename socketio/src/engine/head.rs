//! The request that a session began with, kept small: it lasts as long as the session.

use std::net::SocketAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The request that a session began with.
#[derive(Debug)]
pub struct Head {
    /// `name:value` and a line feed for each header, and then the query. A map of them takes several times the room.
    text: Box<[u8]>,
    /// Where the query begins.
    query: usize,
    /// Where it came from: the client, or the proxy before it.
    pub peer: Option<SocketAddr>,
}

impl Head {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let parts = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 2;
        let query = request.headers().iter().map(parts).sum();
        let mut text = Vec::with_capacity(query + request.query_string().len());
        for (name, value) in request.headers() {
            for part in [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"] {
                text.extend_from_slice(part);
            }
        }
        text.extend_from_slice(request.query_string().as_bytes());
        Self { text: text.into(), query, peer: request.peer_addr() }
    }

    /// Its query, as it came.
    pub fn query(&self) -> &str {
        std::str::from_utf8(&self.text[self.query..]).unwrap_or_default()
    }

    /// The first header of that name.
    pub fn header(&self, name: &HeaderName) -> Option<HeaderValue> {
        let (_, value) = self.fields().find(|(known, _)| *known == name.as_str().as_bytes())?;
        HeaderValue::from_bytes(value).ok()
    }

    /// All headers, as a map that is made anew each time.
    pub fn headers(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in self.fields() {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                map.append(name, value);
            }
        }
        map
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.text[..self.query].split(|byte| *byte == b'\n').filter_map(|line| {
            let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
            Some((name, &value[1..]))
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{AUTHORIZATION, COOKIE, HOST};
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn headers_are_as_they_came() {
        let request = TestRequest::with_uri("/socket.io/?EIO=4")
            .append_header(("Cookie", "a=1"))
            .append_header(("Cookie", "b=2:3"))
            .append_header(("X-Empty", ""))
            .append_header(("Authorization", HeaderValue::from_bytes(b"Bearer \xff:x").unwrap()))
            .to_http_request();
        let head = Head::of(&request);
        assert_eq!(head.query(), "EIO=4");
        assert_eq!(head.header(&COOKIE).unwrap(), "a=1");
        assert_eq!(head.header(&AUTHORIZATION).unwrap().as_bytes(), b"Bearer \xff:x");
        assert_eq!(head.header(&HOST), None);
        let cookies: Vec<_> = head.headers().get_all(COOKIE).cloned().collect();
        assert_eq!(cookies, ["a=1", "b=2:3"]);
        assert_eq!(head.headers().get("x-empty").unwrap(), "");
    }
}
