//! Errors of a transaction.

use octopoid_core::model::TaskId;
use octopoid_core::store::{ErrorKind, StoreError};

/// Returns whether an error is a fault, which undoes its transaction. Every other error is a refusal, which comes before the
/// first write.
pub fn is_fault(error: &StoreError) -> bool {
    matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Gone)
}

/// Returns the refusal of a claim whose token holds another task, named where it is known.
pub fn token_in_use(held: Option<&TaskId>) -> StoreError {
    let holds = held.map_or("another task", TaskId::as_str);
    StoreError::new(ErrorKind::Conflict, format!("the claim token is in use: it holds {holds}"))
}
