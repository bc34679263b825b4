//! What the host offers.

use super::value::Value;
use std::fmt::Debug;

/// SQLite database of the host in which the program runs.
///
/// Its calls do not wait: the host carries them out at once, and nothing else of the program runs meanwhile.
pub trait HostDatabase: Debug + Send + Sync + 'static {
    /// Runs a statement to its end and returns its rows. Without parameters there may be several statements, separated by `;`.
    ///
    /// # Errors
    /// What SQLite, or the host, has against it.
    fn execute(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>, HostError>;

    /// Runs `work` in a transaction, which is committed if it returns true and undone otherwise.
    ///
    /// # Errors
    /// The transaction cannot be begun or committed; then it has no effect.
    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), HostError>;
}

/// Error of a [`HostDatabase`], in SQLite's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    message: String,
}

impl HostError {
    /// Returns an error with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    pub(super) fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }
}
