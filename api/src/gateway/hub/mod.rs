//! The hub: brings events from the bus to the connections of those they concern.
//!
//! [`core`] decides, without I/O: who hears what, in which order, and what to read where the bus left a hole.
//! [`task`] runs it: takes in events and connections, carries out the effects.

mod asking;
pub mod core;
pub mod effect;
mod fanout;
mod late;
pub mod members;
pub mod order;
pub mod recovery;
mod room;
pub mod task;
#[cfg(test)]
mod tests;
