//! The live stream.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, Extension, SocketRef};
use socketioxide::handler::ConnectHandler;
use uuid::Uuid;

use crate::chat::{Chat, Refusal, User};

#[derive(Deserialize)]
struct Auth {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Send {
    conversation_id: Uuid,
    content: String,
}

/// Lets people in who have a token, and takes their messages.
pub fn serve(io: &SocketIo, chat: Arc<Chat>) {
    let gate = chat.clone();
    let admit = async move |socket: SocketRef, Data(auth): Data<Auth>| match gate.identify(&auth.token) {
        Ok(user) => {
            socket.extensions.insert(user);
            Ok(())
        }
        Err(_) => Err("Unauthorized"),
    };
    let connected = async move |socket: SocketRef, Extension(user): Extension<User>| {
        let here = chat.clone();
        socket.on(
            "message:send",
            async move |Data(send): Data<Send>, Extension(user): Extension<User>, ack: AckSender| {
                ack.send(&answer(&here, &user, &send).await).ok();
            },
        );
        if let Ok(rooms) = chat.rooms(&user).await {
            let count = rooms.len();
            socket.join(rooms.iter().map(Uuid::to_string).collect::<Vec<_>>());
            socket.emit("welcome", &json!({"rooms": count})).ok();
        }
    };
    io.ns("/", connected.with(admit));
}

async fn answer(chat: &Chat, user: &User, send: &Send) -> Value {
    match chat.post(user, send.conversation_id, &send.content).await {
        Ok(message) => json!({"success": true, "data": message}),
        Err(Refusal(_, code)) => json!({"success": false, "code": code}),
    }
}
