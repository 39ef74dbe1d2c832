//! One worker: who lives there, and how orders are carried out.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::connection::Inner;
use crate::decode::code;
use crate::frame::Frame;
use crate::member::Member;
use crate::worker::{Broadcast, ConnectionId, Lane, Order, Topic, Workers};

/// How many connections are written to before others on the worker have their turn.
const WRITES_AT_ONCE: usize = 64;
/// How many commands are taken together, so that what they bring one connection goes out in one write.
const COMMANDS_AT_ONCE: usize = 1024;
/// What a connection is told when the server stops.
const GOING_AWAY: &str = "going away";

thread_local! {
    /// The worker that this thread is, as long as it is one.
    static HERE: RefCell<Weak<Shard>> = const { RefCell::new(Weak::new()) };
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
    /// Makes this thread the worker of that number.
    pub fn start(workers: Workers, index: usize, orders: UnboundedReceiver<Order>, sweep: Duration) -> Rc<Self> {
        let shard = Rc::new(Shard {
            index: u16::try_from(index).unwrap_or(u16::MAX),
            workers,
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

    /// The worker that this thread is.
    pub fn here() -> Option<Rc<Self>> {
        HERE.with(|here| here.borrow().upgrade())
    }

    pub fn index(&self) -> usize {
        usize::from(self.index)
    }

    /// Gives a connection its place.
    pub fn register(&self, make: impl FnOnce(ConnectionId) -> Inner) -> Rc<Inner> {
        self.workers.count_one(true);
        self.adopt(|id| Rc::new(make(id)))
    }

    /// Takes a connection's place back.
    pub fn unregister(&self, id: ConnectionId) {
        if self.dismiss(id) {
            self.workers.count_one(false);
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
        find(&self.slots.borrow(), id).cloned()
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

    pub fn carry_out(&self, order: Order, dirty: &mut Vec<Rc<dyn Member>>) {
        match order {
            Order::Send(to, frame) => {
                if let Some(member) = self.find(to) {
                    bring(&member, &frame, false, dirty);
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
            Order::All(orders) => {
                for order in orders {
                    self.carry_out(order, dirty);
                }
            }
            Order::Run(job) => {
                if catch_unwind(AssertUnwindSafe(job)).is_err() {
                    tracing::error!("a job on a worker panicked");
                }
            }
        }
    }

    fn tell(&self, whom: &[(ConnectionId, Lane)], broadcast: &Broadcast, dirty: &mut Vec<Rc<dyn Member>>) {
        let slots = self.slots.borrow();
        for &(id, lane) in whom {
            let Some(member) = find(&slots, id) else { continue };
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
            if slot.topics.is_empty() {
                // Most hear of their own person alone: no room is made for more until there is more.
                slot.topics.reserve_exact(1);
            }
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

fn find(slots: &[Slot], id: ConnectionId) -> Option<&Rc<dyn Member>> {
    slots.get(id.slot as usize).filter(|slot| slot.generation == id.generation)?.member.as_ref()
}

fn bring(member: &Rc<dyn Member>, frame: &Frame, droppable: bool, dirty: &mut Vec<Rc<dyn Member>>) {
    member.deliver(frame, droppable);
    match member.carrier() {
        Some(carrier) => mark(&carrier, dirty),
        None => mark(member, dirty),
    }
}

fn mark(member: &Rc<dyn Member>, dirty: &mut Vec<Rc<dyn Member>>) {
    if !member.dirty().replace(true) {
        dirty.push(Rc::clone(member));
    }
}
