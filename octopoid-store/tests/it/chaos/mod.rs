//! Clients and servers on a network that fails, and the proof that nothing is lost or done twice.

mod history;
mod http;
mod load;
mod plain;
pub(crate) mod proxy;
