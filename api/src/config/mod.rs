//! What can be set, from the environment.
//!
//! [`variables`] is the table of all variables: `confab --help` is made of it, and `.env.example` is checked against
//! it. To add one: a line there, a field in its section of [`Settings`], and where it is read.

mod env;
mod limits;
mod parse;
mod secret;
mod settings;
pub mod variables;

pub use env::{ConfigError, Env};
pub use limits::{LimitSettings, Networks, Rate};
pub use secret::{Hidden, SecretFileError, load_or_make};
pub use settings::{
    AuthSettings, DatabaseSection, EventBus, HttpSettings, LogFormat, LogSettings, PresenceSettings, ServerSettings,
    Settings, SocketSettings, Synchronous,
};

#[cfg(test)]
mod tests;
