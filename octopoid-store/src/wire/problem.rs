//! The body of an error.

#[cfg(feature = "client")]
use octopoid_core::store::{ErrorKind, StoreError};
use octopoid_core::transition::Refusal;
use serde::{Deserialize, Serialize};

/// Body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct ProblemBody {
    /// One sentence; none where the contract has a `message` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Code for programs: `invalid`, `not_found`, `conflict`, `lease_lost`, …
    #[serde(default)]
    pub(crate) code: String,
    /// The field that is wrong, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// Why, in full.
    #[serde(default)]
    pub(crate) details: Option<Vec<String>>,
    /// The task that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task_id: Option<String>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// The sentence, where the contract has it under this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The state machine's refusal, for programs that rebuild it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) refusal: Option<Refusal>,
    /// Which of several reasons, where the code stands for more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The request's name, to be found in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

#[cfg(feature = "client")]
impl ProblemBody {
    /// The store's error that this body tells of.
    pub(crate) fn to_error(&self, status: u16) -> StoreError {
        let first = self.details.as_ref().and_then(|details| details.first());
        let words = first.or(self.error.as_ref()).or(self.message.as_ref());
        let kind = match (self.code.as_str(), status) {
            _ if self.reason.as_deref() == Some("max_claimed") => ErrorKind::Conflict,
            ("not_found", _) => ErrorKind::NotFound,
            ("conflict", _) => ErrorKind::Conflict,
            ("lease_lost", _) => ErrorKind::LeaseLost,
            ("unauthorized", _) | (_, 401) => ErrorKind::Unauthorized,
            ("forbidden", _) | (_, 403) => ErrorKind::Forbidden,
            ("unavailable" | "too_many_requests", _) | (_, 429 | 502..=504) => ErrorKind::Unavailable,
            ("invalid" | "too_large", _) => {
                ErrorKind::Invalid { field: self.field.clone().unwrap_or_default() }
            }
            // Whatever else answers, a proxy or a server of another kind, it knows nothing of what was asked.
            _ => ErrorKind::Internal,
        };
        let message = match words {
            Some(words) => words.clone(),
            None => {
                format!("something answers with status {status} that is no Octopoid server of this version")
            }
        };
        StoreError::new(kind, message).with_refusal(self.refusal.clone())
    }
}
