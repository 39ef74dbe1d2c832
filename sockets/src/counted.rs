//! A connection is counted by the server from its first byte to its last, though it changes its nature in between: the
//! socket's task takes the place of the HTTP dispatcher's future.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_rt::net::TcpStream;
use actix_service::{Service, ServiceFactory, apply_fn_factory};
use futures_util::future::LocalBoxFuture;
use tokio::task::futures::TaskLocalFuture;

/// The task of a socket.
pub type Task = LocalBoxFuture<'static, ()>;

/// Where the upgrade leaves the socket's task for the HTTP connection that it ends.
type Handoff = Rc<RefCell<Option<Task>>>;

tokio::task_local! {
    static HANDOFF: Handoff;
}

/// Leaves the task of a socket to the HTTP connection that serves the present request.
pub fn hand_off(task: Task) {
    HANDOFF.with(|slot| *slot.borrow_mut() = Some(task));
}

/// Runs the socket's task after the HTTP dispatcher, in the same task of the server and so under the same count.
pub fn keep_counted<S>(
    service: S,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = S::Error, InitError = S::InitError>
where
    S: ServiceFactory<TcpStream, Config = (), Response = ()>,
    <S::Service as Service<TcpStream>>::Future: 'static,
{
    apply_fn_factory(service, |io: TcpStream, service: &S::Service| {
        let handoff = Handoff::default();
        Served::Http(Box::pin(HANDOFF.scope(Rc::clone(&handoff), service.call(io))), handoff)
    })
}

/// A connection from its first byte to its last. Small, since the server's task holds it as long as the socket lives:
/// the dispatcher's future, which is large, is gone by then.
enum Served<H> {
    Http(Pin<Box<TaskLocalFuture<Handoff, H>>>, Handoff),
    Socket(Task),
}

impl<H: Future<Output = Result<(), E>>, E> Future for Served<H> {
    type Output = H::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this {
                Self::Http(http, handoff) => {
                    let served = ready!(http.as_mut().poll(cx));
                    let socket = handoff.take();
                    match socket {
                        Some(socket) => *this = Self::Socket(socket),
                        None => return Poll::Ready(served),
                    }
                }
                Self::Socket(socket) => return socket.as_mut().poll(cx).map(Ok),
            }
        }
    }
}
