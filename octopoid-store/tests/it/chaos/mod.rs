//! Clients and servers on a network that fails, and the proof that nothing is lost or done twice.

pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod load;
mod plain;
pub(crate) mod proxy;
