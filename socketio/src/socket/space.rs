//! A socket: one namespace of one session, and a member of the worker.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytestring::ByteString;
use sockets::{ConnectionId, Frame, Member};

use super::Handler;
use super::acks::Acks;
use super::client::Client;
use crate::engine::Link;
use crate::packet;

pub(super) struct Space {
    pub id: ConnectionId,
    pub sid: String,
    pub namespace: ByteString,
    pub link: Link,
    pub acks: Acks,
    client: Rc<Client>,
    /// Let go at the end, since it may have a handle of the socket.
    handler: RefCell<Option<Rc<dyn Handler>>>,
    ended: Cell<bool>,
    dirty: Cell<bool>,
}

impl Space {
    pub fn new(
        id: ConnectionId,
        sid: String,
        namespace: ByteString,
        link: Link,
        client: Rc<Client>,
        handler: Rc<dyn Handler>,
    ) -> Self {
        Self {
            id,
            sid,
            namespace,
            link,
            acks: Acks::default(),
            client,
            handler: RefCell::new(Some(handler)),
            ended: Cell::new(false),
            dirty: Cell::new(false),
        }
    }

    pub fn is_open(&self) -> bool {
        !self.ended.get() && self.link.is_open()
    }

    pub fn handler(&self) -> Option<Rc<dyn Handler>> {
        self.handler.borrow().clone()
    }

    pub fn send(&self, frames: &[Frame]) {
        if !self.ended.get() {
            self.link.send(frames);
        }
    }

    /// Nothing more is sent. Tells whether that is new.
    pub fn end(&self) -> bool {
        self.acks.clear();
        !self.ended.replace(true)
    }

    /// Takes leave: the id is free, and the handler is returned to be told.
    pub fn leave(&self) -> Option<Rc<dyn Handler>> {
        self.end();
        self.link.worker().dismiss(self.id);
        self.handler.take()
    }

    /// The server ends it. The client is told, behind all that waits.
    fn part(&self) {
        if !self.ended.get() {
            self.link.deliver(&packet::disconnect(&self.namespace), false);
            self.link.flush();
            self.client.end(&self.link, self.id, false);
        }
    }

    pub fn disconnect(&self, close_transport: bool) {
        if close_transport {
            for space in self.client.spaces() {
                space.part();
            }
            self.link.close();
        } else {
            self.part();
        }
    }
}

impl Member for Space {
    fn deliver(&self, frame: &Frame, droppable: bool) {
        if !self.ended.get() {
            self.link.deliver(frame, droppable);
        }
    }

    fn hold(&self) {
        self.link.hold();
    }

    fn flush(&self) {
        self.link.flush();
    }

    fn carrier(&self) -> Option<Rc<dyn Member>> {
        self.link.carrier()
    }

    fn close(&self, code: u16, reason: &str) {
        self.part();
        if self.client.is_alone() {
            self.link.close_with(code, reason);
        }
    }

    fn stop(&self, _: u16, _: &str) {
        // The session is told itself.
    }

    fn dirty(&self) -> &Cell<bool> {
        &self.dirty
    }
}
