//! Runs the hub: one task that takes in events and connections and carries out what the state machine decides.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use application::conversations::{Missed, ReadMissed};
use application::ports::EventSource;
use domain::event::{ConversationEvent, Event, Published};
use domain::{ConversationId, Seq, UserId};
use sockets::{Broadcast, ConnectionId, Lane, Orders, Workers};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;
use uuid::Uuid;

use super::asking::{catch_up, compare, repair};
use super::core::Hub;
use super::effect::{Effect, Link, Topic};
use super::members::Person;
use super::recovery::{Pid, Recovery, Resumption, Told};
use crate::gateway::close;
use crate::gateway::dialect::{Dialects, Encoded};
use crate::gateway::news::News;

impl Link for ConnectionId {
    fn worker(&self) -> usize {
        ConnectionId::worker(*self)
    }
}

/// What the hub is told beside events.
pub(super) enum Notice {
    Connect(ConnectionId, Person),
    Resume { pid: Pid, user: UserId, position: Option<u64>, answer: oneshot::Sender<Option<Resumption>> },
    Open { link: ConnectionId, positions: Vec<(ConversationId, Seq)>, done: oneshot::Sender<()> },
    Look { link: ConnectionId, id: ConversationId, joined: bool, most: usize, done: oneshot::Sender<bool> },
    Missed { link: ConnectionId, resumption: Resumption, answer: oneshot::Sender<Option<Vec<Told>>> },
    Disconnect(ConnectionId),
    Repaired(ConversationId, Option<Missed>),
    CaughtUp { id: ConversationId, question: u64, missed: Missed },
    Followed { answer: oneshot::Sender<Vec<ConversationId>> },
    Compare { asked: Vec<ConversationId>, places: HashMap<ConversationId, Seq> },
}

/// Tells the hub of connections. Cheap to clone.
#[derive(Clone)]
pub struct HubHandle {
    notices: mpsc::UnboundedSender<Notice>,
    /// What tells this process's places from another's.
    epoch: Arc<str>,
}

impl HubHandle {
    /// A revocation reaches the connection from now on.
    pub fn connect(&self, link: ConnectionId, person: Person) {
        self.tell(Notice::Connect(link, person));
    }

    /// Finds where a connection was that is lost, so that another goes on in its place. `place` is the last one that
    /// the client was told.
    pub async fn resume(&self, pid: Pid, user: UserId, place: Option<&str>) -> Option<Resumption> {
        let position = match place {
            // A place of another process is none of ours.
            Some(place) => Some(place.strip_prefix(self.epoch.as_ref())?.parse().ok()?),
            None => None,
        };
        let (answer, resumed) = oneshot::channel();
        self.tell(Notice::Resume { pid, user, position, answer });
        resumed.await.ok()?
    }

    /// What a connection that goes on in place of another has missed, once it is open; each with its place.
    pub async fn missed(&self, link: ConnectionId, resumption: Resumption) -> Option<Vec<(String, Told)>> {
        let (answer, missed) = oneshot::channel();
        self.tell(Notice::Missed { link, resumption, answer });
        let placed = |told: Told| (place(&self.epoch, told.position), told);
        Some(missed.await.ok()??.into_iter().map(placed).collect())
    }

    /// The connection hears of these conversations once this returns.
    pub async fn open(&self, link: ConnectionId, positions: Vec<(ConversationId, Seq)>) {
        let (done, opened) = oneshot::channel();
        self.tell(Notice::Open { link, positions, done });
        // An error means that the hub has ended, and the process with it.
        let _ = opened.await;
    }

    /// The connection looks at a conversation, or away, once this returns; it does not if it looks at `most` already, and
    /// `false` comes back.
    pub async fn look(&self, link: ConnectionId, id: ConversationId, joined: bool, most: usize) -> bool {
        let (done, looked) = oneshot::channel();
        self.tell(Notice::Look { link, id, joined, most, done });
        looked.await.unwrap_or(true)
    }

    /// The connection is gone.
    pub fn disconnect(&self, link: ConnectionId) {
        self.tell(Notice::Disconnect(link));
    }

    fn tell(&self, notice: Notice) {
        // Fails only once the hub has ended, when nobody is told anything any more.
        let _ = self.notices.send(notice);
    }
}

/// How the hub keeps its promises when something was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubSettings {
    /// What who was away is told again.
    pub recovery: Recovery,
    /// How often the place of each conversation is compared with what has been told of it.
    pub position_check: Duration,
}

/// Starts the hub. It ends when the bus closes or the last handle is dropped. `epoch` tells the places of its events
/// from those of another process.
pub fn start(
    source: Box<dyn EventSource>,
    missed: Arc<ReadMissed>,
    dialects: Dialects,
    workers: Workers,
    epoch: Uuid,
    settings: HubSettings,
) -> HubHandle {
    let epoch: Arc<str> = format!("{:x}.", epoch.as_u128()).into();
    let (notices, inbox) = mpsc::unbounded_channel();
    let (hub, started) = (Hub::new(settings.recovery), Instant::now());
    let task = Task { hub, started, missed, dialects, workers, notices: notices.downgrade(), epoch: epoch.clone() };
    tokio::spawn(compare(notices.downgrade(), Arc::clone(&task.missed), settings.position_check));
    tokio::spawn(task.run(source, inbox));
    HubHandle { notices, epoch }
}

fn place(epoch: &str, position: u64) -> String {
    format!("{epoch}{position}")
}

struct Task {
    hub: Hub<ConnectionId>,
    started: Instant,
    missed: Arc<ReadMissed>,
    dialects: Dialects,
    workers: Workers,
    /// Weak, so that the task does not keep itself alive.
    notices: mpsc::WeakUnboundedSender<Notice>,
    epoch: Arc<str>,
}

impl Task {
    async fn run(mut self, mut source: Box<dyn EventSource>, mut inbox: mpsc::UnboundedReceiver<Notice>) {
        loop {
            let wake = self.hub.deadline().map(|at| self.started + at);
            tokio::select! {
                // A connection is known before any event that was published after it came: what it reads of its
                // conversations is older than that, and a removal in between must be noted for it.
                biased;
                notice = inbox.recv() => match notice {
                    Some(notice) => self.notice(notice),
                    None => return,
                },
                events = source.next() => match events {
                    Some(events) => {
                        let now = self.started.elapsed();
                        events.iter().for_each(|event| self.hub.publish(event, now));
                    }
                    None => return,
                },
                () = sleep_until(wake.unwrap_or(self.started).into()), if wake.is_some() => {
                    self.hub.tick(self.started.elapsed());
                }
            }
            self.carry_out();
        }
    }

    fn notice(&mut self, notice: Notice) {
        let now = self.started.elapsed();
        match notice {
            Notice::Connect(link, person) => self.hub.connect(link, person),
            Notice::Resume { pid, user, position, answer } => {
                let _ = answer.send(self.hub.resume(pid, user, position, now));
            }
            Notice::Missed { link, resumption, answer } => {
                let _ = answer.send(self.hub.missed(link, &resumption));
            }
            Notice::Open { link, positions, done } => {
                self.hub.open(link, &positions);
                self.carry_out();
                let _ = done.send(());
            }
            Notice::Look { link, id, joined, most, done } => {
                let looks = self.hub.look(link, id, joined, most);
                self.carry_out();
                let _ = done.send(looks);
            }
            Notice::Disconnect(link) => self.hub.disconnect(link, now),
            Notice::Followed { answer } => {
                let _ = answer.send(self.hub.followed());
            }
            Notice::Compare { asked, places } => self.hub.compare(&asked, &places, now),
            Notice::Repaired(id, Some(Missed::Events { seq, events, .. })) => {
                self.hub.repaired(id, seq, retold(events), now);
            }
            Notice::CaughtUp { id, question, missed: Missed::Events { seq, events, has_more } } => {
                self.hub.caught_up(id, question, seq, retold(events), has_more);
            }
            Notice::Repaired(id, Some(Missed::Gone)) | Notice::CaughtUp { id, missed: Missed::Gone, .. } => {
                self.hub.gone(id, now);
            }
            Notice::Repaired(id, None) => self.hub.repair_failed(id, now),
        }
    }

    fn carry_out(&mut self) {
        let mut orders = self.workers.orders();
        for effect in self.hub.effects() {
            match effect {
                Effect::Join(link, topic, lane) => orders.join(link, wire(topic), lane),
                Effect::Leave(link, topic) => orders.leave(link, wire(topic)),
                Effect::Close(link) => orders.close(link, close::SESSION_ENDED, close::SESSION_ENDED_REASON),
                Effect::Deliver { topic, workers, lanes, event, origin, position } => {
                    let position = position.map(|position| place(&self.epoch, position));
                    let news = News::new(&event.event, position.as_deref());
                    let Some(Encoded { frames, spares_origin }) = self.dialects.encode(&news, lanes) else { continue };
                    let broadcast = Broadcast { frames, origin, spares_origin, droppable: false };
                    for worker in (0..64).filter(|worker| workers & (1 << worker) != 0) {
                        orders.publish(worker, wire(topic), broadcast.clone());
                    }
                }
                Effect::Tell(whom, event) => tell(&mut orders, &self.dialects, whom, &event.event),
                Effect::CatchUp { id, question, after } => {
                    catch_up(self.notices.clone(), Arc::clone(&self.missed), id, question, after);
                }
                Effect::Repair(id, after) => repair(self.notices.clone(), Arc::clone(&self.missed), id, after),
            }
        }
        orders.give();
    }
}

/// What was read, as if the bus had brought it.
fn retold(events: Vec<ConversationEvent>) -> Vec<Arc<Published>> {
    let told = |event| Arc::new(Published { event: Event::Conversation(event), origin: None });
    events.into_iter().map(told).collect()
}

/// Tells some alone. Whoever is slow may miss what is of the moment.
fn tell(orders: &mut Orders<'_>, dialects: &Dialects, whom: Vec<(ConnectionId, Lane)>, event: &Event) {
    let lanes = whom.iter().fold(0, |lanes, (_, lane)| lanes | 1 << lane);
    let Some(Encoded { frames, spares_origin }) = dialects.encode(&News::new(event, None), lanes) else { return };
    let droppable = !matches!(event, Event::Conversation(_));
    let broadcast = Broadcast { frames, origin: None, spares_origin, droppable };
    let mut of_worker: HashMap<usize, Vec<_>> = HashMap::new();
    for (link, lane) in whom {
        of_worker.entry(link.worker()).or_default().push((link, lane));
    }
    for (worker, whom) in of_worker {
        orders.tell(worker, whom, broadcast.clone());
    }
}

fn wire(topic: Topic) -> sockets::Topic {
    match topic {
        // Clients choose ids of conversations: what keeps the two apart must not lie in the id.
        Topic::Conversation(id) => sockets::Topic(0, id.0.as_u128()),
        Topic::User(id) => sockets::Topic(1, id.0.as_u128()),
    }
}
