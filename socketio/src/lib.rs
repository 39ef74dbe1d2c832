//! Socket.IO.
pub mod engine;
mod options;
pub mod packet;
pub use options::{Options, Origins, Transports};
pub struct Socket;
impl Socket {
    pub fn emit_with_ack() {}
}
