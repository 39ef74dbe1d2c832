//! Socket.IO.
pub mod packet;
pub struct Socket;
impl Socket {
    pub fn emit_with_ack() {}
}
