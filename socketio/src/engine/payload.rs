//! Engine.IO packets, and the payloads that carry several in one HTTP body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use bytestring::ByteString;
use serde::Serialize;
use sockets::{Frame, Message};

use crate::Options;
use crate::packet::Malformed;

const SEPARATOR: char = '\x1e';

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    Close,
    Pong,
    Message(Message),
    Noop,
}

impl Packet {
    /// The message it carries, if it is one.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn message(&self) -> Option<&Message> {
        if let Self::Message(message) = self { Some(message) } else { None }
    }

    /// Reads a text packet, as a WebSocket carries it.
    pub fn from_text(text: &ByteString) -> Result<Self, Malformed> {
        match str::as_bytes(text) {
            [b'4', ..] => Ok(Self::Message(Message::Text(text.slice_ref(&text[1..])))),
            b"3" => Ok(Self::Pong),
            b"1" => Ok(Self::Close),
            b"6" => Ok(Self::Noop),
            _ => Err(Malformed("no such packet")),
        }
    }

    /// Reads one packet of a payload.
    fn from_payload(text: &ByteString) -> Result<Self, Malformed> {
        let Some(encoded) = text.strip_prefix('b') else { return Self::from_text(text) };
        let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| Malformed("no base64"))?;
        Ok(Self::Message(Message::Binary(decoded.into())))
    }
}

/// The packets of a payload.
pub(crate) fn read(body: Bytes, max_packets: usize) -> Result<Vec<Packet>, Malformed> {
    let body = ByteString::try_from(body).map_err(|_| Malformed("the payload is not UTF-8"))?;
    if body.matches(SEPARATOR).count() >= max_packets {
        return Err(Malformed("too many packets"));
    }
    body.split(SEPARATOR).map(|text| Packet::from_payload(&body.slice_ref(text))).collect()
}

/// How many bytes a frame takes in a payload.
pub(super) fn length(frame: &Frame) -> usize {
    let length = frame.payload().len();
    if frame.is_text() { length } else { 1 + length.div_ceil(3) * 4 }
}

/// Appends a frame to a payload.
pub(super) fn write(frame: &Frame, body: &mut Vec<u8>) {
    if !body.is_empty() {
        body.push(SEPARATOR as u8);
    }
    if frame.is_text() {
        body.extend_from_slice(&frame.payload());
    } else {
        body.push(b'b');
        body.extend_from_slice(BASE64_STANDARD.encode(frame.payload()).as_bytes());
    }
}

/// The packet that opens a session.
pub(super) fn open(sid: &str, upgrades: &[&str], options: &Options) -> Frame {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Open<'a> {
        sid: &'a str,
        upgrades: &'a [&'a str],
        ping_interval: u128,
        ping_timeout: u128,
        max_payload: usize,
    }
    let open = Open {
        sid,
        upgrades,
        ping_interval: options.ping_interval.as_millis(),
        ping_timeout: options.ping_timeout.as_millis(),
        max_payload: options.max_payload,
    };
    // Strings and numbers can always be written as JSON.
    Frame::text(&format!("0{}", serde_json::to_string(&open).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Packet {
        Packet::Message(Message::Text(text.into()))
    }

    #[test]
    fn a_payload_is_taken_apart() {
        let read = |body: &'static str| read(Bytes::from_static(body.as_bytes()), 4);
        assert_eq!(read("4hello"), Ok(vec![text("hello")]));
        assert_eq!(read("4\x1e3\x1e6\x1e1"), Ok(vec![text(""), Packet::Pong, Packet::Noop, Packet::Close]));
        let binary = Packet::Message(Message::Binary(Bytes::from_static(&[1, 2, 3, 4])));
        assert_eq!(read("4a\x1ebAQIDBA=="), Ok(vec![text("a"), binary]));
        for malformed in [
            "",
            "abc",
            "4a\x1e",
            "\x1e4a",
            "0",
            "2",
            "2probe",
            "5",
            "7",
            "11",
            "3probe",
            "b*",
            "bAQ",
            "4\x1e4\x1e4\x1e4\x1e4",
        ] {
            assert!(read(malformed).is_err(), "{malformed:?}");
        }
        assert!(super::read(Bytes::from_static(b"4\xff"), 4).is_err());
    }

    #[test]
    fn the_handshake_has_exactly_its_keys() {
        let frame = open("abc", &["websocket"], &Options::default());
        let expected =
            r#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
        assert_eq!(frame.payload(), expected.as_bytes());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(parts in prop::collection::vec(prop_oneof![
            "[^\x1e]{0,20}".prop_map(|text| Message::Text(text.into())),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Message::Binary(bytes.into())),
        ], 1..20)) {
            let (mut body, mut sum) = (Vec::new(), 0);
            for part in &parts {
                let frame = match part {
                    Message::Text(text) => Frame::text(&format!("4{text}")),
                    Message::Binary(bytes) => Frame::binary(bytes),
                };
                sum += length(&frame) + 1;
                write(&frame, &mut body);
            }
            prop_assert_eq!(body.len() + 1, sum);
            let expected: Vec<_> = parts.into_iter().map(Packet::Message).collect();
            prop_assert_eq!(read(body.into(), 20), Ok(expected));
        }

        #[test]
        fn any_body_is_bounded(
            body in prop::collection::vec(any::<u8>(), 0..60),
            text in "[0-6b\x1e][\x1e4b0-9A-Za-z+/=\\[\\]\"]{0,60}",
        ) {
            crate::fuzzing::payload(&body);
            crate::fuzzing::payload(text.as_bytes());
        }
    }
}
