//! The adapters of Confab: one for each port of `application` and each repository trait of `domain`. No other crate
//! knows the technology behind.
//!
//! | port | adapter | where |
//! |---|---|---|
//! | the repositories, `HealthCheck` | [`db::Database`], SQLite or PostgreSQL | [`db`] |
//! | `SessionRepository`, with a memory before it | [`RecalledSessions`] | `sessions` |
//! | `Clock` | [`SystemClock`] | `clock` |
//! | `IdGenerator` | [`UuidGenerator`] | `ids` |
//! | `PasswordHasher` | [`Argon2Hasher`] | `passwords` |
//! | `AccessTokens`, `RefreshTokens` | [`JwtAccessTokens`], [`HmacRefreshTokens`] | `tokens` |
//! | `EventPublisher`, `EventSource` | [`MemoryBus`] | `bus` |
//! | `PresenceTracker`, `PresenceSource` | [`MemoryPresence`] | `presence` |
//! | `TypingTracker`, `TypingSource` | [`MemoryTyping`] | `presence` |
//!
//! # Adding an adapter
//!
//! 1. Implement the port in a file of its own, named for the port; the type adds the technology to the port's name
//!    (`RedisBus`). A dependency that not everybody needs goes behind a cargo feature.
//! 2. Turn every failure of the technology into the port's error in one place of that file.
//! 3. Choose it in the composition root of `api`, by configuration.
//!
//! ```
//! use application::ports::Clock;
//! use domain::Timestamp;
//!
//! /// A clock that stands still.
//! struct StoppedClock(Timestamp);
//!
//! impl Clock for StoppedClock {
//!     fn now(&self) -> Timestamp {
//!         self.0
//!     }
//! }
//!
//! let clock: &dyn Clock = &StoppedClock(Timestamp::from_millis(1));
//! assert_eq!(clock.now(), Timestamp::from_millis(1));
//! ```
//!
//! # Adding a query
//!
//! 1. The method goes into the repository trait in `domain`, with its contract.
//! 2. The query goes into the area's body in `db/queries`, once for both databases; what only one of them can do, into
//!    both `special.rs`.
//! 3. `db/repositories.rs` says in which kind of transaction it runs.
//! 4. The contract suite in `tests` proves the contract on both.

pub mod db;

#[cfg(feature = "planted-bugs")]
mod bugs;
mod bus;
mod clock;
mod ids;
mod passwords;
mod presence;
mod sessions;
mod tokens;

pub use bus::MemoryBus;
pub use clock::SystemClock;
pub use db::{Database, DatabaseSettings, DatabaseTimes, OpenError, Repositories, SqliteSynchronous};
pub use ids::UuidGenerator;
pub use passwords::{Argon2Hasher, Argon2Settings};
pub use presence::{MemoryPresence, MemoryTyping};
pub use sessions::RecalledSessions;
pub use tokens::{HmacRefreshTokens, JwtAccessTokens, Secret, SecretError};
