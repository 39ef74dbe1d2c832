//! As much of RFC 6455 as there is between the generator and the floor.

use super::Result;

/// A whole text frame, unmasked, as a server sends it.
pub fn text(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 4);
    frame.push(0x81);
    if let Ok(len @ ..=125) = u8::try_from(payload.len()) {
        frame.push(len);
    } else {
        frame.push(126);
        // Nothing longer is ever sent here.
        frame.extend_from_slice(&u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
    }
    frame.extend_from_slice(payload);
    frame
}

/// Takes the first frame off, if it is whole: its payload, without the mask.
pub fn take(bytes: &mut Vec<u8>) -> Result<Option<Vec<u8>>> {
    let [first, second, ..] = bytes[..] else { return Ok(None) };
    if first != 0x81 || second & 0x80 == 0 {
        return Err("no text frame of a client".into());
    }
    let (len, start) = match (second & 0x7f, bytes.get(2..4)) {
        (len @ ..=125, _) => (usize::from(len), 2),
        (126, Some(len)) => (usize::from(u16::from_be_bytes([len[0], len[1]])), 4),
        (126, None) => return Ok(None),
        _ => return Err("too long a frame".into()),
    };
    let Some(masked) = bytes.get(start..start + 4 + len) else { return Ok(None) };
    let (mask, payload) = masked.split_at(4);
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    bytes.drain(..start + 4 + len);
    Ok(Some(payload))
}
