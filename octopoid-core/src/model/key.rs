//! API keys of a scope.

use super::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// SHA-256 digest of an API key, as 64 lower-case hexadecimal digits. The key itself is never stored.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyDigest(String);

/// Error returned when a text is not a valid key digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's digest is its SHA-256 in 64 lower-case hexadecimal digits")]
#[non_exhaustive]
pub struct InvalidDigest;

impl KeyDigest {
    /// Checks and wraps a digest.
    ///
    /// # Errors
    /// [`InvalidDigest`] for anything but 64 lower-case hexadecimal digits.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidDigest> {
        let text = text.into();
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(hex) { Ok(Self(text)) } else { Err(InvalidDigest) }
    }

    /// Returns the hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

impl TryFrom<String> for KeyDigest {
    type Error = InvalidDigest;
    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        Self::new(text)
    }
}

impl From<KeyDigest> for String {
    fn from(digest: KeyDigest) -> String {
        digest.0
    }
}

/// API key of a scope, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiKey {
    /// Public name, such as `key-3`; unique within the store.
    pub id: String,
    /// Scope that the key gives access to.
    pub scope: Scope,
    /// Label: what the key is for.
    pub label: String,
    /// Digest that a presented key is compared with.
    pub digest: KeyDigest,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of revocation, from which the key is refused.
    pub revoked_at: Option<Timestamp>,
    /// Whether the key lets its holder read everything in the scope and change nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

impl ApiKey {
    /// Returns a key that is valid.
    pub fn new(
        id: impl Into<String>,
        scope: Scope,
        label: impl Into<String>,
        digest: KeyDigest,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            scope,
            label: label.into(),
            digest,
            created_at,
            revoked_at: None,
            read_only: false,
        }
    }
}
