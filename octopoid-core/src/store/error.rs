//! Errors of stores.

use crate::transition::Refusal;
use std::fmt;

/// Kind of an error, by what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The record does not exist; check the id.
    NotFound,
    /// The record is not in the required state; read it again and decide again.
    Conflict,
    /// The claim is no longer held; stop working on the task.
    LeaseLost,
    /// The request is invalid; fix the named field.
    Invalid {
        /// Name of the field.
        field: String,
    },
    /// The key is missing or unknown.
    Unauthorized,
    /// The key is for another scope, or the command requires a person.
    Forbidden,
    /// The store cannot be reached or written at the moment; try again later.
    Unavailable,
    /// The opened storage no longer exists and is not written to any more; open it again once it is restored.
    Gone,
    /// Defect, or damaged data.
    Internal,
}

/// Error returned by a store: a kind, a message and a source.
#[derive(Debug)]
pub struct StoreError {
    kind: ErrorKind,
    message: String,
    refusal: Option<Box<Refusal>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// Creates an error of a kind, with a message of one sentence in lower case.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), refusal: None, source: None }
    }

    /// Creates a [`NotFound`](ErrorKind::NotFound) error for a record, such as `task task-3`.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no {what}"))
    }

    /// Creates an [`Invalid`](ErrorKind::Invalid) error for a field that breaks a rule.
    pub fn invalid(field: impl Into<String>, rule: impl fmt::Display) -> Self {
        let field = field.into();
        let message = format!("{field}: {rule}");
        Self::new(ErrorKind::Invalid { field }, message)
    }

    /// Creates an [`Unavailable`](ErrorKind::Unavailable) error.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// Creates an [`Internal`](ErrorKind::Internal) error.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Sets the underlying cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets the state machine's refusal, if the error was received from elsewhere.
    #[must_use]
    pub fn with_refusal(mut self, refusal: Option<Refusal>) -> Self {
        self.refusal = refusal.map(Box::new);
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Returns the state machine's refusal, if it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_deref()
    }

    /// Returns whether the record does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Returns whether the claim is no longer held.
    pub fn is_lease_lost(&self) -> bool {
        self.kind == ErrorKind::LeaseLost
    }

    /// Returns whether the request was not decided: the store is unreachable, does not know the caller, or is broken.
    ///
    /// The same request may succeed once that is fixed; until then there is no reason to give up the work it was about.
    pub fn is_undecided(&self) -> bool {
        match self.kind {
            ErrorKind::Unavailable | ErrorKind::Unauthorized | ErrorKind::Gone | ErrorKind::Internal => true,
            // A refusal that requires a person is a decision of the state machine; another scope's key is not.
            ErrorKind::Forbidden => self.refusal.is_none(),
            _ => false,
        }
    }

    /// Returns whether this store has ended for good: no further request to it will succeed.
    pub fn is_gone(&self) -> bool {
        self.kind == ErrorKind::Gone
    }

    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.kind == ErrorKind::Unavailable
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn std::error::Error + 'static))
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::LeaseLost { .. } => ErrorKind::LeaseLost,
            Refusal::Invalid { field, .. } => ErrorKind::Invalid { field: field.clone().into_owned() },
            Refusal::MissingBlockers(_) | Refusal::Cycle(_) => {
                ErrorKind::Invalid { field: "blocked_by".to_owned() }
            }
            Refusal::PersonOnly { .. } => ErrorKind::Forbidden,
            Refusal::WrongQueue { .. }
            | Refusal::Held { .. }
            | Refusal::NotExpired { .. }
            | Refusal::Version { .. } => ErrorKind::Conflict,
        };
        Self { kind, message: refusal.to_string(), refusal: Some(Box::new(refusal)), source: None }
    }
}
