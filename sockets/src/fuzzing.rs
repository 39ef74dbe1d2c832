//! What must hold for any bytes: tried by the targets in `fuzz/`, and by the tests beside the parsers.

use crate::Options;
use crate::decode::{Decoder, Fault, Inbound};

/// Feeds bytes in pieces of such a size: what came of them, and the fault at the end, if one was.
fn feed(bytes: &[u8], piece: usize, options: &Options) -> (Vec<Inbound>, Option<Fault>) {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    let fault = bytes.chunks(piece.max(1)).find_map(|piece| decoder.feed(piece, options, &mut out).err());
    (out, fault)
}

/// Frames from a client: however the stream is cut, the same comes of it, and no message is longer than allowed.
///
/// # Panics
///
/// If that does not hold.
pub fn frames(bytes: &[u8]) {
    let options = Options { max_message: 1000, max_fragments: 8, ..Options::default() };
    let whole = feed(bytes, usize::MAX, &options);
    for piece in [1, 2, 7] {
        assert_eq!(feed(bytes, piece, &options), whole, "in pieces of {piece}");
    }
    for inbound in whole.0 {
        match inbound {
            Inbound::Message(message) => assert!(message.len() <= options.max_message),
            Inbound::Ping(payload) => assert!(payload.len() <= 125),
            Inbound::Pong | Inbound::Close(_) => {}
        }
    }
}
