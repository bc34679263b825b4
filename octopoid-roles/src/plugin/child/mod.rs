//! Runs in a child process, which loads the same file and exchanges the same messages over its stdin and stdout. An abort, a
//! crash or an endless loop costs one child.

mod conversation;
mod frame;
mod host;
mod process;
mod stderr;

pub(super) use conversation::{inspect, run};
pub use host::host_process;
