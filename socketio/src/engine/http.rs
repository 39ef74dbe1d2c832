//! The HTTP side: what a request is, where its session lives, and what it is answered.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, UPGRADE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::Serialize;
use sockets::Worker;
use tokio::sync::oneshot;

use super::session::Session;
use super::sid::Sid;
use super::transport::Transport;
use super::websocket::WebSocket;
use super::{Engine, Head, Shared, body};
use crate::Origins;

/// What a session answers to a request.
#[derive(Debug)]
pub(super) enum Reply {
    /// Packets, to a poll.
    Body(Bytes),
    /// What was posted is taken.
    Done,
    Refused(Fault),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    TransportUnknown,
    SessionUnknown,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
    TooLarge,
    TooSlow,
    Unavailable,
    /// And after how long it may not be.
    TooOften(Duration),
}

impl Fault {
    fn parts(self) -> (StatusCode, u8, &'static str) {
        match self {
            Self::TransportUnknown => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::SessionUnknown => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden"),
            Self::UnsupportedVersion => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, 3, "Request timeout"),
            Self::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, 3, "Too many requests"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 3, "Service unavailable"),
        }
    }

    fn response(self) -> HttpResponse {
        #[derive(Serialize)]
        struct Body {
            code: u8,
            message: &'static str,
        }
        let (status, code, message) = self.parts();
        let mut response = HttpResponse::build(status);
        if let Self::TooOften(wait) = self {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.insert_header((RETRY_AFTER, seconds.max(1)));
        }
        response.json(Body { code, message })
    }
}

impl Reply {
    fn response(self) -> HttpResponse {
        let body = match self {
            Self::Body(body) => body,
            Self::Done => Bytes::from_static(b"ok"),
            Self::Refused(fault) => return fault.response(),
        };
        HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=UTF-8")).body(body)
    }
}

/// What a request's query says.
#[derive(Default)]
struct Query {
    eio: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

impl Query {
    /// The values that matter need no decoding; what is encoded is none of them.
    fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let slot = match name {
                "EIO" => &mut read.eio,
                "transport" => &mut read.transport,
                "sid" => &mut read.sid,
                _ => continue,
            };
            slot.get_or_insert_with(|| value.to_owned());
        }
        read
    }
}

impl Engine {
    /// Answers a request at the engine's path.
    pub(super) async fn serve(&self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        let origins = &self.0.options.origins;
        if !origins.admit(&request) {
            return Fault::Forbidden.response();
        }
        let mut response = match Origins::preflight(&request) {
            Some(response) => response,
            None => self.dispatch(&request, payload).await.unwrap_or_else(Fault::response),
        };
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            origins.mark(&request, response.headers_mut());
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }

    async fn dispatch(&self, request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse, Fault> {
        let (query, served) = (Query::read(request.query_string()), self.0.options.transports);
        let upgrades =
            request.headers().get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
        let websocket = match query.transport.as_deref() {
            Some("polling") if served.polling => false,
            Some("websocket") if served.websocket => true,
            _ => return Err(Fault::TransportUnknown),
        };
        if query.sid.is_none() && request.method() != Method::GET {
            return Err(Fault::BadMethod);
        }
        if websocket != upgrades {
            return Err(Fault::BadRequest);
        }
        if query.sid.is_none() && query.eio.as_deref() != Some("4") {
            return Err(Fault::UnsupportedVersion);
        }
        let session = |sid: &str| Sid::parse(sid).ok_or(Fault::SessionUnknown);
        match (query.sid, websocket) {
            (None, websocket) => {
                self.0.service.admit(request).map_err(Fault::TooOften)?;
                if websocket { self.open_websocket(request, payload) } else { self.open_polling(request) }
            }
            (Some(sid), true) => self.take_over(request, payload, session(&sid)?).await,
            (Some(sid), false) if request.method() == Method::GET => self.poll(request, session(&sid)?).await,
            (Some(sid), false) if request.method() == Method::POST => self.post(request, payload, session(&sid)?).await,
            (Some(_), false) => Err(Fault::BadMethod),
        }
    }

    fn open_polling(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let opened = Session::open(&self.0, Rc::new(Head::of(request)), Transport::Polling(Box::default()));
        let (_, handshake) = opened.ok_or(Fault::Unavailable)?;
        Ok(Reply::Body(handshake.payload()).response())
    }

    fn open_websocket(&self, request: &HttpRequest, payload: web::Payload) -> Result<HttpResponse, Fault> {
        let handler = WebSocket::begin(Arc::clone(&self.0), Rc::new(Head::of(request)));
        sockets::upgrade(request, payload, &[], Arc::clone(&self.0.websocket), handler).map_err(|_| Fault::BadRequest)
    }

    /// A WebSocket for a session that is polled goes to live where that does.
    async fn take_over(&self, request: &HttpRequest, payload: web::Payload, sid: Sid) -> Result<HttpResponse, Fault> {
        // That it is there, and may be used, is all that can be known before it has come there.
        let there = self.ask(request, sid, |_, reply| {
            // Who asked may be gone.
            let _ = reply.send(Reply::Done);
        });
        if let Reply::Refused(fault) = there.await {
            return Err(fault);
        }
        let (engine, options) = (Arc::clone(&self.0), Arc::clone(&self.0.websocket));
        let make = move || Rc::new(WebSocket::take_over(engine, sid)) as _;
        sockets::upgrade_on(&self.0.workers, sid.worker(), request, payload, options, make)
            .map_err(|_| Fault::BadRequest)
    }

    async fn poll(&self, request: &HttpRequest, sid: Sid) -> Result<HttpResponse, Fault> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let mut waiting = Waiting { engine: Arc::clone(&self.0), sid: Some(sid), number };
        let reply = self.ask(request, sid, move |session, reply| session.poll(number, reply)).await;
        waiting.sid = None;
        Ok(reply.response())
    }

    async fn post(&self, request: &HttpRequest, payload: web::Payload, sid: Sid) -> Result<HttpResponse, Fault> {
        let body = match body::read(request, payload, &self.0.options).await {
            Ok(body) => body,
            Err((fault, unread)) => return Ok(unread.with(fault.response())),
        };
        Ok(self.ask(request, sid, move |session, reply| session.post(body, reply)).await.response())
    }

    /// Asks a session, wherever it lives.
    async fn ask(
        &self,
        request: &HttpRequest,
        sid: Sid,
        job: impl FnOnce(&Rc<Session>, oneshot::Sender<Reply>) + Send + 'static,
    ) -> Reply {
        let (reply, answer) = oneshot::channel();
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        let engine = Arc::clone(&self.0);
        run_on(&self.0, sid.worker(), move || {
            let refused = match Session::find(sid, &engine) {
                Some(session) if session.admits(authorization.as_ref()) => return job(&session, reply),
                Some(_) => Fault::BadRequest,
                None => Fault::SessionUnknown,
            };
            // Who asked may be gone.
            let _ = reply.send(Reply::Refused(refused));
        });
        // The session may end without an answer.
        answer.await.unwrap_or(Reply::Refused(Fault::SessionUnknown))
    }
}

/// Runs a job on a worker: at once if it is this one.
fn run_on(engine: &Shared, worker: usize, job: impl FnOnce() + Send + 'static) {
    if Worker::here().is_some_and(|here| here.index() == worker) {
        job();
    } else {
        engine.workers.run(worker, job);
    }
}

/// A poll that waits. If its client goes away, the session is told.
struct Waiting {
    engine: Arc<Shared>,
    sid: Option<Sid>,
    number: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(sid) = self.sid else { return };
        let (engine, number) = (Arc::clone(&self.engine), self.number);
        run_on(&self.engine, sid.worker(), move || {
            if let Some(session) = Session::find(sid, &engine) {
                session.cancel_poll(number);
            }
        });
    }
}
