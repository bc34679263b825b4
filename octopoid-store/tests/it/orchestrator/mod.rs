//! Orchestrators on the queue of a server, over a line that fails.

mod artifacts;
mod away;
mod claims;
mod feed;
mod setting;
