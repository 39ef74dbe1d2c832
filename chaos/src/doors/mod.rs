//! The doors where connections stay open: how each says and tells things.

mod events;
mod frames;
mod polling;
mod socketio;
mod websocket;

use crate::Failure;
use crate::history::{Outcome, Seen};

/// A door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `/ws`, the vocabulary over plain WebSocket.
    Events,
    /// `/`, frames of `{type, params}`.
    Frames,
    /// Socket.IO by WebSocket, in `/`.
    SocketIo,
    /// Socket.IO by polling, in `/chat`.
    Polling,
    /// Socket.IO by WebSocket, in `/chats`.
    Chats,
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// An answer to what was said under this mark; without one, to the oldest that is not answered.
    Answer(Option<u64>, Outcome),
    /// A message.
    Message(String, Seen),
    /// Somebody came to a chat, or left it, at a place.
    Moved(String, String, i64, bool),
    /// Wants this in return at once.
    Return(String),
    /// The client is sent away.
    Away,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub chat: String,
    pub id: String,
    pub content: String,
}

impl Door {
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Frames => "frames",
            Self::SocketIo => "socket.io",
            Self::Polling => "polling",
            Self::Chats => "chats",
        }
    }

    /// Whether the sending connection is not told of its own messages.
    pub fn spares_own(self) -> bool {
        matches!(self, Self::Frames | Self::Chats)
    }

    /// Whether clients name their messages, so that they may be sent again.
    pub fn has_ids(self) -> bool {
        self != Self::Chats
    }

    /// Opens a connection. `small` lets little wait on its way.
    pub async fn open(self, base: &str, token: &str, small: bool) -> Result<Wire, Failure> {
        match self {
            Self::Events => Ok(Wire::Web(Box::new(websocket::open(base, "/ws", Some(token), small).await?))),
            Self::Frames => Ok(Wire::Web(Box::new(websocket::open(base, "/", Some(token), small).await?))),
            Self::SocketIo | Self::Chats => {
                let path = "/socket.io/?EIO=4&transport=websocket";
                let mut wire = websocket::open(base, path, None, small).await?;
                wire.next().await.ok_or("no handshake")?;
                wire.say(&socketio::connect(self.namespace(), token)).await?;
                socketio::let_in(&wire.next().await.ok_or("not let in")?)?;
                Ok(Wire::Web(Box::new(wire)))
            }
            Self::Polling => {
                let mut wire = polling::Polling::open(base).await?;
                wire.say(&socketio::connect(self.namespace(), token)).await?;
                socketio::let_in(&wire.next().await.ok_or("not let in")?)?;
                Ok(Wire::Poll(wire))
            }
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Polling => "/chat",
            Self::Chats => "/chats",
            _ => "/",
        }
    }

    /// What to say first: once it is answered, everything is heard from then on.
    pub fn greeting(self, mark: u64, chat: &str) -> String {
        match self {
            Self::Events => events::join(mark, chat),
            Self::Frames => frames::greeting(),
            Self::SocketIo | Self::Polling => socketio::join(self.namespace(), mark, chat),
            Self::Chats => socketio::join_room(mark, chat),
        }
    }

    /// How to say it.
    pub fn say(self, mark: u64, saying: &Saying) -> String {
        match self {
            Self::Events => events::say(mark, saying),
            Self::Frames => frames::say(saying),
            Self::SocketIo | Self::Polling => socketio::say(self.namespace(), mark, saying),
            Self::Chats => socketio::say_in_room(mark, saying),
        }
    }

    /// What was said by the server.
    pub fn read(self, text: &str) -> Option<Told> {
        match self {
            Self::Events => events::read(text),
            Self::Frames => frames::read(text),
            Self::SocketIo | Self::Polling | Self::Chats => socketio::read(self.namespace(), text),
        }
    }
}

/// An open connection.
pub enum Wire {
    Web(Box<websocket::WebSocket>),
    Poll(polling::Polling),
}

impl Wire {
    /// The next text; `None` once it is over.
    pub async fn next(&mut self) -> Option<String> {
        match self {
            Self::Web(wire) => wire.next().await,
            Self::Poll(wire) => wire.next().await,
        }
    }

    pub async fn say(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Web(wire) => wire.say(text).await,
            Self::Poll(wire) => wire.say(text).await,
        }
    }

    /// Ends it without a word.
    pub fn cut(self) {
        match self {
            Self::Web(wire) => wire.cut(),
            Self::Poll(wire) => drop(wire),
        }
    }

    /// Says goodbye.
    pub async fn close(self) {
        match self {
            Self::Web(wire) => wire.close().await,
            Self::Poll(mut wire) => {
                let _ = wire.say("1").await;
            }
        }
    }
}
