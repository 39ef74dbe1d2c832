//! The queue under a scheduler: commands hold it, answer and let go, others bring frames, and the socket takes what it
//! likes. What comes out is held against a list without bounds of what should.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    /// The worker brings a frame of that length.
    Bring {
        length: usize,
        droppable: bool,
    },
    /// The command that runs, or the connection itself, sends one.
    Answer(usize),
    Hold,
    Release,
    /// The socket takes so many bytes.
    Write(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (2..40usize, any::<bool>()).prop_map(|(length, droppable)| Step::Bring { length, droppable }),
        3 => (2..40usize).prop_map(Step::Answer),
        2 => Just(Step::Hold),
        2 => Just(Step::Release),
        5 => (0..120usize).prop_map(Step::Write),
    ]
}

/// The queue, the client's end of it, and what is right.
struct Stage {
    options: Options,
    queue: Queue,
    frames: u8,
    /// What goes out, in this order, whether it is written or not.
    due: Vec<Bytes>,
    held: Vec<Bytes>,
    holds: bool,
    written: Vec<u8>,
}

impl Stage {
    /// The next frame: its bytes tell it from those around it.
    fn frame(&mut self, length: usize) -> Bytes {
        self.frames = self.frames.wrapping_add(1);
        Bytes::from(vec![self.frames; length])
    }

    /// What waits: frames that are not written to their end, and their bytes that are not.
    fn waiting(&self) -> (usize, usize) {
        let (mut frames, mut bytes) = (self.held.len(), self.held.iter().map(Bytes::len).sum());
        let mut end = 0;
        for frame in &self.due {
            end += frame.len();
            if end > self.written.len() {
                frames += 1;
                bytes += (end - self.written.len()).min(frame.len());
            }
        }
        (frames, bytes)
    }

    fn verdict(&self, length: usize, droppable: bool) -> Pushed {
        let (frames, bytes) = self.waiting();
        let (most_frames, most_bytes) = (self.options.queue_frames, self.options.queue_bytes);
        let beyond_half = frames + 1 > most_frames / 2 || bytes + length > most_bytes / 2;
        match (droppable && beyond_half, frames + 1 > most_frames || bytes >= most_bytes) {
            (true, _) => Pushed::Dropped,
            (false, true) => Pushed::Full,
            (false, false) => Pushed::Queued,
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Bring { length, droppable } => {
                let (frame, verdict) = (self.frame(length), self.verdict(length, droppable));
                assert_eq!(self.queue.push(frame.clone(), droppable, &self.options), verdict);
                if verdict == Pushed::Queued {
                    if self.holds { self.held.push(frame) } else { self.due.push(frame) }
                }
            }
            Step::Answer(length) => {
                let (frame, verdict) = (self.frame(length), self.verdict(length, false));
                assert_eq!(self.queue.push_ahead(frame.clone(), &self.options), verdict);
                if verdict == Pushed::Queued {
                    self.due.push(frame);
                }
            }
            Step::Hold => {
                self.queue.hold();
                self.holds = true;
            }
            Step::Release => {
                self.queue.release();
                self.holds = false;
                self.due.append(&mut self.held);
            }
            Step::Write(at_most) => {
                let bytes = tests::written(&mut self.queue, at_most);
                self.written.extend(bytes);
            }
        }
    }

    fn check(&self) {
        let due = self.due.concat();
        assert!(due.starts_with(&self.written), "what goes out is what should, in order");
        assert_eq!(self.queue.is_idle(), self.written.len() == due.len(), "idle when all that may go out has");
        let (frames, bytes) = self.waiting();
        assert_eq!((self.queue.frames(), self.queue.bytes()), (frames, bytes), "it knows what waits");
        let ends = self.due.iter().scan(0, |end, frame| {
            *end += frame.len();
            Some(*end)
        });
        let at_end = self.written.is_empty() || ends.into_iter().any(|end| end == self.written.len());
        assert_eq!(self.queue.at_boundary(), at_end, "a close frame may follow whole frames alone");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_schedule_what_was_taken_goes_out_once_and_in_order(
        steps in prop::collection::vec(step(), 1..120),
        queue_bytes in 40..400usize,
        queue_frames in 2..24usize,
    ) {
        let options = Options { queue_bytes, queue_frames, ..Options::default() };
        let mut stage = Stage {
            options, queue: Queue::default(), frames: 0,
            due: Vec::new(), held: Vec::new(), holds: false, written: Vec::new(),
        };
        for step in steps {
            stage.take(&step);
            stage.check();
        }
        stage.take(&Step::Release);
        while !stage.queue.is_idle() {
            stage.take(&Step::Write(7));
            stage.check();
        }
        prop_assert_eq!(stage.queue.bytes(), 0);
    }
}
