//! From an HTTP request to a socket of our own.
//!
//! The request passes the same app as every other one. If the answer is the switch of protocols with a ticket, the
//! socket is taken out of the HTTP dispatcher, and [its task](crate::counted) takes the place of the dispatcher's future.

use std::cell::OnceCell;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_codec::{Framed, FramedParts};
use actix_http::body::{BodySize, MessageBody, to_bytes_limited};
use actix_http::{ConnectionType, Request, Response, StatusCode, h1};
use actix_rt::net::TcpStream;
use actix_service::{Service, ServiceFactory};
use actix_web::dev::ServiceResponse;
use actix_web::error::ErrorBadRequest;
use actix_web::http::Version;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use bytes::BytesMut;
use futures_util::future::LocalBoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio_util::codec::Encoder;

use crate::attended::Serving;
use crate::connection::{Handler, Inner};
use crate::counted::{Task, hand_off};
use crate::drive::Drive;
use crate::shard::Shard;
use crate::{Options, Workers};

/// The longest refusal that is sent.
const LONGEST_REFUSAL: usize = 64 * 1024;
/// What the kernel may hold for a client that does not read.
const SEND_BUFFER: usize = 128 * 1024;

/// What a handler decided: travels with the answer to where the socket is.
struct Ticket {
    home: Home,
    options: Arc<Options>,
}

/// Makes the handler, on the worker where it will live.
type Make = Box<dyn FnOnce() -> Rc<dyn Handler> + Send>;

enum Home {
    /// The worker that the request came to.
    Here(Rc<dyn Handler>),
    /// This worker.
    On(Workers, usize, Make),
}

/// Answers a WebSocket handshake (RFC 6455, section 4.2) and hands the connection to `handler`. The first subprotocol
/// that the client offers and `protocols` has is chosen.
///
/// # Errors
///
/// A request that is no valid handshake is refused by the returned error.
pub fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    protocols: &[&str],
    options: Arc<Options>,
    handler: impl Handler,
) -> Result<HttpResponse, Error> {
    switch(request, payload, protocols, Ticket { home: Home::Here(Rc::new(handler)), options })
}

/// As [`upgrade`], but the connection goes to live on a certain worker, and `make` makes its handler there. If there is
/// no such worker, the connection is closed once the handshake is answered.
///
/// # Errors
///
/// A request that is no valid handshake is refused by the returned error.
pub fn upgrade_on(
    workers: &Workers,
    worker: usize,
    request: &HttpRequest,
    payload: web::Payload,
    options: Arc<Options>,
    make: impl FnOnce() -> Rc<dyn Handler> + Send + 'static,
) -> Result<HttpResponse, Error> {
    let home = Home::On(workers.clone(), worker, Box::new(make));
    switch(request, payload, &[], Ticket { home, options })
}

fn switch(
    request: &HttpRequest,
    payload: web::Payload,
    protocols: &[&str],
    ticket: Ticket,
) -> Result<HttpResponse, Error> {
    if request.version() < Version::HTTP_11 {
        return Err(ErrorBadRequest("a handshake is HTTP/1.1 or later"));
    }
    let (mut response, ..) = actix_ws::handle_with_protocols(request, payload, protocols)?;
    response.extensions_mut().insert(ticket);
    Ok(response)
}

/// One app for each worker, shared by plain requests and upgrades.
pub(crate) struct SharedApp<F: ServiceFactory<Request>> {
    factory: Rc<F>,
    service: Rc<OnceCell<Rc<F::Service>>>,
}

impl<F: ServiceFactory<Request>> SharedApp<F> {
    pub fn new(factory: F) -> Self {
        Self { factory: Rc::new(factory), service: Rc::default() }
    }
}

impl<F: ServiceFactory<Request>> Clone for SharedApp<F> {
    fn clone(&self) -> Self {
        Self { factory: Rc::clone(&self.factory), service: Rc::clone(&self.service) }
    }
}

impl<F> ServiceFactory<Request> for SharedApp<F>
where
    F: ServiceFactory<Request, Config = ()> + 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type InitError = F::InitError;
    type Service = Rc<F::Service>;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            if let Some(service) = this.service.get() {
                return Ok(Rc::clone(service));
            }
            let made = Rc::new(this.factory.new_service(()).await?);
            Ok(Rc::clone(this.service.get_or_init(|| made)))
        })
    }
}

/// The upgrade service: asks the app, then takes the socket.
pub(crate) struct Gateway<A> {
    pub app: A,
    pub shard: Rc<Shard>,
    /// So long the answer may take to be made, and to be written.
    pub handshake: Duration,
}

impl<F, B> ServiceFactory<(Request, Framed<TcpStream, h1::Codec>)> for Gateway<SharedApp<F>>
where
    B: MessageBody + 'static,
    F::InitError: Debug,
    F: ServiceFactory<Request, Config = (), Response = ServiceResponse<B>, Error = Error> + 'static,
{
    type Response = ();
    type Error = Error;
    type Config = ();
    type InitError = F::InitError;
    type Service = Gateway<Rc<F::Service>>;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (app, shard, handshake) = (self.app.new_service(()), Rc::clone(&self.shard), self.handshake);
        Box::pin(async move { Ok(Gateway { app: app.await?, shard, handshake }) })
    }
}

impl<A, B> Service<(Request, Framed<TcpStream, h1::Codec>)> for Gateway<Rc<A>>
where
    B: MessageBody + 'static,
    A: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
{
    type Response = ();
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<(), Error>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&self, (request, framed): (Request, Framed<TcpStream, h1::Codec>)) -> Self::Future {
        let (app, shard, handshake) = (Rc::clone(&self.app), Rc::clone(&self.shard), self.handshake);
        let serving = Serving::begin();
        Box::pin(async move {
            let _serving = serving;
            let mut answer = within(handshake, app.call(request)).await??;
            let ticket = answer.response_mut().extensions_mut().remove::<Ticket>();
            let switches = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
            let response = Response::<B>::from(answer);
            match ticket {
                Some(ticket) if switches => take(response, framed.into_parts(), ticket, shard, handshake).await,
                _ => refuse(response, framed, handshake).await,
            }
        })
    }
}

/// Sends an answer that is not the switch, and closes: the request's body was never looked at.
async fn refuse<B: MessageBody>(
    mut response: Response<B>,
    framed: Framed<TcpStream, h1::Codec>,
    time: Duration,
) -> Result<(), Error> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        // Something between the handler and here replaced the answer: there is nobody to take the socket.
        response.head_mut().status = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response.head_mut().set_connection_type(ConnectionType::Close);
    let (response, body) = response.into_parts();
    let body = to_bytes_limited(body, LONGEST_REFUSAL).await.ok().and_then(Result::ok).unwrap_or_default();
    if let Ok(sent) = within(time, h1::SendResponse::new(framed, response.set_body(body))).await?
        && let Ok(closed) = within(time, async move { sent.into_parts().io.shutdown().await }).await
    {
        closed?;
    }
    Ok(())
}

async fn take<B>(
    response: Response<B>,
    mut parts: FramedParts<TcpStream, h1::Codec>,
    ticket: Ticket,
    shard: Rc<Shard>,
    time: Duration,
) -> Result<(), Error> {
    // The buffer may hold answers to requests that were pipelined before this one.
    parts.codec.encode(h1::Message::Item((response.drop_body(), BodySize::None)), &mut parts.write_buf)?;
    within(time, async {
        parts.io.write_all(&parts.write_buf).await?;
        parts.io.flush().await
    })
    .await??;
    let _ = socket2::SockRef::from(&parts.io).set_send_buffer_size(SEND_BUFFER);
    // A copy, so that the dispatcher's two large buffers are let go.
    let early = BytesMut::from(&parts.read_buf[..]);
    let Ticket { home, options } = ticket;
    let task: Task = match home {
        Home::Here(handler) => Box::pin(drive(shard, parts.io, handler, options, &early)),
        Home::On(_, worker, make) if worker == shard.index() => {
            Box::pin(drive(shard, parts.io, make(), options, &early))
        }
        Home::On(workers, worker, make) => {
            let ended = send_home(&workers, worker, make, parts.io.into_std()?, options, early);
            // The server goes on counting the connection here.
            Box::pin(async move {
                let _ = ended.await;
            })
        }
    };
    hand_off(task);
    Ok(())
}

fn drive(shard: Rc<Shard>, io: TcpStream, handler: Rc<dyn Handler>, options: Arc<Options>, early: &[u8]) -> Drive {
    let inner = shard.register(|id| Inner::new(id, io, handler, options));
    Drive::new(shard, inner, early)
}

/// Has a connection driven by another worker. The receiver hears, by an error, that it has ended.
fn send_home(
    workers: &Workers,
    worker: usize,
    make: Make,
    io: std::net::TcpStream,
    options: Arc<Options>,
    early: BytesMut,
) -> oneshot::Receiver<()> {
    let (ending, ended) = oneshot::channel::<()>();
    workers.run(worker, move || {
        let Some(shard) = Shard::here() else { return };
        match TcpStream::from_std(io) {
            Ok(io) => {
                // Nobody is told of an end but by this being dropped, however the task ends.
                let task = async move { drive(shard, io, make(), options, &early).await };
                actix_rt::spawn(async move {
                    let _ending = ending;
                    task.await;
                });
            }
            Err(error) => tracing::warn!(%error, "a connection could not be handed over"),
        }
    });
    ended
}

async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Result<T, Error> {
    tokio::time::timeout(time, future).await.map_err(|late| io::Error::from(late).into())
}
