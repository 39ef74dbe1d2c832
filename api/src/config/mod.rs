//! What can be set, from the environment.
//!
//! [`variables`] is the table of all variables: `confab --help` is made of it, and `.env.example` is checked against
//! it. To add one: a line there, a field in its section of [`Settings`], and where it is read.

mod auth;
mod database;
mod doors;
mod env;
mod limits;
mod networks;
mod parse;
mod rate;
mod secret;
mod settings;
pub mod variables;

pub use auth::AuthSettings;
pub use database::{DatabaseSection, Synchronous};
pub use doors::{HttpSettings, SocketSettings};
pub use env::{ConfigError, Env};
pub use limits::LimitSettings;
pub use networks::Networks;
pub use rate::Rate;
pub use secret::{Hidden, SecretFileError, load_or_make};
pub use settings::{EventBus, LogFormat, LogSettings, PresenceSettings, ServerSettings, Settings};

#[cfg(test)]
mod tests;
