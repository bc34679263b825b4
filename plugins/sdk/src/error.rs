//! Errors on either side of the boundary.

use crate::abi::status;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of an error, by which it is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The agent did not come to its own end. Hand the error on: the host knows why, and what that means for the task.
    Agent,
    /// The run is to stop. Hand the error on.
    Cancelled,
    /// The host could not do what was asked.
    Host,
    /// The settings do not fit the role.
    Settings,
    /// The request is invalid, or does not apply.
    Invalid,
    /// The answer would be longer than a text may be.
    TooLarge,
    /// The host does not know the operation, or the plugin's manifest does not name it.
    Unsupported,
    /// The run is over.
    Stale,
    /// The role itself failed.
    #[serde(other)]
    Role,
}

/// An error: `{"kind", "message", "retryable"}` across the boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Error {
    /// The kind.
    pub kind: ErrorKind,
    /// What failed and why, in one line.
    pub message: String,
    /// Whether a retry may succeed.
    #[serde(default)]
    pub retryable: bool,
}

impl Error {
    /// Creates an error of a kind, which a retry does not help.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retryable: false }
    }

    /// Creates an error of the role itself.
    pub fn role(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Role, message)
    }

    /// Marks the error as one that a retry may help: the task goes back uncharged, and the agent pauses for a while.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Returns the status that goes with it.
    pub fn status(&self) -> i32 {
        match self.kind {
            ErrorKind::Cancelled => status::CANCELLED,
            ErrorKind::Stale => status::STALE,
            ErrorKind::Invalid => status::BAD_ARG,
            ErrorKind::Unsupported => status::UNSUPPORTED,
            _ => status::ERR,
        }
    }

    /// Creates an error from a status and the text that came with it, which may be anything.
    pub fn from_reply(status: i32, reply: &str) -> Self {
        let kind = match status {
            status::CANCELLED => ErrorKind::Cancelled,
            status::STALE => ErrorKind::Stale,
            status::BAD_ARG => ErrorKind::Invalid,
            status::UNSUPPORTED => ErrorKind::Unsupported,
            _ => ErrorKind::Role,
        };
        let error = serde_json::from_str(reply).unwrap_or_else(|_| Self::new(kind, shortened(reply)));
        // The status is the first word: a reply may not turn a cancelled call into another failure.
        if kind == ErrorKind::Role { error } else { Self { kind, ..error } }
    }

    /// Returns the error as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return "no reason was given".to_owned();
    }
    text.chars().take(500).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::role(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::role(format!("not the expected JSON: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_outweighs_what_the_reply_says() {
        let reply = Error::role("made up").to_json();
        assert_eq!(Error::from_reply(status::CANCELLED, &reply).kind, ErrorKind::Cancelled);
        assert_eq!(Error::from_reply(status::ERR, &reply), Error::role("made up"));
        assert_eq!(Error::from_reply(99, "plain words").message, "plain words");
        assert_eq!(Error::from_reply(status::ERR, "").message, "no reason was given");
    }

    #[test]
    fn kinds_of_a_later_version_read_as_the_roles_own() {
        let error: Error =
            serde_json::from_str(r#"{"kind": "weather", "message": "rain", "since": 3}"#).unwrap();
        assert_eq!(error, Error::role("rain"));
    }
}
