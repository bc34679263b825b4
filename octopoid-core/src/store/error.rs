//! What a store can fail with.

use crate::transition::Refusal;
use std::fmt;

/// What the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such thing; look at the id.
    NotFound,
    /// It is not in the state for that; read it again and decide anew.
    Conflict,
    /// The claim is gone; stop working on the task.
    LeaseLost,
    /// The request is wrong; mend it.
    Invalid {
        /// The field.
        field: String,
    },
    /// No key, or an unknown one.
    Unauthorized,
    /// The key is for another scope.
    Forbidden,
    /// The store cannot be reached or written just now; try again later.
    Unavailable,
    /// What was opened is no longer there, and is not written to any more; open it again once it is restored.
    Gone,
    /// A defect, or damaged data.
    Internal,
}

/// A store's failure: what the caller can do about it, a sentence, and the cause.
#[derive(Debug)]
pub struct StoreError {
    kind: ErrorKind,
    message: String,
    refusal: Option<Box<Refusal>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error of a kind with one sentence in lower case.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), refusal: None, source: None }
    }

    /// There is no such thing.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no {what}"))
    }

    /// A field breaks a rule.
    pub fn invalid(field: impl Into<String>, rule: impl fmt::Display) -> Self {
        let field = field.into();
        let message = format!("{field}: {rule}");
        Self::new(ErrorKind::Invalid { field }, message)
    }

    /// The store cannot be used just now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// A defect, or damaged data.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// With its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// With the state machine's own words, where they came from elsewhere.
    #[must_use]
    pub fn with_refusal(mut self, refusal: Option<Refusal>) -> Self {
        self.refusal = refusal.map(Box::new);
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The state machine's own words, where it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_deref()
    }

    /// Whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Whether the claim is gone.
    pub fn is_lease_lost(&self) -> bool {
        self.kind == ErrorKind::LeaseLost
    }

    /// Whether nothing was decided about what was asked: the store is away, does not know who asks, or is broken. The same
    /// request may succeed once that is mended; until then there is no reason to give up what it was about.
    pub fn is_undecided(&self) -> bool {
        match self.kind {
            ErrorKind::Unavailable | ErrorKind::Unauthorized | ErrorKind::Gone | ErrorKind::Internal => true,
            // That a person has to do it is the state machine's word; another scope's key is not.
            ErrorKind::Forbidden => self.refusal.is_none(),
            _ => false,
        }
    }

    /// Whether this store has come to its end: nothing that is asked of it will succeed.
    pub fn is_gone(&self) -> bool {
        self.kind == ErrorKind::Gone
    }

    /// Whether the same request may succeed later.
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
