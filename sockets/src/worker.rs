//! The workers: who lives where, and commands that reach connections from any thread.

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::frame::Frame;
use crate::shard::Shard;

/// A connection, as any thread may name it. A stale one names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId {
    pub(crate) worker: u16,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl ConnectionId {
    /// The worker it lives on.
    pub fn worker(self) -> usize {
        usize::from(self.worker)
    }
}

/// What connections join to hear broadcasts: of a kind, and of that kind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Topic(pub u8, pub u128);

/// How a member takes what is said on a topic: which of a broadcast's frames is theirs. Below 64.
pub type Lane = u8;

/// Something for several connections. A clone shares the frames.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// A frame for each lane, or none if it is nothing to those in it.
    pub frames: Arc<[Option<Frame>]>,
    /// The connection whose command caused it. While that command runs, the broadcast and all that follows is held
    /// back for it, so that it reads the answer first.
    pub origin: Option<ConnectionId>,
    /// The lanes in which the origin is left out, a bit each.
    pub spares_origin: u64,
    /// Whether a connection may miss it whose queue is half full.
    pub droppable: bool,
}

pub(crate) enum Order {
    Send(ConnectionId, Frame),
    Close(ConnectionId, u16, &'static str),
    Join(ConnectionId, Topic, Lane),
    Leave(ConnectionId, Topic),
    Publish(Topic, Broadcast),
    Tell(Vec<(ConnectionId, Lane)>, Broadcast),
    Run(Box<dyn FnOnce() + Send>),
    /// These, before anything is written.
    All(Vec<Order>),
}

/// Commands that are given together: what they bring one connection goes out in one write.
pub struct Orders<'a> {
    workers: &'a Workers,
    of_worker: Vec<Vec<Order>>,
}

impl Orders<'_> {
    /// As [`Workers::join`].
    pub fn join(&mut self, who: ConnectionId, topic: Topic, lane: Lane) {
        self.order(who.worker(), Order::Join(who, topic, lane));
    }

    /// As [`Workers::leave`].
    pub fn leave(&mut self, who: ConnectionId, topic: Topic) {
        self.order(who.worker(), Order::Leave(who, topic));
    }

    /// As [`Workers::close`].
    pub fn close(&mut self, who: ConnectionId, code: u16, reason: &'static str) {
        self.order(who.worker(), Order::Close(who, code, reason));
    }

    /// As [`Workers::publish`].
    pub fn publish(&mut self, worker: usize, topic: Topic, broadcast: Broadcast) {
        self.order(worker, Order::Publish(topic, broadcast));
    }

    /// As [`Workers::tell`].
    pub fn tell(&mut self, worker: usize, whom: Vec<(ConnectionId, Lane)>, broadcast: Broadcast) {
        self.order(worker, Order::Tell(whom, broadcast));
    }

    /// Gives them.
    pub fn give(self) {
        for (worker, orders) in self.of_worker.into_iter().enumerate().filter(|(_, orders)| !orders.is_empty()) {
            self.workers.order(worker, Order::All(orders));
        }
    }

    fn order(&mut self, worker: usize, order: Order) {
        if self.of_worker.len() <= worker {
            self.of_worker.resize_with(worker + 1, Vec::new);
        }
        self.of_worker[worker].push(order);
    }
}

/// Reaches connections from any thread. Commands that one thread gives one worker take effect in that order; none
/// waits. Cheap to clone.
#[derive(Clone)]
pub struct Workers(Arc<Shared>);

struct Shared {
    /// The inbox of each worker; of one that has not started yet, or has died, nobody reads.
    inboxes: RwLock<Vec<UnboundedSender<Order>>>,
    connections: AtomicUsize,
}

impl Workers {
    /// Handles for so many workers, which a server then starts.
    pub fn new(count: usize) -> Self {
        let inboxes = (0..count).map(|_| unbounded_channel().0).collect();
        Self(Arc::new(Shared { inboxes: RwLock::new(inboxes), connections: AtomicUsize::new(0) }))
    }

    /// Commands to be given together.
    pub fn orders(&self) -> Orders<'_> {
        Orders { workers: self, of_worker: Vec::new() }
    }

    /// How many workers there are.
    pub fn count(&self) -> usize {
        self.0.inboxes.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many WebSocket connections are open. Other [members](crate::Member) are not counted.
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Sends one connection a frame.
    pub fn send(&self, to: ConnectionId, frame: Frame) {
        self.order(to.worker(), Order::Send(to, frame));
    }

    /// Closes one connection.
    pub fn close(&self, to: ConnectionId, code: u16, reason: &'static str) {
        self.order(to.worker(), Order::Close(to, code, reason));
    }

    /// The connection hears the topic from now on, in this lane; if it did in another, it changes.
    pub fn join(&self, who: ConnectionId, topic: Topic, lane: Lane) {
        self.order(who.worker(), Order::Join(who, topic, lane));
    }

    /// It hears the topic no more.
    pub fn leave(&self, who: ConnectionId, topic: Topic) {
        self.order(who.worker(), Order::Leave(who, topic));
    }

    /// Brings a broadcast to the connections of one worker: one command, however many they are.
    pub fn publish(&self, worker: usize, topic: Topic, broadcast: Broadcast) {
        self.order(worker, Order::Publish(topic, broadcast));
    }

    /// Brings a broadcast to these connections of one worker, each with its lane.
    pub fn tell(&self, worker: usize, whom: Vec<(ConnectionId, Lane)>, broadcast: Broadcast) {
        self.order(worker, Order::Tell(whom, broadcast));
    }

    /// Runs a job on a worker's thread, after what this thread ordered before. On a worker that is not there the job is
    /// dropped, unrun. Should it panic, nothing else is disturbed.
    pub fn run(&self, worker: usize, job: impl FnOnce() + Send + 'static) {
        self.order(worker, Order::Run(Box::new(job)));
    }

    fn order(&self, worker: usize, order: Order) {
        let inboxes = self.0.inboxes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = inboxes.get(worker) {
            // Fails where nobody reads: then there is no connection either.
            let _ = inbox.send(order);
        }
    }

    /// Counts a WebSocket connection that has come, or one that has gone.
    pub(crate) fn count_one(&self, open: bool) {
        if open {
            self.0.connections.fetch_add(1, Ordering::Relaxed);
        } else {
            self.0.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Makes this thread a worker: takes a place that nobody has, and looks after the connections from there.
    pub(crate) fn start_here(&self, sweep: Duration) -> Rc<Shard> {
        let (inbox, orders) = unbounded_channel();
        let mut inboxes = self.0.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        let free = inboxes.iter().position(UnboundedSender::is_closed);
        let index = free.unwrap_or_else(|| {
            inboxes.push(inbox.clone());
            inboxes.len() - 1
        });
        inboxes[index] = inbox;
        drop(inboxes);
        Shard::start(self.clone(), index, orders, sweep)
    }
}
