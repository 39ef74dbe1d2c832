//! A connection is counted by the server from its first byte to its last, though it changes its nature in between: the
//! socket's task takes the place of the HTTP dispatcher's future.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_rt::net::TcpStream;
use actix_service::{Service, ServiceFactory, apply_fn_factory};
use futures_util::future::LocalBoxFuture;
use tokio::task::futures::TaskLocalFuture;

use crate::attended::Attendance;

/// The task of a socket.
pub type Task = LocalBoxFuture<'static, ()>;

/// An HTTP connection.
pub struct HttpConnection {
    /// Where the upgrade leaves the socket's task for the connection that it ends.
    socket: RefCell<Option<Task>>,
    pub attendance: Attendance,
}

tokio::task_local! {
    static CONNECTION: Rc<HttpConnection>;
}

/// Leaves the task of a socket to the HTTP connection that serves the present request.
pub fn hand_off(task: Task) {
    CONNECTION.with(|http| *http.socket.borrow_mut() = Some(task));
}

/// The HTTP connection that the present task is of.
pub fn present() -> Option<Rc<HttpConnection>> {
    CONNECTION.try_with(Rc::clone).ok()
}

/// Runs the socket's task after the HTTP dispatcher, in the same task of the server and so under the same count. An HTTP
/// connection ends on which nobody has been served for as long as `patience`.
pub fn keep_counted<S>(
    service: S,
    patience: Duration,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = S::Error, InitError = S::InitError>
where
    S: ServiceFactory<TcpStream, Config = (), Response = ()>,
    <S::Service as Service<TcpStream>>::Future: 'static,
{
    apply_fn_factory(service, move |io: TcpStream, service: &S::Service| {
        let connection = Rc::new(HttpConnection { socket: RefCell::default(), attendance: Attendance::new(patience) });
        Served::Http(Box::pin(CONNECTION.scope(Rc::clone(&connection), service.call(io))), connection)
    })
}

/// A connection from its first byte to its last. Small, since the server's task holds it as long as the socket lives:
/// the dispatcher's future, which is large, is gone by then.
enum Served<H> {
    Http(Pin<Box<TaskLocalFuture<Rc<HttpConnection>, H>>>, Rc<HttpConnection>),
    Socket(Task),
}

impl<H: Future<Output = Result<(), E>>, E> Future for Served<H> {
    type Output = H::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this {
                Self::Http(http, connection) => {
                    let Poll::Ready(served) = http.as_mut().poll(cx) else {
                        return connection.attendance.poll_over(cx).map(Ok);
                    };
                    let socket = connection.socket.take();
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
