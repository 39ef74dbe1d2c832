//! What waits for a client to poll it: the same rules as for the queue of a WebSocket.

use std::collections::VecDeque;

use sockets::Frame;

use super::payload;
use crate::Options;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    Queued,
    Dropped,
    /// There is no room: the client polls too slowly.
    Full,
}

/// A queue bounded in bytes and frames. While it holds, only what is pushed ahead can be taken.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    ready: VecDeque<Frame>,
    held: Vec<Frame>,
    holding: bool,
    bytes: usize,
}

impl Outbox {
    pub fn push(&mut self, frame: &Frame, droppable: bool, options: &Options) -> Pushed {
        let (bytes, frames) = (self.bytes + frame.wire().len(), self.ready.len() + self.held.len() + 1);
        if droppable && (bytes > options.queue_bytes / 2 || frames > options.queue_frames / 2) {
            return Pushed::Dropped;
        }
        // By what waits already: an answer that is longer than all that may wait is no fault of the client's.
        if self.bytes >= options.queue_bytes || frames > options.queue_frames {
            return Pushed::Full;
        }
        self.bytes = bytes;
        if self.holding {
            self.held.push(frame.clone());
        } else {
            self.ready.push_back(frame.clone());
        }
        Pushed::Queued
    }

    pub fn push_ahead(&mut self, frame: &Frame, options: &Options) -> Pushed {
        let holding = std::mem::replace(&mut self.holding, false);
        let pushed = self.push(frame, false, options);
        self.holding = holding;
        pushed
    }

    pub fn hold(&mut self) {
        self.holding = true;
    }

    pub fn release(&mut self) {
        self.holding = false;
        self.ready.extend(std::mem::take(&mut self.held));
    }

    /// Whether nothing is ready to be taken.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// Bytes that wait, held ones included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next answer to a poll: at least one packet, if there is one.
    pub fn take(&mut self, options: &Options) -> Vec<u8> {
        let (mut body, mut count) = (Vec::new(), 0);
        while let Some(frame) = self.ready.front() {
            let length = body.len() + payload::length(frame) + 1;
            if count > 0 && (count == options.packets_per_poll || length > options.max_payload) {
                break;
            }
            payload::write(frame, &mut body);
            self.bytes -= frame.wire().len();
            count += 1;
            self.ready.pop_front();
        }
        if self.ready.is_empty() {
            self.ready = VecDeque::new();
        }
        body
    }

    /// Everything: what is ready, what is held, and whether it holds.
    pub fn into_parts(self) -> (VecDeque<Frame>, Vec<Frame>, bool) {
        (self.ready, self.held, self.holding)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn push(outbox: &mut Outbox, text: &str, droppable: bool, options: &Options) -> Pushed {
        outbox.push(&Frame::text(text), droppable, options)
    }

    #[test]
    fn it_is_full_at_its_limits_and_one_beyond() {
        let by_bytes = Options { queue_bytes: 6, ..Options::default() };
        let by_frames = Options { queue_frames: 2, ..Options::default() };
        let mut outbox = Outbox::default();
        assert_eq!(push(&mut outbox, "1234", false, &by_bytes), Pushed::Queued);
        assert_eq!(push(&mut outbox, "", false, &by_bytes), Pushed::Full);
        let mut outbox = Outbox::default();
        assert_eq!(push(&mut outbox, "longer than that", false, &by_bytes), Pushed::Queued);
        assert_eq!(push(&mut outbox, "1", false, &by_bytes), Pushed::Full);
        let mut outbox = Outbox::default();
        assert_eq!(push(&mut outbox, "1", true, &by_frames), Pushed::Queued);
        assert_eq!(push(&mut outbox, "2", true, &by_frames), Pushed::Dropped);
        assert_eq!(push(&mut outbox, "2", false, &by_frames), Pushed::Queued);
        assert_eq!(push(&mut outbox, "3", false, &by_frames), Pushed::Full);
        outbox.take(&by_frames);
        assert_eq!(outbox.bytes(), 0);
        assert_eq!(push(&mut outbox, "3", false, &by_frames), Pushed::Queued);
    }

    #[test]
    fn an_answer_overtakes_what_is_held() {
        let options = Options::default();
        let mut outbox = Outbox::default();
        push(&mut outbox, "41", false, &options);
        outbox.hold();
        push(&mut outbox, "43", false, &options);
        outbox.push_ahead(&Frame::text("42"), &options);
        assert_eq!(outbox.take(&options), b"41\x1e42");
        assert!(outbox.is_idle());
        outbox.release();
        assert_eq!(outbox.take(&options), b"43");
    }

    proptest! {
        #[test]
        fn answers_are_bounded_and_nothing_is_lost(
            texts in prop::collection::vec("[a-z]{1,30}", 1..60),
            max_payload in 1usize..100,
        ) {
            let options = Options { max_payload, ..Options::default() };
            let (mut outbox, mut found) = (Outbox::default(), Vec::new());
            for text in &texts {
                push(&mut outbox, text, false, &options);
            }
            while !outbox.is_idle() {
                let body = String::from_utf8(outbox.take(&options)).unwrap();
                let packets: Vec<_> = body.split('\x1e').map(str::to_owned).collect();
                prop_assert!(packets.len() == 1 || (packets.len() <= 16 && body.len() <= max_payload));
                found.extend(packets);
            }
            prop_assert_eq!(found, texts);
        }
    }
}
