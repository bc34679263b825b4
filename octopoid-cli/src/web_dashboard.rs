//! The web dashboard of this installation, and of a server.

mod here;
mod keys;
mod local_server;

pub(crate) use here::Here;
pub(crate) use keys::ServerKeys;
pub(crate) use local_server::LocalServer;
