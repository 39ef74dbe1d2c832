//! Session ids: nobody can guess one, and each tells the worker that its session lives on.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

const WORKER: usize = 2;
const RANDOM: usize = 16;

/// A new id for a session on this worker, or none if the system gives no random bytes.
pub(super) fn new(worker: usize) -> Option<String> {
    let mut bytes = [0; WORKER + RANDOM];
    bytes[..WORKER].copy_from_slice(&u16::try_from(worker).ok()?.to_be_bytes());
    getrandom::fill(&mut bytes[WORKER..]).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// 128 random bits as text, or none if the system gives no random bytes.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The worker that an id tells, if it may be one.
pub(super) fn worker(sid: &str) -> Option<usize> {
    let mut bytes = [0; WORKER + RANDOM];
    match BASE64_URL_SAFE_NO_PAD.decode_slice(sid, &mut bytes) {
        Ok(length) if length == bytes.len() => Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_worker_and_is_like_no_other() {
        for index in [0, 1, 65_535] {
            let (one, other) = (new(index).unwrap(), new(index).unwrap());
            assert_eq!((worker(&one), worker(&other)), (Some(index), Some(index)));
            assert_ne!(one, other);
        }
        assert_eq!(new(65_536), None);
        assert_eq!(random().unwrap().len(), 22);
    }

    #[test]
    fn what_is_no_id_tells_no_worker() {
        let good = new(0).unwrap();
        for text in ["", "abc", "../../etc/passwd", &good[1..], &format!("{good}A"), &good.replace(&good[5..6], "%")] {
            assert_eq!(worker(text), None, "{text}");
        }
    }
}
