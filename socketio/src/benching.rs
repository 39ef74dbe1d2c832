//! What is measured by `benches/` and is not to be had from outside.

use bytes::Bytes;
use bytestring::ByteString;

use crate::engine::payload;
use crate::packet;

/// Takes a client's packet apart; whether it is one.
pub fn packet(text: &ByteString) -> bool {
    packet::parse(text, 10).is_ok()
}

/// Takes the body of a POST apart: how many packets it has, none if it is refused.
pub fn payload(body: Bytes) -> usize {
    payload::read(body, 64).map_or(0, |packets| packets.len())
}
