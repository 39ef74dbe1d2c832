//! Socket.IO packets, in the namespaces of the vocabulary and in `/chats`.

use serde_json::{Value, json};

use super::{Saying, Told, events};
use crate::Failure;
use crate::history::Seen;
use crate::rest::text;

/// The namespace of rooms.
const CHATS: &str = "/chats";

fn at(namespace: &str) -> String {
    if namespace == "/" { String::new() } else { format!("{namespace},") }
}

pub fn connect(namespace: &str, token: &str) -> String {
    format!("40{}{}", at(namespace), json!({"token": token}))
}

/// Whether the answer to CONNECT lets the client in.
pub fn let_in(packet: &str) -> Result<(), Failure> {
    if packet.starts_with("40") { Ok(()) } else { Err(format!("not let in: {packet}").into()) }
}

fn emit(namespace: &str, mark: u64, event: &str, data: &Value) -> String {
    format!("42{}{mark}{}", at(namespace), json!([event, data]))
}

pub fn join(namespace: &str, mark: u64, chat: &str) -> String {
    emit(namespace, mark, "conversation:join", &json!({"conversationId": chat}))
}

pub fn join_room(mark: u64, chat: &str) -> String {
    emit(CHATS, mark, "join", &json!({"roomId": chat}))
}

pub fn say(namespace: &str, mark: u64, saying: &Saying) -> String {
    emit(namespace, mark, "message:send", &events::message(saying))
}

pub fn say_in_room(mark: u64, saying: &Saying) -> String {
    let content = json!({"type": "text", "message": saying.content});
    emit(CHATS, mark, "message", &json!({"type": "private", "roomId": saying.chat, "content": content}))
}

pub fn read(namespace: &str, packet: &str) -> Option<Told> {
    if packet == "2" {
        return Some(Told::Return("3".into()));
    }
    let at = at(namespace);
    if packet == "1" || packet == format!("41{at}") {
        return Some(Told::Away);
    }
    if let Some(answer) = packet.strip_prefix(&format!("43{at}")) {
        return acknowledged(answer);
    }
    let args: Vec<Value> = serde_json::from_str(packet.strip_prefix(&format!("42{at}"))?).ok()?;
    let (event, data) = (args.first()?.as_str()?, args.get(1)?);
    if namespace == CHATS { told_in_room(event, data) } else { events::told(event, data) }
}

fn acknowledged(answer: &str) -> Option<Told> {
    let (mark, args) = answer.split_at(answer.find('[')?);
    let args: Value = serde_json::from_str(args).ok()?;
    let outcome = match &args[0] {
        done if done["success"] == true => events::acknowledged(&done["data"]),
        failed => events::refused(&failed["code"]),
    };
    Some(Told::Answer(Some(mark.parse().ok()?), outcome))
}

/// Everyone looks at every room here, so what is said comes as `reply`.
fn told_in_room(event: &str, data: &Value) -> Option<Told> {
    let message = || Seen { id: text(&data["messageId"]), content: text(&data["content"]["message"]), seq: None };
    (event == "reply").then(|| Told::Message(text(&data["roomId"]), message()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Outcome;

    #[test]
    fn packets_are_read() {
        assert_eq!(read("/", "2"), Some(Told::Return("3".into())));
        assert_eq!(read("/chat", "41/chat,"), Some(Told::Away));
        let done = read("/", r#"437[{"success":true,"data":{"seq":1}}]"#);
        assert_eq!(done, Some(Told::Answer(Some(7), Outcome::Acknowledged(None))));
        let refused = read("/chats", r#"43/chats,8[{"success":false,"code":"FORBIDDEN"}]"#);
        assert_eq!(refused, Some(Told::Answer(Some(8), Outcome::Refused("FORBIDDEN".into()))));
        let told = read("/", r#"42["message:received",{"conversationId":"c","id":"i","content":"x","seq":4},"place"]"#);
        let seen = Seen { id: "i".into(), content: "x".into(), seq: Some(4) };
        assert_eq!(told, Some(Told::Message("c".into(), seen)));
    }
}
