//! The dialects, one folder or file of pure codec each. A flavour is a dialect's place in the list of all,
//! and each describes its own channels.

pub mod auth;
pub mod chats;
pub mod events;
pub mod socketio;

use super::document::{Channel, Schemas};

/// What is said and told at every door, as the dialects describe it.
pub fn channels(schemas: &mut Schemas) -> Vec<Channel> {
    let mut channels = Vec::new();
    channels.extend(events::document::channels(schemas));
    channels.extend(socketio::document::channels(schemas));
    channels.extend(chats::document::channels(schemas));
    channels.extend(auth::document::channels(schemas));
    channels
}
