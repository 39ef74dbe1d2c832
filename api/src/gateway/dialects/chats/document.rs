//! The rooms of `/chats` as the document shows them.

use serde_json::Value;

use super::NAMESPACE;
use super::wire::{NotificationDto, RoomDto, RoomErrorDto, RoomMessageDto, RoomReplyDto};
use crate::dto::{DoneDto, JoinedDto, MessageDto};
use crate::gateway::dialects::socketio::document::{said, told};
use crate::gateway::document::{Channel, SOCKETIO, Schemas, Snippet, Type};

const LIBRARY: &str = r#"import { io } from "socket.io-client";
const socket = io(BASE_URL + "/chats", { extraHeaders: { Authorization: TOKEN } });
socket.on("reply", ({ roomId, content, authorId }) => console.log(authorId, content.message));
socket.on("notification", ({ name, content }) => console.log(name, content));
socket.on("error", ({ name, message }) => console.log(name, message));
socket.emit("join", { roomId: CONVERSATION });
socket.emit("message", { type: "private", roomId: CONVERSATION, content: { type: "text", message: "Hello" } });"#;

/// The channel.
pub fn channels(schemas: &mut Schemas) -> [Channel; 1] {
    let room = Type::of::<RoomDto>();
    let said = vec![
        said(schemas, "join", "Come into a room. Only who takes part may.", &room, &Type::of::<JoinedDto>()),
        said(schemas, "leave", "Go out of it again.", &room, &Type::of::<DoneDto>()),
        said(
            schemas,
            "message",
            "Say something in a room. The connection is in the room from then on.",
            &Type::of::<RoomMessageDto>(),
            &Type::of::<MessageDto>(),
        ),
    ];
    let told = vec![
        told(
            schemas,
            "reply",
            "Somebody said something. Connections in the room are told, except the sending one.",
            &Type::of::<RoomReplyDto>(),
        ),
        told(
            schemas,
            "notification",
            "`sent` to the sending connection; `inbox` to people none of whose connections is in the room.",
            &Type::of::<NotificationDto>(),
        ),
        told(schemas, "error", "What asked for no answer was refused.", &Type::of::<RoomErrorDto>()),
    ];
    [Channel {
        id: "chats",
        server: SOCKETIO,
        address: NAMESPACE,
        title: "Rooms, replies and notifications over Socket.IO",
        description: "For clients of the \"chat-service\" kind. A room is a conversation, its id the conversation's; \
            joining is a matter of the connection. Every event is acknowledged where that is asked for. Unknown keys are \
            passed over. The token goes in the header `Authorization`, with or without `Bearer`, or in `auth.token`.",
        snippets: vec![Snippet { title: "With the client library", text: LIBRARY }],
        bindings: Value::Null,
        said,
        told,
    }]
}
