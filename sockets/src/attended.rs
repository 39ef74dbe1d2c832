//! Who is being served on an HTTP connection, and since when nobody is. actix-http waits so long for the head of the
//! first request and no longer; that of another one may begin and never end.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::Request;
use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_service::{Service, ServiceFactory};
use actix_web::Error;
use actix_web::dev::ServiceResponse;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::counted::{HttpConnection, present};
use crate::upgrade::SharedApp;

/// How long nobody has been served.
pub(crate) struct Attendance {
    /// So long that may be.
    patience: Duration,
    requests: Cell<u32>,
    /// Since the end of a request; `None` until there was one.
    idle_since: Cell<Option<Instant>>,
    alarm: RefCell<Option<Pin<Box<Sleep>>>>,
}

impl Attendance {
    pub fn new(patience: Duration) -> Self {
        Self { patience, requests: Cell::default(), idle_since: Cell::default(), alarm: RefCell::default() }
    }

    /// Ready once nobody has been served for too long.
    pub fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(since) = self.idle_since.get() else { return Poll::Pending };
        let due = since + self.patience;
        let mut alarm = self.alarm.borrow_mut();
        let alarm = alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        while alarm.as_mut().poll(cx).is_ready() {
            // It was set for the end of an earlier request.
            if alarm.deadline() >= due {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    fn begin(&self) {
        self.requests.set(self.requests.get() + 1);
        self.idle_since.set(None);
    }

    fn end(&self) {
        self.requests.set(self.requests.get() - 1);
        if self.requests.get() == 0 {
            self.idle_since.set(Some(Instant::now()));
        }
    }
}

/// A request is being served, until this is dropped.
pub(crate) struct Serving(Rc<HttpConnection>);

impl Serving {
    /// On the connection that the present task serves.
    pub fn begin() -> Option<Self> {
        let connection = present()?;
        connection.attendance.begin();
        Some(Self(connection))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.attendance.end();
    }
}

/// The app, for requests that are no upgrades.
pub(crate) struct Attended<A>(pub A);

impl<F, B> ServiceFactory<Request> for Attended<SharedApp<F>>
where
    B: MessageBody + 'static,
    F: ServiceFactory<Request, Config = (), Response = ServiceResponse<B>, Error = Error> + 'static,
    F::Service: 'static,
{
    type Response = ServiceResponse<AttendedBody>;
    type Error = Error;
    type Config = ();
    type InitError = F::InitError;
    type Service = Attended<Rc<F::Service>>;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let app = self.0.new_service(());
        Box::pin(async { Ok(Attended(app.await?)) })
    }
}

impl<S, B> Service<Request> for Attended<Rc<S>>
where
    B: MessageBody + 'static,
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
{
    type Response = ServiceResponse<AttendedBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&self, request: Request) -> Self::Future {
        let serving = Serving::begin();
        let answer = self.0.call(request);
        Box::pin(async { Ok(answer.await?.map_body(|_, body| AttendedBody { body: body.boxed(), serving })) })
    }
}

/// A body that is taken before the request is served.
pub(crate) struct AttendedBody {
    body: BoxBody,
    serving: Option<Serving>,
}

impl MessageBody for AttendedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, serving } = self;
        body.try_into_bytes().map_err(|body| Self { body, serving })
    }
}
