//! The common vocabulary over Socket.IO as the document shows it: payloads as they are, and acknowledgements.

use serde_json::{Value, json};

use crate::dto::{RefusalDto, SocketErrorDto};
use crate::gateway::document::catalogue::{CLIENT, SERVER};
use crate::gateway::document::{Channel, Message, SOCKETIO, Said, Schemas, Snippet, Type, key};

const LIBRARY: &str = r#"import { io } from "socket.io-client";
const socket = io(BASE_URL + "/chat", { auth: { token: TOKEN } });
socket.on("connect_error", (error) => console.log(error.message, error.data?.code));
socket.on("message:received", (message) => console.log(message));
const ack = await socket.emitWithAck("message:send", { conversationId: CONVERSATION, content: "Hello" });
// { success: true, data: { id, seq, content, … } } or { success: false, code, message, errors? }"#;

const MAIN: &str = r#"import { io } from "socket.io-client";
const socket = io(BASE_URL, { auth: { token: TOKEN } });
socket.on("user:online", ({ name, status }) => console.log(name, "is", status));
console.log(await socket.emitWithAck("conversation:sync", { conversations: { [CONVERSATION]: 0 } }));"#;

const TRANSCRIPT: &str = r#"curl -s "$BASE_URL/socket.io/?EIO=4&transport=polling"
# 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}
SID=…
curl -s "$BASE_URL/socket.io/?EIO=4&transport=polling&sid=$SID" --data-binary "40/chat,{\"token\":\"$TOKEN\"}"
curl -s "$BASE_URL/socket.io/?EIO=4&transport=polling&sid=$SID"   # 40/chat,{"sid":"…","pid":"…"}
curl -s "$BASE_URL/socket.io/?EIO=4&transport=polling&sid=$SID" \
    --data-binary "42/chat,1[\"message:send\",{\"conversationId\":\"$CONVERSATION\",\"content\":\"Hello\"}]"
curl -s "$BASE_URL/socket.io/?EIO=4&transport=polling&sid=$SID"   # 43/chat,1[{"data":{…},"success":true}] …"#;

/// The channels: the main namespace and `/chat`, which are the same.
pub fn channels(schemas: &mut Schemas) -> [Channel; 2] {
    let mut main = channel(schemas, "main", "/", "The common vocabulary over Socket.IO, in the main namespace");
    let mut chat = channel(schemas, "chat", "/chat", "The common vocabulary over Socket.IO, in the namespace /chat");
    main.snippets = vec![Snippet { title: "With the client library", text: MAIN }];
    chat.snippets = vec![
        Snippet { title: "With the client library", text: LIBRARY },
        Snippet { title: "By hand, polling with curl", text: TRANSCRIPT },
    ];
    [main, chat]
}

fn channel(schemas: &mut Schemas, id: &'static str, address: &'static str, title: &'static str) -> Channel {
    let said = CLIENT.iter().map(|event| said(schemas, event.name, event.summary, &event.payload, &event.answer));
    let said = said.collect();
    let told = SERVER.iter().map(|event| told(schemas, event.name, event.summary, &event.payload));
    let mut told: Vec<Message> = told.collect();
    let error = "What asked for no answer was refused.";
    told.push(self::told(schemas, "error", error, &Type::of::<SocketErrorDto>()));
    Channel {
        id,
        server: SOCKETIO,
        address,
        title,
        description: "Every event takes one payload, and an acknowledgement where one is asked for: `{success: true, \
            data}` or `{success: false, code, message, errors?}`. Without one a success is silent, and a failure \
            arrives as the event `error`. The token goes in `auth.token`, or in the header `Authorization: Bearer`.",
        snippets: Vec::new(),
        bindings: Value::Null,
        said,
        told,
    }
}

/// An event that clients say, with its acknowledgements.
pub(in crate::gateway::dialects) fn said(
    schemas: &mut Schemas,
    name: &'static str,
    summary: &str,
    payload: &Type,
    answer: &Type,
) -> Said {
    let (data, refusal) = (schemas.refer(answer), schemas.refer(&Type::of::<RefusalDto>()));
    let done = json!({
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": true}, "data": data},
        "additionalProperties": false,
    });
    let success = json!({"type": "object", "required": ["success"], "properties": {"success": {"const": false}}});
    let refused = json!({"allOf": [success, refusal]});
    let ack = |key: String, summary: &str, payload| Message::new(key, "ack", summary, payload);
    Said {
        message: told(schemas, name, summary, payload),
        answers: vec![ack(key(name) + "Ack", "It is done.", done), ack("refused".into(), "It is not done.", refused)],
    }
}

/// An event that clients are told.
pub(in crate::gateway::dialects) fn told(
    schemas: &mut Schemas,
    name: &'static str,
    summary: &str,
    payload: &Type,
) -> Message {
    Message::new(key(name), name, summary, schemas.refer(payload))
}
