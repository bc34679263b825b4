//! Orchestrators on the queue of a server, over a line that fails.

mod away;
mod claims;
mod feed;
mod setting;
