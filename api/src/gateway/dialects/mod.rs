//! The dialects, one folder or file of pure codec each. A flavour is a dialect's place in the list of all.

pub mod auth;
pub mod chats;
pub mod events;
pub mod socketio;
