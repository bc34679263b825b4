//! API keys and their digests.

use crate::server::api::problem::{Code, Problem};
use octopoid_core::model::{ApiKey, KeyDigest};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Prefix of every key.
pub(super) const PREFIX: &str = "oct_";

/// Returns the SHA-256 digest of a key, which is all that is stored of it.
///
/// # Panics
/// Never: 64 hexadecimal digits are always a valid digest.
pub fn digest(key: &str) -> KeyDigest {
    match KeyDigest::new(hex(&Sha256::digest(key.as_bytes()))) {
        Ok(digest) => digest,
        Err(_) => unreachable!("64 hexadecimal digits are a digest"),
    }
}

/// Generates a key: `oct_` and 256 random bits.
pub fn generate_key() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{PREFIX}{}", hex(&bytes))
}

/// Refuses to answer a repeated request for a key: the key was created, but its secret was in the first answer alone.
pub(crate) fn refuse_lost_secret(added: &ApiKey, digest: &KeyDigest) -> Result<(), Problem> {
    if &added.digest == digest {
        return Ok(());
    }
    let ApiKey { id, scope, .. } = added;
    let message = format!(
        "this request has made {id} before, and a key is shown once; if that answer was lost, whoever runs the server \
         revokes {id} and makes another for {scope}"
    );
    Err(Problem::new(Code::Conflict, message).with_field("key_id", id.clone()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
