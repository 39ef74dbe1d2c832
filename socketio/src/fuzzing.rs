//! What must hold for anything that a client sends: tried by the targets in `fuzz/`, and by the tests beside the parsers.

use bytes::Bytes;
use bytestring::ByteString;
use serde_json::Value;
use sockets::Message;

use crate::engine::payload;
use crate::packet::{self, Kind};

/// The body of a POST: no more packets come of it than are allowed, nor more bytes than it has.
///
/// # Panics
///
/// If that does not hold.
pub fn payload(body: &[u8]) {
    const MOST: usize = 16;
    if let Ok(packets) = payload::read(Bytes::copy_from_slice(body), MOST) {
        assert!((1..=MOST).contains(&packets.len()));
        let bytes: usize = packets.iter().map(|packet| packet.message().map_or(0, Message::len)).sum();
        assert!(bytes <= body.len());
    }
}

/// A Socket.IO packet: what is let in is JSON, and is the same packet when it is written again.
///
/// # Panics
///
/// If that does not hold.
pub fn packet(text: &str) {
    let text = ByteString::from(text);
    let Ok(head) = packet::parse(&text, 10) else { return };
    assert!(head.attachments <= 10);
    let (args, again) = match &head.kind {
        Kind::Event { args, ack } => (args, packet::binary_event(&head.namespace, head.attachments, *ack, args)),
        Kind::Ack { args, id } => (args, packet::binary_ack(&head.namespace, head.attachments, *id, args)),
        Kind::Connect(_) | Kind::Disconnect => return,
    };
    // Half a surrogate pair is no text: whoever reads the value is told so.
    assert!(serde_json::from_str::<Vec<Value>>(args).is_ok() || args.contains("\\u"), "{args}");
    // Behind the Engine.IO message type.
    let again = String::from_utf8_lossy(&again.payload())[1..].to_owned();
    assert_eq!(packet::parse(&again.into(), 10), Ok(head));
}
