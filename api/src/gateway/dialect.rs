//! What a dialect is: a pure codec between frames and commands, replies and events.

use std::sync::Arc;

use domain::ConversationId;
use domain::event::Event;
use sockets::{Frame, Lane};

use super::command::{ClientCommand, Reply};
use super::news::News;
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

impl Request {
    /// A request that could not be read at all.
    pub fn unreadable(problem: Problem) -> Self {
        Self { mark: None, event: None, command: Err(problem) }
    }
}

/// How a connection stands to the conversation that an event is of. Joined means that it looks at it now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    /// No connection of the person has joined it.
    #[default]
    Aside,
    /// This one has.
    Joined,
    /// Another one of theirs has.
    Elsewhere,
}

impl Standing {
    /// All of them, in the order of their lanes.
    pub const ALL: [Self; 3] = [Self::Aside, Self::Joined, Self::Elsewhere];
}

/// Which dialect a connection speaks: its place among [`Dialects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flavour(pub u8);

impl Flavour {
    /// The lane of a connection of this flavour that so stands to a conversation.
    pub fn lane(self, standing: Standing) -> Lane {
        self.0 * 3 + standing as u8
    }
}

/// A way to say the one vocabulary. Codecs hold no state and touch no socket.
pub trait Dialect: Send + Sync {
    /// What a client's frame asks for. `mark` is what the transport itself has to go back with the answer, such as
    /// the number of an acknowledgement.
    fn decode(&self, text: &str, mark: Option<u64>) -> Request;

    /// The answers to a request that was carried out, if it is told.
    fn encode_reply(&self, request: &Request, reply: &Reply) -> Vec<Frame>;

    /// The answer to one that was not.
    fn encode_error(&self, request: &Request, error: &Problem) -> Frame;

    /// The news of an event for connections that so stand to its conversation, if they are told. The same bytes for
    /// everyone.
    fn encode_event(&self, news: &News<'_>, standing: Standing) -> Option<Frame>;

    /// What a command that was carried out means for where its connection looks.
    fn look(&self, command: &ClientCommand) -> Option<(ConversationId, bool)> {
        command.look()
    }

    /// Whether the connection that caused an event hears no news of it beside its answer.
    fn spares_origin(&self, _event: &Event) -> bool {
        false
    }
}

/// An event as all dialects tell it.
pub struct Encoded {
    /// A frame for each lane that was asked for and is told.
    pub frames: Arc<[Option<Frame>]>,
    /// The lanes in which the connection that caused it is left out, a bit each.
    pub spares_origin: u64,
}

/// All dialects that are spoken, each at its flavour's place.
#[derive(Clone)]
pub struct Dialects(Arc<[Arc<dyn Dialect>]>);

impl Dialects {
    /// These, in the order of their flavours; at most 21, since there are 64 lanes.
    pub fn new(dialects: impl IntoIterator<Item = Arc<dyn Dialect>>) -> Self {
        Self(dialects.into_iter().collect())
    }

    /// The dialect of a flavour.
    pub fn get(&self, flavour: Flavour) -> Option<&Arc<dyn Dialect>> {
        self.0.get(usize::from(flavour.0))
    }

    /// An event, encoded once for each of these lanes (a bit each); `None` if nobody in them is told.
    pub fn encode(&self, news: &News<'_>, lanes: u64) -> Option<Encoded> {
        let mut frames = vec![None; self.0.len() * Standing::ALL.len()];
        let mut spares_origin = 0;
        for (place, dialect) in (0u8..).zip(self.0.iter()) {
            for standing in Standing::ALL {
                let lane = Flavour(place).lane(standing);
                if lanes & (1 << lane) != 0 {
                    frames[usize::from(lane)] = dialect.encode_event(news, standing);
                    spares_origin |= u64::from(dialect.spares_origin(news.event())) << lane;
                }
            }
        }
        frames.iter().any(Option::is_some).then(|| Encoded { frames: frames.into(), spares_origin })
    }
}
