//! Frames from clients: cut out of the byte stream, unmasked, joined, and checked against RFC 6455.

use bytes::Bytes;
use bytestring::ByteString;

use crate::Options;
use crate::frame::MAX_CONTROL;

/// The close codes of RFC 6455, section 7.4.1, that are ours to send.
pub(crate) mod code {
    pub const NORMAL: u16 = 1000;
    pub const GOING_AWAY: u16 = 1001;
    pub const PROTOCOL: u16 = 1002;
    pub const NOT_UTF8: u16 = 1007;
    pub const POLICY: u16 = 1008;
    pub const TOO_BIG: u16 = 1009;
}

/// A whole message from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text, which is valid UTF-8.
    Text(ByteString),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    /// The length of the payload in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether the payload is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inbound {
    Message(Message),
    Ping(Bytes),
    Pong,
    /// A close frame, with its code if it had one.
    Close(Option<u16>),
}

/// Why a client's bytes are refused: what to close with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: u16,
    pub reason: &'static str,
}

const fn fault(code: u16, reason: &'static str) -> Fault {
    Fault { code, reason }
}

/// Turns bytes into what the client sent. Holds memory only while a frame or a message is incomplete.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    partial: Vec<u8>,
    fragments: Option<Box<Fragments>>,
}

#[derive(Debug)]
struct Fragments {
    text: bool,
    count: usize,
    data: Vec<u8>,
    /// How much of the data is known to be UTF-8.
    valid: usize,
}

struct Header {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Where the payload begins and ends.
    start: usize,
    end: usize,
}

impl Decoder {
    /// Takes bytes in. What they complete is appended to `out`; on a fault nothing more may be fed.
    pub fn feed(&mut self, input: &[u8], options: &Options, out: &mut Vec<Inbound>) -> Result<(), Fault> {
        let mut joined = std::mem::take(&mut self.partial);
        let mut rest = if joined.is_empty() {
            input
        } else {
            joined.extend_from_slice(input);
            &joined[..]
        };
        while let Some(header) = self.header(rest, options)? {
            let Some(payload) = rest.get(header.start..header.end) else { break };
            let mut payload = payload.to_vec();
            unmask(&mut payload, header.mask);
            rest = &rest[header.end..];
            self.frame(&header, payload, options, out)?;
        }
        let left = rest.len();
        if joined.is_empty() {
            self.partial = rest.to_vec();
        } else if left > 0 {
            // A long frame comes in many pieces; what is there already is not copied for each.
            joined.drain(..joined.len() - left);
            self.partial = joined;
        }
        Ok(())
    }

    /// The header at the beginning of `bytes`, if it is whole. All that can be refused by it is, before the payload is
    /// waited for.
    fn header(&self, bytes: &[u8], options: &Options) -> Result<Option<Header>, Fault> {
        let &[first, second, ..] = bytes else { return Ok(None) };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0F);
        if first & 0x70 != 0 {
            return Err(fault(code::PROTOCOL, "reserved bits are set"));
        }
        if second & 0x80 == 0 {
            return Err(fault(code::PROTOCOL, "the frame is not masked"));
        }
        let control = opcode & 0x8 != 0;
        match opcode {
            0x0 if self.fragments.is_none() => return Err(fault(code::PROTOCOL, "nothing to continue")),
            0x1 | 0x2 if self.fragments.is_some() => {
                return Err(fault(code::PROTOCOL, "the message before is incomplete"));
            }
            0x0..=0x2 | 0x8..=0xA => {}
            _ => return Err(fault(code::PROTOCOL, "unknown opcode")),
        }
        let short = second & 0x7F;
        if control && (!fin || usize::from(short) > MAX_CONTROL) {
            return Err(fault(code::PROTOCOL, "control frames are short and whole"));
        }
        let (length, at) = match short {
            126 => match bytes.get(2..4) {
                Some(&[a, b]) => (u64::from(u16::from_be_bytes([a, b])), 4),
                _ => return Ok(None),
            },
            127 => match bytes.get(2..10).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) {
                Some(eight) => (u64::from_be_bytes(eight), 10),
                None => return Ok(None),
            },
            short => (u64::from(short), 2),
        };
        let so_far = self.fragments.as_ref().map_or(0, |fragments| if control { 0 } else { fragments.data.len() });
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length.saturating_add(so_far) > options.max_message.max(MAX_CONTROL) {
            return Err(fault(code::TOO_BIG, "the message is too long"));
        }
        let Some(&[a, b, c, d]) = bytes.get(at..at + 4) else { return Ok(None) };
        Ok(Some(Header { fin, opcode, mask: [a, b, c, d], start: at + 4, end: at + 4 + length }))
    }

    fn frame(
        &mut self,
        header: &Header,
        payload: Vec<u8>,
        options: &Options,
        out: &mut Vec<Inbound>,
    ) -> Result<(), Fault> {
        match header.opcode {
            0x8 => out.push(Inbound::Close(close_code(&payload)?)),
            0x9 => out.push(Inbound::Ping(payload.into())),
            0xA => out.push(Inbound::Pong),
            opcode if header.fin && self.fragments.is_none() => {
                out.push(Inbound::Message(whole(opcode == 0x1, payload)?));
            }
            opcode => {
                let fragments = self.fragments.get_or_insert_with(|| {
                    Box::new(Fragments { text: opcode == 0x1, count: 0, data: Vec::new(), valid: 0 })
                });
                fragments.add(&payload, options)?;
                if header.fin
                    && let Some(fragments) = self.fragments.take()
                {
                    out.push(Inbound::Message(whole(fragments.text, fragments.data)?));
                }
            }
        }
        Ok(())
    }
}

impl Fragments {
    fn add(&mut self, payload: &[u8], options: &Options) -> Result<(), Fault> {
        self.count += 1;
        if self.count > options.max_fragments {
            return Err(fault(code::TOO_BIG, "too many fragments"));
        }
        self.data.extend_from_slice(payload);
        if self.text {
            // A character may be split between fragments: only what can no longer become one is refused here.
            match std::str::from_utf8(&self.data[self.valid..]) {
                Ok(_) => self.valid = self.data.len(),
                Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
                Err(_) => return Err(fault(code::NOT_UTF8, "the text is not UTF-8")),
            }
        }
        Ok(())
    }
}

fn whole(text: bool, payload: Vec<u8>) -> Result<Message, Fault> {
    let payload = Bytes::from(payload);
    if text {
        let text = ByteString::try_from(payload).map_err(|_| fault(code::NOT_UTF8, "the text is not UTF-8"))?;
        return Ok(Message::Text(text));
    }
    Ok(Message::Binary(payload))
}

/// The code of a close frame's payload (RFC 6455, sections 5.5.1 and 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, Fault> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), reason),
        [_] => return Err(fault(code::PROTOCOL, "a close code has two bytes")),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(fault(code::PROTOCOL, "no such close code"));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(fault(code::NOT_UTF8, "the reason is not UTF-8"));
    }
    Ok(Some(code))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, key) in payload.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests;
