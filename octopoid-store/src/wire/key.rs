//! The keys that open scopes.

use octopoid_core::model::{ApiKey, Timestamp};
use serde::{Deserialize, Serialize};

/// A key in an answer, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct KeyBody {
    /// Such as `key-3`.
    pub(crate) id: String,
    /// Scope that it opens.
    pub(crate) scope: String,
    /// Purpose.
    pub(crate) label: String,
    /// When it was made.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) created_at: Timestamp,
    /// Time of its revocation.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) revoked_at: Option<Timestamp>,
}

impl From<&ApiKey> for KeyBody {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.clone(),
            scope: key.scope.to_string(),
            label: key.label.clone(),
            created_at: key.created_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// Asks for a new key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct NewKey {
    /// The scope that it is to open. Required.
    pub(crate) scope: Option<String>,
    /// Purpose.
    pub(crate) label: Option<String>,
}

/// A new key, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct SecretBody {
    /// `oct_` and 64 hexadecimal digits.
    pub(crate) api_key: String,
    /// Scope that it opens.
    pub(crate) scope: String,
    /// Its public name.
    pub(crate) id: String,
}

impl std::fmt::Debug for SecretBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBody").field("id", &self.id).finish_non_exhaustive()
    }
}
