//! The use cases.
pub mod ports;
