//! The frames of seed 002 as the document shows them.

use serde_json::{Value, json};

use self::Carried::{Item, Nothing, Rows};
use super::PROCESSOR;
use super::asked::{
    AddUserParamsDto, DialogParamsDto, GroupParamsDto, LeaveParamsDto, ListParamsDto, NewGroupParamsDto,
    SayInGroupParamsDto, SayPrivatelyParamsDto,
};
use super::items::{FrameGroupMessageDto, FrameItemDto, FrameNoticeDto, FramePrivateMessageDto};
use super::request::{ADD_USER, DIALOG, GROUP, LEAVE, LIST, MESSAGE_IN_GROUP, NEW_GROUP, PRIVATE_MESSAGE};
use super::rows::{FrameDialogRowDto, FrameGroupRowDto, FrameLatestRowDto, FrameRowDto};
use super::wire::{FrameDto, FrameErrorDto, NoRowsDto, PushDto, RowsDto};
use crate::gateway::document::{Channel, Message, Said, Schemas, Snippet, Type, WEBSOCKET};

const BROWSER: &str = r#"const socket = new WebSocket(BASE_URL.replace(/^http/, "ws") + "/", ["auth", TOKEN]);
const send = (type, params) => socket.send(JSON.stringify({ type, params }));
const [groupId, messageId] = [crypto.randomUUID(), crypto.randomUUID()];
socket.onopen = () => {
    send("newGroup", { groupId, groupName: "Engines" });
    send("messageInGroup", { groupId, messageId, content: "Hello" });
    send("getlatestMessageGroup", { groupId, limit: 5, cursorCreatedAt: null });
};
socket.onmessage = ({ data }) => console.log(data);
socket.onclose = ({ code, reason }) => console.log("closed:", code, reason);"#;

const TRANSCRIPT: &str = r#"npx wscat --connect "ws${BASE_URL#http}/" --subprotocol auth --header "Authorization: Bearer $TOKEN"
> {"type":"newGroup","params":{"groupId":"322ad4fa-7f30-4efc-a7e1-dbe351d3f125","groupName":"Engines"}}
< {"type":"newGroupResponse","success":true,"params":{"data":null,"isBroadcast":false,"item":null}}
> {"type":"listLastMessage","params":{"limit":101}}
< {"error":true,"type":"listLastMessage","message":"[{\"message\":\"must be a whole number from 0 to 100\",\"path\":\"limit\"}]"}
> {"type":"shout"}
< {"error":true,"type":"processor","message":"There is no such type"}"#;

/// What the parameters of a frame hold.
enum Carried {
    /// Nothing.
    Nothing,
    /// Rows of that type.
    Rows(Type),
    /// An item of that type.
    Item(Type),
}

impl Carried {
    fn schema(&self, schemas: &mut Schemas) -> Value {
        match self {
            Nothing => schemas.inline(&Type::of::<NoRowsDto>()),
            Rows(row) => {
                let mut params = schemas.inline(&Type::of::<RowsDto<FrameRowDto<'_>>>());
                params["properties"]["data"]["items"] = schemas.refer(row);
                params
            }
            Item(item) => {
                let mut params = schemas.inline(&Type::of::<PushDto<FrameItemDto<'_>>>());
                params["properties"]["item"] = schemas.refer(item);
                params
            }
        }
    }
}

/// All requests: type, meaning, parameters, what the answer carries.
const REQUESTS: [(&str, &str, Type, Carried); 8] = [
    (
        LIST,
        "Ask for the newest message of each conversation that has one, newest first.",
        Type::of::<ListParamsDto>(),
        Rows(Type::of::<FrameLatestRowDto<'_>>()),
    ),
    (
        DIALOG,
        "Ask for what was said with somebody, newest first; nothing with somebody one never talked to.",
        Type::of::<DialogParamsDto>(),
        Rows(Type::of::<FrameDialogRowDto<'_>>()),
    ),
    (
        GROUP,
        "Ask for what was said in a group, newest first.",
        Type::of::<GroupParamsDto>(),
        Rows(Type::of::<FrameGroupRowDto<'_>>()),
    ),
    (
        NEW_GROUP,
        "Found a group. Founded again by its owner under its name, it is the same one.",
        Type::of::<NewGroupParamsDto>(),
        Nothing,
    ),
    (ADD_USER, "Bring somebody into a group.", Type::of::<AddUserParamsDto>(), Nothing),
    (LEAVE, "Go out of a group for good.", Type::of::<LeaveParamsDto>(), Nothing),
    (
        MESSAGE_IN_GROUP,
        "Say something in a group. Sent again with the same `messageId`, it is stored and pushed once.",
        Type::of::<SayInGroupParamsDto>(),
        Nothing,
    ),
    (
        PRIVATE_MESSAGE,
        "Say something to somebody. The first private message opens the dialog.",
        Type::of::<SayPrivatelyParamsDto>(),
        Nothing,
    ),
];

/// All pushes: type, meaning, what it carries, whether it is a broadcast.
const PUSHES: [(&str, &str, Carried, bool); 4] = [
    (
        MESSAGE_IN_GROUP,
        "Somebody said something in a group. All connections of its members are told, except the sending one.",
        Item(Type::of::<FrameGroupMessageDto<'_>>()),
        true,
    ),
    (
        PRIVATE_MESSAGE,
        "Somebody said something in a dialog. All connections of the two are told, except the sending one.",
        Item(Type::of::<FramePrivateMessageDto<'_>>()),
        true,
    ),
    (ADD_USER, "Somebody came into a group. They are told as well.", Item(Type::of::<FrameNoticeDto<'_>>()), false),
    (LEAVE, "Somebody left a group or was removed from it.", Item(Type::of::<FrameNoticeDto<'_>>()), false),
];

/// The channel.
pub fn channels(schemas: &mut Schemas) -> [Channel; 1] {
    let said = REQUESTS.iter().map(|(kind, summary, params, answer)| Said {
        message: Message::new((*kind).to_owned(), kind, summary, request(kind, &schemas.inline(params))),
        answers: vec![
            Message::new(format!("{kind}Ack"), "reply", "It is done.", answered(schemas, kind, answer)),
            Message::new("refused".into(), "error", "It is not done.", refused(schemas)),
        ],
    });
    let said = said.collect();
    let told = PUSHES.iter().map(|(kind, summary, carried, is_broadcast)| {
        Message::new(
            format!("{kind}Push"),
            kind,
            summary,
            done(schemas, json!({"const": kind}), carried, *is_broadcast),
        )
    });
    let mut told: Vec<Message> = told.collect();
    let no_request = "What was sent is no JSON, or of no type that there is.";
    told.push(Message::new(PROCESSOR.into(), PROCESSOR, no_request, error(schemas, &json!({"const": PROCESSOR}))));
    [Channel {
        id: "frames",
        server: WEBSOCKET,
        address: "/",
        title: "Frames of `type` and `params` over plain WebSocket",
        description: "For clients that were written against `new WebSocket(url, [\"auth\", token])`. A request is \
            `{type, params}`; it is answered, in the order of the requests, by `{type, success, params}` under its type \
            and `Response`, or by `{error, type, message}` under its type. An answer to `privateMessage` has the bare \
            type. So have all where the server is set to `FRAMES_REPLY_SUFFIX=`, and any other value of that setting \
            takes the place of `Response`. Pushes have bare types, and alone carry an item. Parameters that a type does \
            not know are passed over. The token goes in the subprotocol list after `auth`, or in the header \
            `Authorization: Bearer`.",
        snippets: vec![
            Snippet { title: "In a browser, or in Node 22 and later", text: BROWSER },
            Snippet { title: "By hand: > is typed, < is received", text: TRANSCRIPT },
        ],
        bindings: json!({"ws": {
            "method": "GET",
            "headers": {"type": "object", "properties": {
                "Sec-WebSocket-Protocol": {"type": "string", "description": "`auth, <accessToken>`."},
                "Authorization": {"type": "string", "description": "Or, outside browsers: `Bearer` and the access token."},
            }},
            "bindingVersion": "0.1.0",
        }}),
        said,
        told,
    }]
}

fn request(kind: &str, params: &Value) -> Value {
    let needs_params = params["required"].as_array().is_some_and(|fields| !fields.is_empty());
    json!({
        "type": "object",
        "required": if needs_params { json!(["type", "params"]) } else { json!(["type"]) },
        "properties": {"type": {"const": kind}, "params": params},
    })
}

fn answered(schemas: &mut Schemas, kind: &str, carried: &Carried) -> Value {
    let bare = json!({"const": kind});
    let suffixed = json!({
        "description": "The type of the request and `Response`, or what `FRAMES_REPLY_SUFFIX` is set to instead.",
        "enum": [format!("{kind}Response"), kind],
    });
    done(schemas, if kind == PRIVATE_MESSAGE { bare } else { suffixed }, carried, false)
}

/// The frame of a success, with nothing beside what it has.
fn done(schemas: &mut Schemas, kind: Value, carried: &Carried, is_broadcast: bool) -> Value {
    let mut params = carried.schema(schemas);
    params["properties"]["isBroadcast"] = json!({"const": is_broadcast});
    params["additionalProperties"] = false.into();
    let mut frame = schemas.inline(&Type::of::<FrameDto<'_, ()>>());
    frame["properties"]["type"] = kind;
    frame["properties"]["success"] = json!({"const": true});
    frame["properties"]["params"] = params;
    frame["additionalProperties"] = false.into();
    frame
}

fn refused(schemas: &mut Schemas) -> Value {
    error(schemas, &json!({"description": "What is refused.", "enum": REQUESTS.map(|(kind, ..)| kind)}))
}

fn error(schemas: &mut Schemas, kind: &Value) -> Value {
    let mut frame = schemas.inline(&Type::of::<FrameErrorDto<'_>>());
    frame["properties"]["error"] = json!({"const": true});
    frame["properties"]["type"] = kind.clone();
    frame["additionalProperties"] = false.into();
    frame
}

#[cfg(test)]
mod tests;
