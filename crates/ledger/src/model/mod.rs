//! The pure part: what a command means. No I/O, no clock, no randomness, no threads.

pub(crate) mod codec;
pub(crate) mod counter;
pub(crate) mod hold;
pub(crate) mod slab;
pub(crate) mod state;
pub(crate) mod types;
