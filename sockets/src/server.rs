//! The server around it all.

use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::{HttpService, Request};
use actix_rt::net::TcpStream;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactory, map_config};
use actix_web::Error;
use actix_web::dev::{AppConfig, ServiceResponse};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::attended::Attended;
use crate::counted::keep_counted;
use crate::upgrade::{Gateway, SharedApp};
use crate::{ServerOptions, Workers};

/// How many connections may wait to be accepted: a storm of reconnects must not meet SYN retries.
const BACKLOG: i32 = 2048;
const DISCONNECT: Duration = Duration::from_secs(1);

/// Listens on an address; port 0 takes a free one.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Serves an actix-web app, whose handlers may [`upgrade`](crate::upgrade()) requests to sockets. The future ends when
/// the server has stopped, gracefully or not; its handle stops it.
pub fn serve<F, I, S, B>(
    listener: TcpListener,
    options: &ServerOptions,
    workers: &Workers,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: Debug,
    B: MessageBody + 'static,
{
    let mut builder = Server::build()
        .workers(workers.count())
        .max_concurrent_connections(options.max_connections)
        .shutdown_timeout(options.grace.as_secs().max(1));
    if !options.handle_signals {
        builder = builder.disable_signals();
    }
    let stopping = builder.graceful_shutdown_signal();
    let (workers, options) = (workers.clone(), options.clone());
    let server = builder.listen("http", listener, move || {
        let shard = workers.start_here(options.sweep);
        let (stop, closing) = (stopping.clone(), Rc::clone(&shard));
        actix_rt::spawn(async move {
            stop.notified().await;
            closing.stop();
        });
        let (stopping, handshake) = (stopping.clone(), options.handshake);
        let (user_timeout, keepalive) = (options.tcp_user_timeout, options.tcp_keepalive);
        let app = SharedApp::new(map_config(app().into_factory(), |()| AppConfig::default()));
        keep_counted(
            HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .client_request_timeout(options.request_head)
                .client_disconnect_timeout(DISCONNECT)
                .keep_alive(options.keep_alive)
                .h1_allow_half_closed(false)
                .tcp_nodelay(true)
                .on_connect_ext(move |io: &TcpStream, _| watch_over(io, user_timeout, keepalive))
                .upgrade(Gateway { app: app.clone(), shard, handshake })
                .finish(Attended(app))
                .tcp(),
            options.keep_alive + options.request_head + options.tcp_user_timeout,
        )
    })?;
    Ok(server.run())
}

/// Lets the kernel find out about clients that have vanished. Where it cannot, the sweeper still does.
fn watch_over(io: &TcpStream, user_timeout: Duration, keepalive: Duration) {
    let socket = SockRef::from(io);
    let keepalive = TcpKeepalive::new().with_time(keepalive).with_interval((keepalive / 3).max(Duration::from_secs(1)));
    let _ = socket.set_tcp_keepalive(&keepalive);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(user_timeout));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[actix_rt::test]
    async fn the_kernel_watches_over_a_connection_for_as_long_as_it_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let io = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        watch_over(&io, Duration::from_secs(7), Duration::from_secs(12));
        let socket = SockRef::from(&io);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(7)));
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(12));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(4));
    }
}
