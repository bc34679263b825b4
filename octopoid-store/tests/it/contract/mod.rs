//! The REST contract, from the other end of a socket.

mod bad_input;
mod compat;
mod feed;
mod health;
mod keys;
mod lifecycle;
mod openapi;
mod original;
mod pages;
mod repeats;
mod retention;
mod scopes;
pub(crate) mod setting;
