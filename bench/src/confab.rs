//! Confab's own doors.

use async_trait::async_trait;
use memchr::memmem;
use reqwest::Method;
use serde_json::{Value, json};

use crate::driver::{Call, Driver, Heard, Http, Person, find_content};
use crate::{Result, fault};

/// The password of everybody here.
const PASSWORD: &str = "a password for load";

/// Which door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confab {
    /// The plain WebSocket.
    WebSocket,
    /// Socket.IO, by WebSocket from the start.
    SocketIo,
}

fn call(method: Method, path: impl AsRef<str>, body: Option<Value>) -> Call {
    Call { method, path: format!("/api/v1{}", path.as_ref()), body }
}

fn text_of(value: &Value) -> Result<String> {
    Ok(value.as_str().ok_or_else(|| fault(format!("no text: {value}")))?.to_owned())
}

#[async_trait(?Send)]
impl Driver for Confab {
    fn name(&self) -> &'static str {
        match self {
            Self::WebSocket => "ws",
            Self::SocketIo => "socketio",
        }
    }

    async fn person(&self, http: &Http, name: &str) -> Result<Person> {
        let who = json!({"username": name, "password": PASSWORD});
        http.must(&call(Method::POST, "/auth/register", Some(who)), None).await?;
        let login = self.login(name).ok_or_else(|| fault("there is no such call"))?;
        let login = http.must(&login, None).await?;
        Ok(Person { id: text_of(&login["data"]["user"]["id"])?, token: text_of(&login["data"]["accessToken"])? })
    }

    fn login(&self, name: &str) -> Option<Call> {
        let who = json!({"username": name, "password": PASSWORD});
        Some(call(Method::POST, "/auth/login", Some(who)))
    }

    async fn room(&self, http: &Http, people: &[&Person]) -> Result<String> {
        let [owner, others @ ..] = people else { return Err(fault("a room of nobody")) };
        let made = json!({"name": "load", "isGroup": true, "participantIds": []});
        let made = http.must(&call(Method::POST, "/conversations", Some(made)), Some(&owner.token)).await?;
        let room = text_of(&made["data"]["id"])?;
        for some in others.chunks(100) {
            let ids: Vec<&str> = some.iter().map(|person| person.id.as_str()).collect();
            let add = call(Method::POST, format!("/conversations/{room}/participants"), Some(json!({"userIds": ids})));
            http.must(&add, Some(&owner.token)).await?;
        }
        Ok(room)
    }

    async fn end_room(&self, http: &Http, room: &str, owner: &Person) -> Result<()> {
        http.must(&call(Method::DELETE, format!("/conversations/{room}"), None), Some(&owner.token)).await.map(drop)
    }

    async fn history(&self, http: &Http, room: &str, reader: &Person) -> Result<Option<Vec<String>>> {
        let mut texts = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/conversations/{room}/messages?limit=100{before}");
            let page = http.must(&call(Method::GET, path, None), Some(&reader.token)).await?;
            for message in page["data"].as_array().into_iter().flatten() {
                texts.push(message["content"].as_str().unwrap_or_default().to_owned());
            }
            let Some(next) = page["pagination"]["nextCursor"].as_str() else { break };
            before = format!("&before={next}");
        }
        texts.reverse();
        Ok(Some(texts))
    }

    fn page(&self, room: &str, limit: usize) -> Option<Call> {
        Some(call(Method::GET, format!("/conversations/{room}/messages?limit={limit}"), None))
    }

    fn post(&self, room: &str, content: &str) -> Option<Call> {
        Some(call(Method::POST, format!("/conversations/{room}/messages"), Some(json!({"content": content}))))
    }

    fn upgrade(&self, person: &Person) -> (String, String) {
        match self {
            Self::WebSocket => ("/ws".into(), format!("Authorization: Bearer {}\r\n", person.token)),
            Self::SocketIo => ("/socket.io/?EIO=4&transport=websocket".into(), String::new()),
        }
    }

    fn greeting(&self, _person: &Person) -> Option<String> {
        match self {
            // The upgrade is answered before the token is looked at, so a question is asked that changes nothing.
            Self::WebSocket => Some(r#"{"event":"conversation:sync","id":"hi","data":{"conversations":{}}}"#.into()),
            Self::SocketIo => None,
        }
    }

    fn send(&self, room: &str, mark: u32, content: &str) -> String {
        match self {
            Self::WebSocket => format!(
                r#"{{"event":"message:send","id":{mark},"data":{{"conversationId":"{room}","content":"{content}"}}}}"#
            ),
            Self::SocketIo => {
                format!(r#"42{mark}["message:send",{{"conversationId":"{room}","content":"{content}"}}]"#)
            }
        }
    }

    fn read(&self, frame: &[u8], person: &Person) -> Heard {
        match self {
            Self::WebSocket => read_event(frame),
            Self::SocketIo => read_packet(frame, person),
        }
    }
}

/// Frames are read with no parser: what is looked for stands in them just so.
fn read_event(frame: &[u8]) -> Heard {
    let has = |piece: &str| memmem::find(frame, piece.as_bytes()).is_some();
    if has(r#""event":"message:received""#) {
        return find_content(frame).map_or(Heard::Other, |(key, sent)| Heard::Told(key, sent));
    }
    let acked = has(r#""event":"ack""#);
    if acked && has(r#""id":"hi""#) {
        return Heard::Ready;
    }
    // Other ids are in quotes.
    let mark = memmem::find_iter(frame, br#""id":"#).find_map(|at| number(&frame[at + 5..]));
    match mark {
        Some((mark, _)) if acked => Heard::Acked(mark),
        Some((mark, _)) if has(r#""event":"error""#) => Heard::Refused(mark),
        _ => Heard::Other,
    }
}

fn read_packet(frame: &[u8], person: &Person) -> Heard {
    match frame {
        [b'2'] => Heard::Answer("3".into()),
        [b'0', ..] => Heard::Answer(format!(r#"40{{"token":"{}"}}"#, person.token)),
        [b'4', b'0', ..] => Heard::Ready,
        [b'4', b'2', data @ ..] if data.starts_with(br#"["message:received""#) => {
            find_content(data).map_or(Heard::Other, |(key, sent)| Heard::Told(key, sent))
        }
        [b'4', b'3', data @ ..] => match number(data) {
            Some((mark, data)) if memmem::find(data, br#""success":true"#).is_some() => Heard::Acked(mark),
            Some((mark, _)) => Heard::Refused(mark),
            None => Heard::Other,
        },
        _ => Heard::Other,
    }
}

/// The number at the beginning, and what follows.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Key;
    use crate::driver::content;

    const KEY: Key = Key { sender: 5, n: 9 };

    fn ada() -> Person {
        Person { id: "a".into(), token: "t.o.k".into() }
    }

    #[test]
    fn frames_of_the_plain_door_are_read() {
        let read = |frame: &str| Confab::WebSocket.read(frame.as_bytes(), &ada());
        let message = format!(r#"{{"id":"0198","seq":3,"sender":{{"id":"7"}},"content":"{}"}}"#, content(KEY, 8, 128));
        assert_eq!(read(&format!(r#"{{"event":"message:received","data":{message}}}"#)), Heard::Told(KEY, 8));
        assert_eq!(read(&format!(r#"{{"event":"ack","id":12,"data":{message}}}"#)), Heard::Acked(12));
        assert_eq!(read(&format!(r#"{{"data":{message},"event":"ack","id":12}}"#)), Heard::Acked(12));
        assert_eq!(read(r#"{"event":"error","id":3,"data":{"code":"FORBIDDEN"}}"#), Heard::Refused(3));
        assert_eq!(read(r#"{"event":"ack","id":"hi","data":{"conversations":{}}}"#), Heard::Ready);
        assert_eq!(read(r#"{"event":"user:online","data":{"userId":"7"}}"#), Heard::Other);
    }

    #[test]
    fn packets_of_socket_io_are_read() {
        let read = |frame: &str| Confab::SocketIo.read(frame.as_bytes(), &ada());
        let message = format!(r#"{{"id":"0198","content":"{}"}}"#, content(KEY, 8, 128));
        assert_eq!(read(r#"0{"sid":"x"}"#), Heard::Answer(r#"40{"token":"t.o.k"}"#.into()));
        assert_eq!(read(r#"40{"sid":"x"}"#), Heard::Ready);
        assert_eq!(read("2"), Heard::Answer("3".into()));
        assert_eq!(read(&format!(r#"42["message:received",{message},"place"]"#)), Heard::Told(KEY, 8));
        assert_eq!(read(&format!(r#"4312[{{"data":{message},"success":true}}]"#)), Heard::Acked(12));
        assert_eq!(read(r#"433[{"success":false,"code":"FORBIDDEN"}]"#), Heard::Refused(3));
        assert_eq!(read(r#"42["user:online",{}]"#), Heard::Other);
    }
}
