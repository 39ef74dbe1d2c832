//! Confab: configuration, the composition root, and the doors.
//!
//! - [`config`]: what can be set, from the environment;
//! - [`composition`]: adapters, use cases and doors put together, and the server started;
//! - `criers`: the tasks that tell who comes, goes and types;
//! - [`running`]: the service while it runs, and how it is stopped;
//! - [`command`]: the command line;
//! - [`state`]: the use cases as the doors see them;
//! - [`dto`] and [`input`]: what goes over the wire, out and in, at every door;
//! - [`limits`]: how often, and how many at once, at every door;
//! - [`pages`]: pages of histories, kept as they were answered;
//! - [`problem`]: failures, as every door tells them;
//! - [`http`]: the REST door and its `OpenAPI` document;
//! - [`gateway`]: the realtime door.

pub mod command;
pub mod composition;
pub mod config;
mod criers;
mod descriptors;
pub mod dto;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod gateway;
pub mod http;
pub mod input;
pub mod limits;
pub mod pages;
pub mod problem;
pub mod running;
mod sample;
pub mod state;

pub use composition::start;
pub use config::{Env, Settings};
pub use problem::{Problem, uncancelled};
pub use running::{Running, StartError, Stopper};
pub use state::AppState;

/// The version of the program, and of the documents it serves.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
