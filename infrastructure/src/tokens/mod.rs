//! Tokens, and the secret they are made with.

mod access;
mod refresh;
mod secret;

pub use access::JwtAccessTokens;
pub use refresh::HmacRefreshTokens;
pub use secret::{Secret, SecretError};
