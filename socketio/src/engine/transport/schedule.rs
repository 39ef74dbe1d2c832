//! A session's transport under a scheduler: frames are brought and answered, commands hold and let go, the client polls,
//! tries to upgrade, gives up, and upgrades. What the client is told, over whatever it is, is held against a list.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use sockets::Message;

use super::*;
use crate::engine::payload;

#[derive(Debug, Clone)]
enum Step {
    Bring {
        length: usize,
        binary: bool,
        droppable: bool,
    },
    /// What runs sends so many at once.
    Answer(usize),
    Hold,
    Release,
    Poll,
    /// A WebSocket begins an upgrade.
    Probe,
    /// It ends before it has taken over.
    Abandon,
    /// It takes over.
    Upgrade,
    /// One that has not begun to would take over.
    Usurp,
}

fn step() -> impl Strategy<Value = Step> {
    let bring = (1..30usize, any::<bool>(), any::<bool>());
    prop_oneof![
        16 => bring.prop_map(|(length, binary, droppable)| Step::Bring { length, binary, droppable }),
        6 => (1..4usize).prop_map(Step::Answer),
        4 => Just(Step::Hold),
        4 => Just(Step::Release),
        12 => Just(Step::Poll),
        3 => Just(Step::Probe),
        2 => Just(Step::Abandon),
        1 => Just(Step::Upgrade),
        1 => Just(Step::Usurp),
    ]
}

/// A WebSocket as its client sees it, without bounds.
#[derive(Default)]
struct Line {
    said: Vec<Frame>,
    held: Vec<Frame>,
    holds: bool,
}

#[derive(Clone, Default)]
struct Ear(Rc<RefCell<Line>>);

impl Wire for Ear {
    fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    fn send(&self, frame: &Frame) {
        self.0.borrow_mut().said.push(frame.clone());
    }

    fn deliver(&self, frame: &Frame, _: bool) {
        let line = &mut *self.0.borrow_mut();
        if line.holds { &mut line.held } else { &mut line.said }.push(frame.clone());
    }

    fn flush(&self) {}

    fn hold(&self) {
        self.0.borrow_mut().holds = true;
    }

    fn release(&self) {
        let line = &mut *self.0.borrow_mut();
        line.holds = false;
        line.said.append(&mut line.held);
    }

    fn pause(&self, _: bool) {}

    fn close(&self, _: u16, _: &str) {}

    fn queued_bytes(&self) -> usize {
        0
    }
}

/// The transport, its client, and what the client should be told.
struct Stage {
    options: Options,
    transport: Transport<Ear>,
    frames: usize,
    due: Vec<Message>,
    held: Vec<Message>,
    holds: bool,
    told: Vec<Message>,
    poll: Option<oneshot::Receiver<Reply>>,
    probe: Option<Ear>,
    line: Option<Ear>,
}

fn message(frame: &Frame) -> Message {
    let payload = frame.payload();
    if frame.is_text() {
        return Message::Text(std::str::from_utf8(&payload[1..]).unwrap().into());
    }
    Message::Binary(Bytes::copy_from_slice(&payload))
}

impl Stage {
    fn new(options: Options) -> Self {
        Self {
            options,
            transport: Transport::Polling(Box::default()),
            frames: 0,
            due: Vec::new(),
            held: Vec::new(),
            holds: false,
            told: Vec::new(),
            poll: None,
            probe: None,
            line: None,
        }
    }

    fn frame(&mut self, length: usize, binary: bool) -> Frame {
        self.frames += 1;
        let text = format!("{:03}{}", self.frames, "x".repeat(length));
        if binary { Frame::binary(text.as_bytes()) } else { Frame::text(&format!("4{text}")) }
    }

    fn waiting(&self) -> usize {
        self.due.len() + self.held.len() - self.told.len()
    }

    /// Takes a step as a session does; an error ends it.
    fn take(&mut self, step: &Step) -> Result<(), Full> {
        match *step {
            Step::Bring { length, binary, droppable } => {
                let frame = self.frame(length, binary);
                let half = self.line.is_none() && self.waiting() + 1 > self.options.queue_frames / 2;
                self.transport.bring(&frame, droppable, &self.options)?;
                if !(droppable && half) {
                    if self.holds { &mut self.held } else { &mut self.due }.push(message(&frame));
                }
            }
            Step::Answer(count) => {
                let frames: Vec<_> = (0..count).map(|n| self.frame(5, n == 1)).collect();
                self.transport.send(&frames, &self.options)?;
                self.due.extend(frames.iter().map(message));
            }
            Step::Hold => {
                self.transport.hold();
                self.holds = true;
            }
            Step::Release => {
                self.transport.release();
                self.holds = false;
                self.due.append(&mut self.held);
            }
            Step::Poll => self.poll(),
            Step::Probe if self.transport.may_upgrade() => {
                let ear = Ear::default();
                self.transport.begin_upgrade(&ear, Instant::now());
                assert_eq!(ear.0.borrow_mut().said.pop(), Some(Frame::text("3probe")));
                self.probe = Some(ear);
            }
            Step::Abandon if self.probe.take().is_some() => self.transport.abandon_upgrade(),
            Step::Upgrade => {
                if let Some(ear) = self.probe.take() {
                    assert!(self.transport.upgrade(&ear, false), "it has begun");
                    self.line = Some(ear);
                }
            }
            Step::Usurp => assert!(!self.transport.upgrade(&Ear::default(), false), "it has not begun"),
            Step::Probe | Step::Abandon => {}
        }
        self.transport.answer_poll(&self.options);
        self.hear();
        Ok(())
    }

    fn poll(&mut self) {
        let (sender, receiver) = oneshot::channel();
        let taken = self.transport.poll(7, sender).is_ok();
        assert_eq!(taken, self.poll.is_none(), "one poll at a time");
        if taken {
            self.poll = Some(receiver);
        }
    }

    /// The client reads what has come.
    fn hear(&mut self) {
        if let Some(mut poll) = self.poll.take() {
            match poll.try_recv() {
                Ok(Reply::Body(body)) => self.read(body),
                Ok(other) => assert!(self.line.is_some(), "{other:?}"),
                Err(_) => self.poll = Some(poll),
            }
        }
        if let Some(line) = &self.line {
            self.told.extend(line.0.borrow_mut().said.drain(..).map(|frame| message(&frame)));
        }
    }

    fn read(&mut self, body: Bytes) {
        let length = body.len();
        let packets = payload::read(body, usize::MAX).unwrap();
        let count = packets.len();
        assert!(count <= self.options.packets_per_poll, "{count} packets");
        assert!(count == 1 || length <= self.options.max_payload, "{count} packets of {length} bytes");
        self.told.extend(packets.iter().filter_map(|packet| packet.message().cloned()));
    }

    fn check(&self) {
        assert_eq!(self.told, self.due[..self.told.len().min(self.due.len())], "all in order, each once");
        let waits = self.told.len() < self.due.len();
        assert!(!(waits && (self.poll.is_some() || self.line.is_some())), "who listens is told what there is");
        assert!(!(self.poll.is_some() && self.probe.is_some()), "who upgrades need not wait for a poll");
        let has_nothing = self.line.is_none() && self.waiting() == 0;
        assert!(!has_nothing || self.transport.queued_bytes() == 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_schedule_the_client_is_told_all_once_and_in_order(
        steps in prop::collection::vec(step(), 1..150),
        max_payload in 10..200usize,
        packets_per_poll in 1..20usize,
        queue_frames in 12..80usize,
    ) {
        let mut stage = Stage::new(Options { max_payload, packets_per_poll, queue_frames, ..Options::default() });
        for step in steps {
            if stage.take(&step).is_err() {
                // The session ends; what was told until then was right.
                prop_assert!(stage.waiting() + 3 > queue_frames, "full at its limit alone");
                return Ok(());
            }
            stage.check();
        }
        stage.take(&Step::Release).unwrap();
        while stage.told.len() < stage.due.len() {
            stage.take(&Step::Poll).unwrap();
            stage.check();
        }
        prop_assert_eq!(&stage.told, &stage.due);
    }
}
