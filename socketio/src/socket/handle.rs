//! What a handler may do with its socket.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sockets::{ConnectionId, Frame};

use super::acks::{Ack, AckError};
use super::space::Space;
use crate::packet;

/// A century.
const FOREVER: Duration = Duration::from_hours(100 * 365 * 24);

/// A handle of a socket, on its worker's thread. Cheap to clone. Once the socket has ended, it does nothing.
///
/// Nothing here waits. While a command runs, what is sent goes out before what is [held](Self::hold) back for it. A
/// client that takes too slowly what is sent to it is cut, with all its sockets.
#[derive(Clone)]
pub struct Socket(pub(super) Rc<Space>);

impl Socket {
    /// Its id among the worker's members, by which [`Workers`](sockets::Workers) reach it from any thread: they send it
    /// frames as the functions of [`packet`] make them, let it join topics, and close it.
    pub fn id(&self) -> ConnectionId {
        self.0.id
    }

    /// Its id as the client knows it.
    pub fn sid(&self) -> &str {
        &self.0.sid
    }

    /// The name of the namespace.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// Where the session's first request came from: the client, or the proxy before it.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.link.head().peer
    }

    /// Whether it can still be spoken to.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Sends a packet that is made already; it has to be one of this namespace.
    pub fn send(&self, frame: &Frame) {
        self.0.send(std::slice::from_ref(frame));
    }

    /// Sends an event: `args` is a JSON array, the name first. Where an attachment belongs is an object
    /// `{"_placeholder":true,"num":0}`.
    pub fn emit(&self, args: &str, attachments: &[Bytes]) {
        self.send_event(None, args, attachments);
    }

    /// Sends an event, as [`emit`](Self::emit), and waits for the client's answer. It is sent at once, even if the
    /// future is never awaited.
    ///
    /// # Errors
    ///
    /// If there is no answer in time (as precisely as the server sweeps), if the socket ends before, or if too many
    /// answers are waited for.
    pub fn emit_with_ack(
        &self,
        args: &str,
        attachments: &[Bytes],
        timeout: Duration,
    ) -> impl Future<Output = Result<Ack, AckError>> + use<> {
        let now = Instant::now();
        // A time that cannot be told will not come.
        let until = now.checked_add(timeout).unwrap_or(now + FOREVER);
        let expected = if self.is_open() {
            self.0.acks.expect(until, self.0.link.options().max_acks).ok_or(AckError::TooMany)
        } else {
            Err(AckError::Disconnected)
        };
        if let Ok((id, _)) = &expected {
            self.send_event(Some(*id), args, attachments);
        }
        async move { expected?.1.await.unwrap_or(Err(AckError::Disconnected)) }
    }

    /// Answers the event with this id: `args` is a JSON array.
    pub fn ack(&self, id: u64, args: &str, attachments: &[Bytes]) {
        let namespace = self.namespace();
        if attachments.is_empty() {
            self.send(&packet::ack(namespace, id, args));
        } else {
            self.send_with(packet::binary_ack(namespace, attachments.len(), id, args), attachments);
        }
    }

    fn send_event(&self, id: Option<u64>, args: &str, attachments: &[Bytes]) {
        let namespace = self.namespace();
        match id {
            _ if !attachments.is_empty() => {
                self.send_with(packet::binary_event(namespace, attachments.len(), id, args), attachments);
            }
            Some(id) => self.send(&packet::event_with_ack(namespace, id, args)),
            None => self.send(&packet::event(namespace, args)),
        }
    }

    fn send_with(&self, header: Frame, attachments: &[Bytes]) {
        let mut frames = vec![header];
        frames.extend(attachments.iter().map(|bytes| Frame::binary(bytes)));
        self.0.send(&frames);
    }

    /// Ends the socket; the client is told. With `close_transport` all sockets of the session end, and so does it.
    pub fn disconnect(&self, close_transport: bool) {
        self.0.disconnect(close_transport);
    }

    /// Holds back what is broadcast to this session until the command that runs is done: what the command sends goes
    /// out before it.
    pub fn hold(&self) {
        self.0.link.hold();
    }

    /// How many bytes wait to be sent to the client, for all its sockets.
    pub fn queued_bytes(&self) -> usize {
        self.0.link.queued_bytes()
    }
}
