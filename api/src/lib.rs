//! Confab: configuration, the composition root, and the doors.
//!
//! - [`config`]: what can be set, from the environment;
//! - [`composition`]: adapters, use cases and doors put together, and the server started;
//! - [`state`]: the use cases as the doors see them;
//! - [`dto`] and [`input`]: what goes over the wire, out and in, at every door;
//! - [`problem`]: failures, as every door tells them;
//! - [`http`]: the REST door and its OpenAPI document.

pub mod config;
pub mod dto;
pub mod http;
pub mod input;
pub mod problem;
pub mod state;

pub use problem::{Problem, uncancelled};
pub use state::AppState;
