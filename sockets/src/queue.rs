//! What waits to be written to one connection. A state machine without I/O.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use crate::Options;

/// How many frames go into one write at most.
pub(crate) const MERGED: usize = 32;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits for its turn.
    Queued,
    /// It was let go: the queue is half full, and it may be.
    Dropped,
    /// There is no room: the connection is too slow.
    Full,
}

/// A queue bounded in bytes and frames.
///
/// While it [holds](Self::hold), what is pushed waits behind the hold, and only what is pushed
/// [ahead](Self::push_ahead) goes out: the answer to a command overtakes the news of it.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// What may go out, and after it what is held.
    frames: VecDeque<Bytes>,
    ready: usize,
    holding: bool,
    /// How much of the first frame is written.
    written: usize,
    bytes: usize,
}

impl Queue {
    pub fn push(&mut self, frame: Bytes, droppable: bool, options: &Options) -> Pushed {
        let (bytes, frames) = (self.bytes + frame.len(), self.frames.len() + 1);
        if droppable && (bytes > options.queue_bytes / 2 || frames > options.queue_frames / 2) {
            return Pushed::Dropped;
        }
        // The queue is also smaller, so that it is full within a short run.
        #[cfg(feature = "planted-bugs")]
        if planted::is(planted::Bug::QueueDrops) && frames > options.queue_frames / 32 {
            return Pushed::Dropped;
        }
        // By what waits already: an answer that is longer than all that may wait is no fault of the client's.
        if self.bytes >= options.queue_bytes || frames > options.queue_frames {
            return Pushed::Full;
        }
        self.bytes = bytes;
        if self.frames.is_empty() {
            // A frame is mostly alone, and many connections have one at a time.
            self.frames.reserve_exact(1);
        }
        if self.holding {
            self.frames.push_back(frame);
        } else {
            self.frames.insert(self.ready, frame);
            self.ready += 1;
        }
        Pushed::Queued
    }

    pub fn push_ahead(&mut self, frame: Bytes, options: &Options) -> Pushed {
        let held = std::mem::replace(&mut self.holding, false);
        let pushed = self.push(frame, false, options);
        self.holding = held;
        pushed
    }

    /// From now on what is pushed waits for [`release`](Self::release).
    pub fn hold(&mut self) {
        self.holding = true;
    }

    pub fn release(&mut self) {
        self.holding = false;
        self.ready = self.frames.len();
    }

    /// Whether what is pushed waits.
    pub fn is_holding(&self) -> bool {
        self.holding
    }

    /// Whether nothing is ready to be written.
    pub fn is_idle(&self) -> bool {
        self.ready == 0
    }

    /// Bytes that wait, held ones included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the last frame that was begun is written to its end.
    pub fn at_boundary(&self) -> bool {
        self.written == 0
    }

    /// The bytes to write, if they are of one frame.
    pub fn alone(&self) -> Option<&[u8]> {
        if self.ready == 1 { self.frames.front().map(|frame| &frame[self.written..]) } else { None }
    }

    /// The next bytes to write.
    pub fn slices(&self) -> ([IoSlice<'_>; MERGED], usize) {
        let mut slices = [IoSlice::new(&[]); MERGED];
        let mut count = 0;
        for (slot, frame) in slices.iter_mut().zip(self.frames.range(..self.ready)) {
            let from = if count == 0 { self.written } else { 0 };
            *slot = IoSlice::new(&frame[from..]);
            count += 1;
        }
        (slices, count)
    }

    /// So many bytes were written. Memory is let go once nothing waits.
    pub fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        written += self.written;
        self.written = 0;
        while self.ready > 0
            && let Some(first) = self.frames.front()
        {
            if written < first.len() {
                self.written = written;
                return;
            }
            written -= first.len();
            self.frames.pop_front();
            self.ready -= 1;
        }
        if self.frames.is_empty() {
            self.frames = VecDeque::new();
        }
    }

    #[cfg(test)]
    fn frames(&self) -> usize {
        self.frames.len()
    }
}

#[cfg(test)]
mod schedule;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn options(bytes: usize, frames: usize) -> Options {
        Options { queue_bytes: bytes, queue_frames: frames, ..Options::default() }
    }

    pub fn written(queue: &mut Queue, at_most: usize) -> Vec<u8> {
        let (slices, count) = queue.slices();
        let mut bytes: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
        bytes.truncate(at_most);
        queue.advance(bytes.len());
        bytes
    }

    #[test]
    fn it_is_full_at_its_limits_and_one_beyond() {
        let (by_bytes, by_frames) = (options(4, 100), options(100, 2));
        let mut queue = Queue::default();
        assert_eq!(queue.push(Bytes::from_static(b"1234"), false, &by_bytes), Pushed::Queued);
        assert_eq!(queue.push(Bytes::from_static(b"5"), false, &by_bytes), Pushed::Full);
        let mut queue = Queue::default();
        assert_eq!(queue.push(Bytes::from_static(b"123"), false, &by_bytes), Pushed::Queued);
        assert_eq!(queue.push(Bytes::from_static(b"longer"), false, &by_bytes), Pushed::Queued);
        assert_eq!(queue.push(Bytes::from_static(b"1"), false, &by_bytes), Pushed::Full);
        let mut queue = Queue::default();
        assert_eq!(queue.push(Bytes::from_static(b"1"), false, &by_frames), Pushed::Queued);
        assert_eq!(queue.push(Bytes::from_static(b"2"), false, &by_frames), Pushed::Queued);
        assert_eq!(queue.push(Bytes::from_static(b"3"), false, &by_frames), Pushed::Full);
        queue.advance(1);
        assert_eq!(queue.push(Bytes::from_static(b"3"), false, &by_frames), Pushed::Queued);
    }

    #[test]
    fn what_may_be_dropped_is_from_half_full() {
        let options = options(100, 4);
        let mut queue = Queue::default();
        for _ in 0..2 {
            assert_eq!(queue.push(Bytes::from_static(b"x"), true, &options), Pushed::Queued);
        }
        assert_eq!(queue.push(Bytes::from_static(b"x"), true, &options), Pushed::Dropped);
        assert_eq!(queue.push(Bytes::from_static(b"x"), false, &options), Pushed::Queued);
    }

    #[test]
    fn an_answer_overtakes_what_is_held() {
        let options = Options::default();
        let mut queue = Queue::default();
        queue.push(Bytes::from_static(b"1"), false, &options);
        queue.hold();
        queue.push(Bytes::from_static(b"3"), false, &options);
        queue.push_ahead(Bytes::from_static(b"2"), &options);
        assert_eq!(written(&mut queue, 9), b"12");
        assert_eq!(queue.bytes(), 1);
        queue.release();
        assert_eq!(written(&mut queue, 9), b"3");
        assert!(queue.is_idle());
    }

    proptest! {
        #[test]
        fn bytes_come_out_as_they_went_in(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 1..80),
            writes in prop::collection::vec(1usize..120, 1..40),
        ) {
            let (options, mut queue, mut out) = (Options::default(), Queue::default(), Vec::new());
            for frame in &frames {
                queue.push(Bytes::copy_from_slice(frame), false, &options);
            }
            for at_most in writes.iter().cycle() {
                if queue.is_idle() { break }
                out.extend(written(&mut queue, *at_most));
            }
            prop_assert_eq!(out, frames.concat());
            prop_assert_eq!(queue.bytes(), 0);
        }
    }
}
