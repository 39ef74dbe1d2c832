//! What is measured by `benches/` and is not to be had from outside.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::decode::Decoder;
use crate::queue::Queue;
use crate::shard::Shard;
use crate::worker::Order;
use crate::{Broadcast, Frame, Member, Options, Topic, Workers};

const TOPIC: Topic = Topic(0, 1);
const LANE: u8 = 0;

/// Reads a client's bytes: how many messages and control frames they hold, none if they are refused.
pub fn decode(bytes: &[u8], options: &Options) -> usize {
    let mut inbound = Vec::new();
    Decoder::default().feed(bytes, options, &mut inbound).map_or(0, |()| inbound.len())
}

/// Members of one topic on one worker. What they are sent is queued as it is for a socket, and never written.
pub struct Room(Rc<Shard>);

struct Listener {
    queue: RefCell<Queue>,
    options: Arc<Options>,
    dirty: Cell<bool>,
}

impl Member for Listener {
    fn deliver(&self, frame: &Frame, droppable: bool) {
        self.queue.borrow_mut().push(frame.wire().clone(), droppable, &self.options);
    }

    fn hold(&self) {}

    fn flush(&self) {
        *self.queue.borrow_mut() = Queue::default();
    }

    fn close(&self, _: u16, _: &str) {}

    fn dirty(&self) -> &Cell<bool> {
        &self.dirty
    }
}

impl Room {
    /// A room of so many; to be called on an actix runtime.
    pub fn of(members: usize) -> Self {
        let (_, orders) = unbounded_channel();
        let shard = Shard::start(Workers::new(1), 0, orders, Duration::from_hours(1));
        let options = Arc::new(Options::default());
        for _ in 0..members {
            let place = Cell::new(None);
            shard.adopt(|id| {
                place.set(Some(id));
                let (queue, dirty) = (RefCell::default(), Cell::new(false));
                Rc::new(Listener { queue, options: Arc::clone(&options), dirty })
            });
            if let Some(id) = place.get() {
                shard.carry_out(Order::Join(id, TOPIC, LANE), &mut Vec::new());
            }
        }
        Self(shard)
    }

    /// Brings a frame to everybody; how many got it.
    pub fn publish(&self, frame: &Frame) -> usize {
        let frames = Arc::from([Some(frame.clone())]);
        let broadcast = Broadcast { frames, origin: None, spares_origin: 0, droppable: false };
        let mut dirty = Vec::new();
        self.0.carry_out(Order::Publish(TOPIC, broadcast), &mut dirty);
        for member in &dirty {
            member.dirty().set(false);
            member.flush();
        }
        dirty.len()
    }
}
