//! The HTTP half of the server, from the other end of a socket.

mod bodies;
mod client;
mod connections;
mod errors;
mod exhausted;
mod log;
mod memory;
mod metrics;
mod pages;
mod setting;
mod stop;
mod tls;
