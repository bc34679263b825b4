//! Authentication: which caller sent a request, and which scope that opens.
//!
//! [`identify`] runs before every route of the contract. It asks the [`Keyring`] whose key a request shows, applies the
//! rate limits, and leaves the [`Caller`] in the request's extensions.

mod access;
mod caller;
mod identify;
mod keyring;
mod secret;

pub use access::Access;
pub(crate) use caller::Caller;
#[cfg(feature = "server")]
pub(crate) use identify::KeyId;
pub(crate) use identify::identify;
pub(crate) use keyring::{Keyring, KeyringOptions};
pub(crate) use secret::refuse_lost_secret;
pub use secret::{digest, generate_key};
