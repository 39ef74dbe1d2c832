//! What somebody would write instead, in Rust: socketioxide for the live stream, axum for REST, a pool of
//! tokio-postgres beneath. It does what the server on Node does, with the same statements, and speaks as much of
//! Confab's vocabulary as it takes to be measured by the same generator. HOST, PORT and `DATABASE_URL` are the settings.

mod chat;
mod rest;
mod socket;

use std::env;
use std::error::Error;

use axum::serve::ListenerExt;
use socketioxide::SocketIo;
use tokio::net::TcpListener;

use chat::Chat;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (layer, io) = SocketIo::new_layer();
    let chat = Chat::open(&env::var("DATABASE_URL")?, io.clone()).await?;
    socket::serve(&io, chat.clone());
    let app = rest::routes(chat).layer(layer);
    let listener = TcpListener::bind((env::var("HOST")?, env::var("PORT")?.parse()?)).await?;
    // Without it, acks wait for the client's next packet.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}
