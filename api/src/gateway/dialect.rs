//! What a dialect is: a pure codec between frames and commands, replies and events.

use std::sync::Arc;

use domain::event::Event;
use sockets::Frame;

use super::command::{ClientCommand, Reply};
use crate::Problem;

/// A command with the client's own mark for it, which goes back with the answer.
#[derive(Debug)]
pub struct Request {
    /// The mark; without one a success is silent.
    pub mark: Option<serde_json::Value>,
    /// The name of what was asked, where it could be read.
    pub event: Option<String>,
    /// What was asked, or why it could not be understood.
    pub command: Result<ClientCommand, Problem>,
}

/// A way to say the one vocabulary. Codecs hold no state and touch no socket.
pub trait Dialect: Send + Sync {
    /// What a text frame asks for.
    fn decode(&self, text: &str) -> Request;

    /// The answer to a request that was carried out, if it is told.
    fn encode_reply(&self, request: &Request, reply: &Reply) -> Option<Frame>;

    /// The answer to one that was not.
    fn encode_error(&self, request: &Request, error: &Problem) -> Frame;

    /// The news of an event, if this dialect tells it. The same bytes for everyone.
    fn encode_event(&self, event: &Event) -> Option<Frame>;
}

/// All dialects that are spoken, each at its flavour's place.
#[derive(Clone)]
pub struct Dialects(Arc<[Arc<dyn Dialect>]>);

impl Dialects {
    /// These, in the order of their flavours.
    pub fn new(dialects: impl IntoIterator<Item = Arc<dyn Dialect>>) -> Self {
        Self(dialects.into_iter().collect())
    }

    /// The dialect of a flavour.
    pub fn get(&self, flavour: u8) -> Option<&Arc<dyn Dialect>> {
        self.0.get(usize::from(flavour))
    }

    /// An event, encoded once for each dialect; `None` if none tells it.
    pub fn encode(&self, event: &Event) -> Option<Arc<[Option<Frame>]>> {
        let frames: Arc<[Option<Frame>]> = self.0.iter().map(|dialect| dialect.encode_event(event)).collect();
        frames.iter().any(Option::is_some).then_some(frames)
    }
}
