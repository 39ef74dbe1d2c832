//! A packet's text, taken apart.

use bytestring::ByteString;

use super::MAIN;
use super::json::{Malformed, check_array, check_event, check_object};

/// The longest name of a namespace, in bytes.
const LONGEST_NAMESPACE: usize = 256;
/// The most digits of an ack id: all such numbers fit 64 bits.
const ID_DIGITS: usize = 19;

/// What a client's packet is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub namespace: ByteString,
    pub kind: Kind,
    /// How many binary messages follow.
    pub attachments: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With the payload, if there is one: an object.
    Connect(Option<ByteString>),
    Disconnect,
    Event {
        /// An array, the name first.
        args: ByteString,
        ack: Option<u64>,
    },
    Ack {
        /// An array.
        args: ByteString,
        id: u64,
    },
}

const fn fault<T>(what: &'static str) -> Result<T, Malformed> {
    Err(Malformed(what))
}

/// Takes a packet apart: `<type>[<attachments>-][<namespace>,][<ack id>][<payload>]`, without the Engine.IO message type
/// before it. All of it is checked, and what is JSON stays text that shares the memory of `packet`.
pub(crate) fn parse(packet: &ByteString, max_attachments: usize) -> Result<Head, Malformed> {
    let text: &str = packet;
    let Some(kind @ b'0'..=b'6') = text.bytes().next() else { return fault("unknown packet type") };
    let (attachments, rest) = match kind {
        b'5' | b'6' => attachments(&text[1..], max_attachments)?,
        _ => (0, &text[1..]),
    };
    let (namespace, rest) = namespace(packet, rest)?;
    let (id, rest) = ack_id(rest)?;
    let payload = || packet.slice_ref(rest);
    let kind = match (kind, id) {
        (b'0', None) if rest.is_empty() => Kind::Connect(None),
        (b'0', None) => {
            check_object(rest)?;
            Kind::Connect(Some(payload()))
        }
        (b'1', None) if rest.is_empty() => Kind::Disconnect,
        (b'2' | b'5', ack) => {
            check_event(rest)?;
            Kind::Event { args: payload(), ack }
        }
        (b'3' | b'6', Some(id)) => {
            check_array(rest)?;
            Kind::Ack { args: payload(), id }
        }
        _ => return fault("the packet's parts do not belong together"),
    };
    Ok(Head { namespace, kind, attachments })
}

fn attachments(text: &str, at_most: usize) -> Result<(usize, &str), Malformed> {
    let Some((count, rest)) = text.split_once('-') else { return fault("no count of attachments") };
    if count.is_empty() || count.len() > ID_DIGITS || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return fault("the count of attachments is no number");
    }
    match count.parse() {
        Ok(count) if count <= at_most => Ok((count, rest)),
        _ => fault("too many attachments"),
    }
}

fn namespace<'a>(packet: &ByteString, text: &'a str) -> Result<(ByteString, &'a str), Malformed> {
    if !text.starts_with('/') {
        return Ok((ByteString::from_static(MAIN), text));
    }
    let (name, rest) = text.split_once(',').unwrap_or((text, ""));
    if name.len() > LONGEST_NAMESPACE {
        return fault("the namespace's name is too long");
    }
    Ok((packet.slice_ref(name), rest))
}

fn ack_id(text: &str) -> Result<(Option<u64>, &str), Malformed> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Ok((None, text));
    }
    if digits > ID_DIGITS {
        return fault("the ack id is too long");
    }
    match text[..digits].parse() {
        Ok(id) => Ok((Some(id), &text[digits..])),
        Err(_) => fault("the ack id is no number"),
    }
}
