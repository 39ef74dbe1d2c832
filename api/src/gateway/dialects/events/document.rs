//! The `events` dialect as the document shows it: every payload of the vocabulary in a frame.

use serde_json::{Value, json};

use crate::dto::{RefusalDto, SocketErrorDto};
use crate::gateway::document::catalogue::{CLIENT, SERVER};
use crate::gateway::document::{Channel, Message, Said, Schemas, Snippet, Type, WEBSOCKET, key};

const BROWSER: &str = r#"const socket = new WebSocket(BASE_URL.replace(/^http/, "ws") + "/ws", ["events", TOKEN]);
const send = (id, event, data) => socket.send(JSON.stringify({ event, id, data }));
socket.onopen = () => send(1, "message:send", { conversationId: CONVERSATION, content: "Hello" });
socket.onmessage = ({ data }) => console.log(data);
socket.onclose = ({ code, reason }) => console.log("closed:", code, reason);"#;

const TRANSCRIPT: &str = r#"npx wscat --connect "ws${BASE_URL#http}/ws" --header "Authorization: Bearer $TOKEN"
> {"event":"conversation:join","id":1,"data":{"conversationId":"0192…"}}
< {"event":"ack","id":1,"data":{"seq":1}}
> {"event":"message:send","id":2,"data":{"conversationId":"0192…","content":"Hello"}}
< {"event":"ack","id":2,"data":{"id":"0192…","conversationId":"0192…","seq":2,"changedSeq":2,"content":"Hello",…}}
< {"event":"message:received","data":{"id":"0192…","conversationId":"0192…","seq":2,"changedSeq":2,"content":"Hello",…}}
> {"event":"message:shout","id":3,"data":{}}
< {"event":"error","id":3,"data":{"code":"UNKNOWN_EVENT","message":"There is no such event."}}"#;

/// The channel.
pub fn channels(schemas: &mut Schemas) -> [Channel; 1] {
    let said = CLIENT.iter().map(|event| {
        let (payload, answer) = (schemas.refer(&event.payload), schemas.refer(&event.answer));
        Said {
            message: Message::new(key(event.name), event.name, event.summary, request(event.name, &payload)),
            answers: vec![
                Message::new(key(event.name) + "Ack", "ack", "It is done.", answered("ack", &answer)),
                Message::new("refused".into(), "error", "It is not done.", refused(schemas)),
            ],
        }
    });
    let said = said.collect();
    let told = SERVER.iter().map(|event| {
        let payload = frame(event.name, &schemas.refer(&event.payload));
        Message::new(key(event.name), event.name, event.summary, payload)
    });
    let mut told: Vec<Message> = told.collect();
    let error = frame("error", &schemas.refer(&Type::of::<SocketErrorDto>()));
    told.push(Message::new("error".into(), "error", "What asked for no answer was refused.", error));
    [Channel {
        id: "ws",
        server: WEBSOCKET,
        address: "/ws",
        title: "The common vocabulary over plain WebSocket",
        description: "A frame is `{event, id?, data}`. `id` is the client's own: a number, or a string of at most 128 \
            characters. With one, the frame is answered by `ack` or `error` under the same `id`; without one a success \
            is silent, and an `error` names the event. The token goes in the header `Authorization: Bearer`, or in the \
            subprotocol list after `events`.",
        snippets: vec![
            Snippet { title: "In a browser, or in Node 22 and later", text: BROWSER },
            Snippet { title: "By hand: > is typed, < is received", text: TRANSCRIPT },
        ],
        bindings: json!({"ws": {
            "method": "GET",
            "headers": {"type": "object", "properties": {
                "Authorization": {"type": "string", "description": "`Bearer` and the access token."},
                "Sec-WebSocket-Protocol": {"type": "string", "description": "Or, in browsers: `events, <accessToken>`."},
            }},
            "bindingVersion": "0.1.0",
        }}),
        said,
        told,
    }]
}

fn frame(event: &str, data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["event", "data"],
        "properties": {"event": {"const": event}, "data": data},
        "additionalProperties": false,
    })
}

fn request(event: &str, data: &Value) -> Value {
    let mut frame = frame(event, data);
    frame["properties"]["id"] = mark();
    frame
}

fn answered(event: &str, data: &Value) -> Value {
    let mut frame = request(event, data);
    frame["required"] = json!(["event", "id", "data"]);
    frame
}

fn refused(schemas: &mut Schemas) -> Value {
    answered("error", &schemas.refer(&Type::of::<RefusalDto>()))
}

fn mark() -> Value {
    let description = "The client's own mark, which goes back with the answer.";
    json!({"description": description, "type": ["number", "string"], "maxLength": super::LONGEST_MARK, "example": 7})
}
