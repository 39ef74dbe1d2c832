//! Session ids: nobody can guess one, and each tells the worker that its session lives on.

use std::fmt::{self, Display, Formatter};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

const WORKER: usize = 2;
const RANDOM: usize = 16;

/// A session's id: the number of its worker, and 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sid([u8; WORKER + RANDOM]);

impl Sid {
    /// A new one for a session on this worker, or none if the system gives no random bytes.
    pub fn new(worker: usize) -> Option<Self> {
        let mut bytes = [0; WORKER + RANDOM];
        bytes[..WORKER].copy_from_slice(&u16::try_from(worker).ok()?.to_be_bytes());
        getrandom::fill(&mut bytes[WORKER..]).ok()?;
        Some(Self(bytes))
    }

    /// Reads what a client says, if it may be one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; WORKER + RANDOM];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(length) if length == bytes.len() => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The worker that the session lives on.
    pub fn worker(self) -> usize {
        usize::from(u16::from_be_bytes([self.0[0], self.0[1]]))
    }
}

impl Display for Sid {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// 128 random bits as text, or none if the system gives no random bytes.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_worker_and_is_like_no_other() {
        for index in [0, 1, 65_535] {
            let (one, other) = (Sid::new(index).unwrap(), Sid::new(index).unwrap());
            assert_eq!((one.worker(), other.worker()), (index, index));
            assert_eq!(Sid::parse(&one.to_string()), Some(one));
            assert_ne!(one, other);
        }
        assert_eq!(Sid::new(65_536), None);
        assert_eq!(random().unwrap().len(), 22);
    }

    #[test]
    fn what_is_no_id_is_none() {
        let good = Sid::new(0).unwrap().to_string();
        for text in ["", "abc", "../../etc/passwd", &good[1..], &format!("{good}A"), &good.replace(&good[5..6], "%")] {
            assert_eq!(Sid::parse(text), None, "{text}");
        }
    }
}
