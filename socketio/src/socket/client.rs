//! A client: the namespaces of one session.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use bytestring::ByteString;
use sockets::{Command, ConnectionId, Message};

use super::space::Space;
use super::{Accepted, Ack, Application, Connect, Event, Socket};
use crate::engine::{Endpoint, Link, Turn, random};
use crate::packet::{self, Head, Kind, MAIN, Malformed, Refusal};

/// The session's endpoint.
pub(super) struct Client {
    application: Arc<dyn Application>,
    /// The sockets that are open.
    spaces: RefCell<Vec<Rc<Space>>>,
    /// Sockets that have ended and were not taken leave of yet, and whether the client said goodbye.
    ending: RefCell<VecDeque<(Rc<Space>, bool)>>,
    /// Namespaces that the server has ended: what the client sent before it knew is no fault.
    past: RefCell<Vec<ByteString>>,
    /// A packet that waits for its attachments.
    assembly: RefCell<Option<Box<Assembly>>>,
    refused: Cell<usize>,
    /// Since when there is no socket.
    alone: Cell<Option<Instant>>,
}

struct Assembly {
    head: Head,
    attachments: Vec<Bytes>,
    bytes: usize,
    since: Instant,
}

impl Client {
    pub fn new(application: Arc<dyn Application>) -> Self {
        Self {
            application,
            spaces: RefCell::default(),
            ending: RefCell::default(),
            past: RefCell::default(),
            assembly: RefCell::default(),
            refused: Cell::default(),
            alone: Cell::new(Some(Instant::now())),
        }
    }

    /// Takes in a whole packet.
    fn packet(self: Rc<Self>, head: Head, attachments: Vec<Bytes>) -> Result<Option<Turn>, Malformed> {
        let namespace = head.namespace;
        Ok(Some(match head.kind {
            Kind::Ack { args, id } => {
                match self.find(&namespace) {
                    Some(space) => space.acks.resolve(id, Ack { args, attachments }),
                    None if self.is_past(&namespace) => {}
                    None => return Err(OUTSIDE),
                }
                return Ok(None);
            }
            Kind::Connect(auth) => {
                Box::new(move |link| Some(Command::new(self.connect(link.clone(), namespace, auth))))
            }
            Kind::Disconnect => Box::new(move |link| {
                let link = link.clone();
                Some(Command::new(async move { self.part(&link, &namespace) }))
            }),
            Kind::Event { args, ack } => {
                Box::new(move |link| self.event(link, &namespace, Event { args, attachments, ack }))
            }
        }))
    }

    fn attachment(self: Rc<Self>, link: &Link, bytes: Bytes) -> Result<Option<Turn>, Malformed> {
        let mut slot = self.assembly.borrow_mut();
        let Some(assembly) = &mut *slot else { return Err(Malformed("an attachment of nothing")) };
        assembly.bytes += bytes.len();
        if assembly.bytes > link.options().max_payload {
            return Err(Malformed("the attachments are too long"));
        }
        assembly.attachments.push(bytes);
        if assembly.attachments.len() < assembly.head.attachments {
            return Ok(None);
        }
        let whole = slot.take();
        drop(slot);
        whole.map_or(Ok(None), |whole| self.packet(whole.head, whole.attachments))
    }
}

const OUTSIDE: Malformed = Malformed("a packet outside of a namespace");

impl Endpoint for Client {
    fn message(self: Rc<Self>, link: &Link, message: Message) -> Result<Option<Turn>, Malformed> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) => return self.attachment(link, bytes),
        };
        if self.assembly.borrow().is_some() {
            return Err(Malformed("a packet before the attachments of the last"));
        }
        let head = packet::parse(&text, link.options().max_attachments)?;
        if head.attachments == 0 {
            return self.packet(head, Vec::new());
        }
        let assembly = Assembly { head, attachments: Vec::new(), bytes: 0, since: Instant::now() };
        self.assembly.replace(Some(Box::new(assembly)));
        Ok(None)
    }

    fn settle(&self, _: &Link) {
        while let Some((space, parted)) = self.pop_ending() {
            take_leave(space, parted);
        }
    }

    fn sweep(&self, link: &Link, now: Instant) {
        let options = link.options();
        let over = |since: Instant, span| now.saturating_duration_since(since) >= span;
        for space in self.spaces.borrow().iter() {
            space.acks.sweep(now);
        }
        if self.alone.get().is_some() && link.is_busy() {
            // Who has asked waits for the server, not the server for them.
            self.alone.set(Some(now));
        }
        if self.alone.get().is_some_and(|since| over(since, options.connect_timeout)) {
            link.fail(1008, "in no namespace");
        } else if self.assembly.borrow().as_ref().is_some_and(|it| over(it.since, options.attachments_timeout)) {
            link.fail(1002, "attachments are missing");
        }
    }

    fn closed(&self, link: &Link, parted: bool) {
        self.settle(link);
        for space in self.spaces.take() {
            take_leave(space, parted);
        }
    }
}

fn take_leave(space: Rc<Space>, parted: bool) {
    if let Some(handler) = space.leave() {
        handler.closed(&Socket(space), parted);
    }
}

impl Client {
    pub fn spaces(&self) -> Vec<Rc<Space>> {
        self.spaces.borrow().clone()
    }

    pub fn is_alone(&self) -> bool {
        self.spaces.borrow().is_empty()
    }

    fn add(&self, space: Rc<Space>) {
        let mut spaces = self.spaces.borrow_mut();
        if spaces.is_empty() {
            // Most are in one: no room is made for more until there are more.
            spaces.reserve_exact(1);
        }
        spaces.push(space);
    }

    fn find(&self, namespace: &str) -> Option<Rc<Space>> {
        self.spaces.borrow().iter().find(|space| space.namespace == namespace).cloned()
    }

    fn pop_ending(&self) -> Option<(Rc<Space>, bool)> {
        self.ending.borrow_mut().pop_front()
    }

    fn is_past(&self, namespace: &str) -> bool {
        self.past.borrow().iter().any(|past| past == namespace)
    }

    /// A packet for a namespace where the client is not: a fault, unless it cannot know yet.
    fn check_past(&self, link: &Link, namespace: &str) {
        if !self.is_past(namespace) {
            link.fail(1002, OUTSIDE.0);
        }
    }

    /// A socket ends. It is taken leave of by the session's task.
    pub fn end(&self, link: &Link, id: ConnectionId, parted: bool) {
        let mut spaces = self.spaces.borrow_mut();
        let Some(at) = spaces.iter().position(|space| space.id == id) else { return };
        let space = spaces.remove(at);
        if spaces.is_empty() {
            self.alone.set(Some(Instant::now()));
        }
        drop(spaces);
        space.end();
        if !parted && !self.is_past(&space.namespace) {
            let mut past = self.past.borrow_mut();
            past.truncate(link.options().max_namespaces.saturating_sub(1));
            past.insert(0, space.namespace.clone());
        }
        self.ending.borrow_mut().push_back((space, parted));
        link.settle();
    }

    /// The client says goodbye to a namespace.
    fn part(&self, link: &Link, namespace: &str) {
        match self.find(namespace) {
            Some(space) => self.end(link, space.id, true),
            None => self.check_past(link, namespace),
        }
    }

    fn event(&self, link: &Link, namespace: &str, event: Event) -> Option<Command> {
        let Some(space) = self.find(namespace) else {
            self.check_past(link, namespace);
            return None;
        };
        space.handler()?.event(&Socket(space), event)
    }

    #[expect(
        clippy::manual_async_fn,
        reason = "it would hold its parameters twice, and in a storm thousands wait here"
    )]
    fn connect(
        self: Rc<Self>,
        link: Link,
        namespace: ByteString,
        auth: Option<ByteString>,
    ) -> impl Future<Output = ()> {
        async move {
            if self.find(&namespace).is_some() {
                // The official client asks twice when it is told to connect while it does so by itself, and would take
                // a refusal of the second time for the end of the first.
                return self.count_refusal(&link);
            }
            let answer = if self.spaces.borrow().len() >= link.options().max_namespaces {
                Err(Refusal::new("Too many namespaces"))
            } else {
                let head = Rc::clone(link.head());
                self.application.connect(Connect { namespace: namespace.clone(), auth, head }).await
            };
            match answer {
                // The client may have left meanwhile.
                Ok(_) if !link.is_open() => {}
                // In a box of its own, for which who waits for the answer takes no room.
                Ok(accepted) => Box::pin(self.open(link, namespace, accepted)).await,
                Err(refusal) => {
                    link.send(&[packet::refused(&namespace, &refusal)]);
                    self.count_refusal(&link);
                }
            }
        }
    }

    fn count_refusal(&self, link: &Link) {
        self.refused.set(self.refused.get() + 1);
        if self.refused.get() > link.options().max_namespaces {
            link.close_with(1008, "refused too often");
        }
    }

    async fn open(self: Rc<Self>, link: Link, namespace: ByteString, accepted: Accepted) {
        let Accepted { handler, sid, pid } = accepted;
        let Some(sid) = sid.or_else(random) else { return link.fail(1011, "no random bytes") };
        // A copy: the packet that it stands in, with what the client signs in by, is let go.
        let namespace = if namespace == MAIN { namespace } else { ByteString::from(&*namespace) };
        self.past.borrow_mut().retain(|past| *past != namespace);
        self.alone.set(None);
        let space = link
            .worker()
            .adopt(|id| Rc::new(Space::new(id, sid, namespace, link.clone(), Rc::clone(&self), Rc::clone(&handler))));
        self.add(Rc::clone(&space));
        let socket = Socket(Rc::clone(&space));
        if let Some(opening) = handler.opening(&socket) {
            link.hold();
            if let Err(refusal) = opening.await {
                link.send(&[packet::refused(&space.namespace, &refusal)]);
                self.end(&link, space.id, true);
                return self.count_refusal(&link);
            }
        }
        // If it was ended meanwhile, that is held back, and told after this.
        link.send(&[packet::connected(&space.namespace, &space.sid, pid.as_deref())]);
        if let Some(opened) = handler.opened(&socket) {
            opened.await;
        }
    }
}
