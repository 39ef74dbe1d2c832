//! The transports, how clients show who they are, and how connections end.

use serde_json::{Value, json};

use crate::gateway::close;

/// The name of plain WebSocket.
pub const WEBSOCKET: &str = "websocket";
/// The name of Socket.IO.
pub const SOCKETIO: &str = "socketio";

/// The transports. Where this server is, only its clients know.
pub fn servers() -> Value {
    let host = json!({"host": {
        "description": "Where the server is: the part of `BASE_URL` after the scheme.",
        "default": "localhost:3000",
    }});
    let by = |scheme: &str| json!({"$ref": format!("#/components/securitySchemes/{scheme}")});
    json!({
        WEBSOCKET: {
            "host": "{host}",
            "protocol": "ws",
            "protocolVersion": "13",
            "title": "Plain WebSocket",
            "description": "Text frames, one JSON object each; `wss` behind a proxy that speaks TLS. A bad token does \
                not fail the upgrade: the connection opens and is closed with 4001, since a browser cannot see the \
                status of a refused upgrade. A connection lives as long as its session, not merely as long as the \
                access token it came with.",
            "variables": host,
            "security": [by("bearer"), by("subprotocol")],
            "x-close-codes": close_codes(),
        },
        SOCKETIO: {
            "host": "{host}",
            "pathname": "/socket.io/",
            "protocol": "socketio",
            "protocolVersion": "5",
            "title": "Socket.IO",
            "description": "Socket.IO protocol 5 over Engine.IO 4, by long polling and WebSocket, with the upgrade \
                between them. The address of a channel is the namespace. A refused connection is a `connect_error` \
                with the message `Unauthorized` and the reason in `data.code`, or with `Too many connections`; when \
                the session ends or far too many commands came, the server disconnects the client. An event is its name and one payload, which is what the schemas describe; \
                lasting events end with one more argument, a string by which the client library recovers what it \
                missed.",
            "variables": host,
            "security": [by("connect"), by("bearer")],
        },
    })
}

/// The ways to show a token. It is never read from the address.
pub fn security() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token in the header of the request that connects: `Authorization: Bearer …`.",
        },
        "subprotocol": {
            "type": "httpApiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": "For browsers, which cannot set other headers: the access token as the second entry of the \
                list, after the name of the dialect.",
        },
        "connect": {
            "type": "apiKey",
            "in": "user",
            "description": "The access token as `token` in the payload of the packet CONNECT, which is \
                `auth: { token }` to the client library.",
        },
    })
}

fn close_codes() -> Value {
    let code = |code: u16, meaning: &str, then: &str| json!({"code": code, "meaning": meaning, "then": then});
    json!([
        code(1001, "The server is going away.", "Reconnect after a random moment, and sync."),
        code(
            1009,
            "A frame or message was too big (64 KiB, unless `MAX_FRAME_BYTES` is set).",
            "Do not send it again."
        ),
        code(
            close::POLICY,
            "There are too many connections of the person or from the address, or far too many commands came by this \
                one.",
            "Wait, and send less.",
        ),
        code(close::TRY_AGAIN_LATER, "A dependency does not answer.", "Reconnect later."),
        code(
            close::SESSION_ENDED,
            "The token is not good, or the session has ended: logout, another password, a deleted account.",
            "Refresh, or sign in again.",
        ),
        code(sockets::SLOW_CONSUMER, "The client reads too slowly, and its queue is full.", "Reconnect and sync."),
    ])
}
