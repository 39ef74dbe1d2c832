//! The workers: who lives where, and commands that reach connections from any thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::connection::Inner;
use crate::decode::code;
use crate::frame::Frame;
use crate::member::Member;

/// How many connections are written to before others on the worker have their turn.
const WRITES_AT_ONCE: usize = 64;
/// How many commands are taken together, so that what they bring one connection goes out in one write.
const COMMANDS_AT_ONCE: usize = 1024;
/// What a connection is told when the server stops.
const GOING_AWAY: &str = "going away";

/// A connection, as any thread may name it. A stale one names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId {
    worker: u16,
    slot: u32,
    generation: u32,
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

enum Order {
    Send(ConnectionId, Frame),
    Close(ConnectionId, u16, &'static str),
    Join(ConnectionId, Topic, Lane),
    Leave(ConnectionId, Topic),
    Publish(Topic, Broadcast),
    Tell(Vec<(ConnectionId, Lane)>, Broadcast),
    Run(Box<dyn FnOnce() + Send>),
}

thread_local! {
    /// The worker that this thread is, as long as it is one.
    static HERE: RefCell<Weak<Shard>> = const { RefCell::new(Weak::new()) };
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

    /// How many workers there are.
    pub fn count(&self) -> usize {
        self.0.inboxes.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many WebSocket connections are open. Other [members](Member) are not counted.
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
        let shard = Rc::new(Shard {
            index: u16::try_from(index).unwrap_or(u16::MAX),
            workers: self.clone(),
            slots: RefCell::default(),
            free: RefCell::default(),
            topics: RefCell::default(),
            stopping: Cell::new(false),
        });
        HERE.with(|here| *here.borrow_mut() = Rc::downgrade(&shard));
        actix_rt::spawn(Rc::clone(&shard).serve(orders));
        actix_rt::spawn(Rc::clone(&shard).sweep(sweep));
        shard
    }
}

/// The connections of one worker, on its thread.
pub(crate) struct Shard {
    index: u16,
    workers: Workers,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<u32>>,
    topics: RefCell<HashMap<Topic, Vec<(ConnectionId, Lane)>>>,
    stopping: Cell<bool>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    member: Option<Rc<dyn Member>>,
    topics: Vec<Topic>,
}

impl Shard {
    /// The worker that this thread is.
    pub fn here() -> Option<Rc<Self>> {
        HERE.with(|here| here.borrow().upgrade())
    }

    pub fn index(&self) -> usize {
        usize::from(self.index)
    }

    /// Gives a connection its place.
    pub fn register(&self, make: impl FnOnce(ConnectionId) -> Inner) -> Rc<Inner> {
        self.workers.0.connections.fetch_add(1, Ordering::Relaxed);
        self.adopt(|id| Rc::new(make(id)))
    }

    /// Takes a connection's place back.
    pub fn unregister(&self, id: ConnectionId) {
        if self.dismiss(id) {
            self.workers.0.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Gives a member its place.
    pub fn adopt<M: Member>(&self, make: impl FnOnce(ConnectionId) -> Rc<M>) -> Rc<M> {
        let mut slots = self.slots.borrow_mut();
        let slot = self.free.borrow_mut().pop().unwrap_or_else(|| {
            slots.push(Slot::default());
            u32::try_from(slots.len() - 1).unwrap_or(u32::MAX)
        });
        let place = &mut slots[slot as usize];
        let id = ConnectionId { worker: self.index, slot, generation: place.generation };
        let member = make(id);
        place.member = Some(Rc::clone(&member) as Rc<dyn Member>);
        drop(slots);
        if self.stopping.get() {
            member.stop(code::GOING_AWAY, GOING_AWAY);
        }
        member
    }

    /// Takes a member's place back; tells whether it had one.
    pub fn dismiss(&self, id: ConnectionId) -> bool {
        let (member, topics) = {
            let mut slots = self.slots.borrow_mut();
            let Some(slot) = slots.get_mut(id.slot as usize).filter(|slot| slot.generation == id.generation) else {
                return false;
            };
            slot.generation = slot.generation.wrapping_add(1);
            (slot.member.take(), std::mem::take(&mut slot.topics))
        };
        for topic in topics {
            self.remove(id, topic);
        }
        self.free.borrow_mut().push(id.slot);
        member.is_some()
    }

    fn find(&self, id: ConnectionId) -> Option<Rc<dyn Member>> {
        let slots = self.slots.borrow();
        slots.get(id.slot as usize).filter(|slot| slot.generation == id.generation)?.member.clone()
    }

    fn all(&self) -> Vec<Rc<dyn Member>> {
        self.slots.borrow().iter().filter_map(|slot| slot.member.clone()).collect()
    }

    async fn serve(self: Rc<Self>, mut orders: UnboundedReceiver<Order>) {
        let mut dirty = Vec::new();
        while let Some(first) = orders.recv().await {
            self.carry_out(first, &mut dirty);
            for _ in 1..COMMANDS_AT_ONCE {
                let Ok(order) = orders.try_recv() else { break };
                self.carry_out(order, &mut dirty);
            }
            for (count, member) in dirty.drain(..).enumerate() {
                member.dirty().set(false);
                member.flush();
                if count % WRITES_AT_ONCE == WRITES_AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    fn carry_out(&self, order: Order, dirty: &mut Vec<Rc<dyn Member>>) {
        match order {
            Order::Send(to, frame) => {
                if let Some(member) = self.find(to) {
                    bring(member, &frame, false, dirty);
                }
            }
            Order::Close(to, code, reason) => {
                if let Some(member) = self.find(to) {
                    member.close(code, reason);
                }
            }
            Order::Join(who, topic, lane) => self.add(who, topic, lane),
            Order::Leave(who, topic) => {
                if let Some(slot) = self.slots.borrow_mut().get_mut(who.slot as usize)
                    && slot.generation == who.generation
                {
                    slot.topics.retain(|other| *other != topic);
                }
                self.remove(who, topic);
            }
            Order::Publish(topic, broadcast) => {
                let topics = self.topics.borrow();
                let members = topics.get(&topic).map_or(&[][..], Vec::as_slice);
                self.tell(members, &broadcast, dirty);
            }
            Order::Tell(whom, broadcast) => self.tell(&whom, &broadcast, dirty),
            Order::Run(job) => {
                if catch_unwind(AssertUnwindSafe(job)).is_err() {
                    tracing::error!("a job on a worker panicked");
                }
            }
        }
    }

    fn tell(&self, whom: &[(ConnectionId, Lane)], broadcast: &Broadcast, dirty: &mut Vec<Rc<dyn Member>>) {
        for &(id, lane) in whom {
            let Some(member) = self.find(id) else { continue };
            if broadcast.origin == Some(id) {
                if broadcast.spares_origin & (1 << lane) != 0 {
                    continue;
                }
                member.hold();
            }
            if let Some(Some(frame)) = broadcast.frames.get(usize::from(lane)) {
                bring(member, frame, broadcast.droppable, dirty);
            }
        }
    }

    fn add(&self, who: ConnectionId, topic: Topic, lane: Lane) {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(who.slot as usize).filter(|slot| slot.generation == who.generation) else {
            return;
        };
        let mut topics = self.topics.borrow_mut();
        let members = topics.entry(topic).or_default();
        if !slot.topics.contains(&topic) {
            slot.topics.push(topic);
            members.push((who, lane));
        } else if let Some(member) = members.iter_mut().find(|(id, _)| *id == who) {
            member.1 = lane;
        }
    }

    fn remove(&self, who: ConnectionId, topic: Topic) {
        let mut topics = self.topics.borrow_mut();
        if let Some(members) = topics.get_mut(&topic) {
            if let Some(at) = members.iter().position(|(id, _)| *id == who) {
                members.swap_remove(at);
            }
            if members.is_empty() {
                topics.remove(&topic);
            }
        }
    }

    async fn sweep(self: Rc<Self>, period: Duration) {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = Instant::now();
            for member in self.all() {
                member.sweep(now);
            }
        }
    }

    /// Closes all connections, and those that still come, since the server stops.
    pub fn stop(&self) {
        self.stopping.set(true);
        for member in self.all() {
            member.stop(code::GOING_AWAY, GOING_AWAY);
        }
    }
}

fn bring(member: Rc<dyn Member>, frame: &Frame, droppable: bool, dirty: &mut Vec<Rc<dyn Member>>) {
    member.deliver(frame, droppable);
    if !member.dirty().replace(true) {
        dirty.push(member);
    }
}
