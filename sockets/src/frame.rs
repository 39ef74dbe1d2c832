//! Frames to clients, encoded once and shared.

use bytes::{BufMut, Bytes, BytesMut};

const FIN: u8 = 0x80;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// The longest payload of a control frame (RFC 6455, section 5.5).
pub(crate) const MAX_CONTROL: usize = 125;

/// A whole server frame: unmasked, unfragmented (RFC 6455, section 5.2). A clone shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    wire: Bytes,
    header: u8,
}

impl Frame {
    /// A text frame.
    pub fn text(payload: &str) -> Self {
        Self::encode(TEXT, payload.as_bytes())
    }

    /// A binary frame.
    pub fn binary(payload: &[u8]) -> Self {
        Self::encode(BINARY, payload)
    }

    /// A ping without payload.
    pub(crate) fn ping() -> Self {
        Self::encode(PING, &[])
    }

    /// The answer to a ping.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::encode(PONG, payload)
    }

    /// A close frame; a reason longer than a control frame takes is cut at a character.
    pub(crate) fn close(code: u16, reason: &str) -> Self {
        let mut end = reason.len().min(MAX_CONTROL - 2);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let mut payload = Vec::with_capacity(2 + end);
        payload.put_u16(code);
        payload.extend_from_slice(&reason.as_bytes()[..end]);
        Self::encode(CLOSE, &payload)
    }

    fn encode(opcode: u8, payload: &[u8]) -> Self {
        let mut wire = BytesMut::with_capacity(payload.len() + 10);
        wire.put_u8(FIN | opcode);
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(short), _) if usize::from(short) <= MAX_CONTROL => wire.put_u8(short),
            (_, Ok(medium)) => {
                wire.put_u8(126);
                wire.put_u16(medium);
            }
            _ => {
                wire.put_u8(127);
                wire.put_u64(payload.len() as u64);
            }
        }
        let header = if wire.len() == 2 {
            2
        } else if wire.len() == 4 {
            4
        } else {
            10
        };
        wire.put_slice(payload);
        Self { wire: wire.freeze(), header }
    }

    /// Whether it is a text frame; otherwise it is binary, or a control frame.
    pub fn is_text(&self) -> bool {
        self.wire.first() == Some(&(FIN | TEXT))
    }

    /// The payload, without the header.
    pub fn payload(&self) -> Bytes {
        self.wire.slice(usize::from(self.header)..)
    }

    /// The frame as it goes over the wire.
    pub fn wire(&self) -> &Bytes {
        &self.wire
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_the_length_the_payload_needs() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = Frame::binary(&vec![7; length]);
            assert_eq!(frame.wire().len(), header + length);
            assert_eq!(frame.payload(), vec![7; length]);
        }
        assert_eq!(&Frame::text("hi").wire()[..], [0x81, 2, b'h', b'i']);
    }

    #[test]
    fn a_close_reason_is_cut_at_a_character() {
        let frame = Frame::close(4001, &"ä".repeat(100));
        assert!(frame.payload().len() <= MAX_CONTROL);
        assert!(std::str::from_utf8(&frame.payload()[2..]).is_ok());
        assert_eq!(&Frame::close(1000, "").payload()[..], [0x03, 0xE8]);
    }
}
