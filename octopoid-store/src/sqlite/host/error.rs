//! What failures of the host's database mean to a caller.

use super::database::HostError;
use octopoid_core::store::StoreError;

/// A failure of a statement.
pub(in crate::sqlite) fn failed(error: HostError) -> StoreError {
    let message = if error.says("SQLITE_FULL") || error.says("storage limit") {
        "the database cannot grow: it has reached the limit of its host"
    } else if error.says("SQLITE_IOERR") || error.says("SQLITE_BUSY") || error.says("SQLITE_NOMEM") {
        "the database cannot be read or written just now"
    } else if error.says("SQLITE_CORRUPT") || error.says("SQLITE_NOTADB") {
        return StoreError::internal("the database is damaged").with_source(error);
    } else {
        return StoreError::internal("the database refused a statement").with_source(error);
    };
    StoreError::unavailable(message).with_source(error)
}

/// Returns whether a statement broke a uniqueness constraint.
pub(in crate::sqlite) fn is_not_unique(error: &HostError) -> bool {
    error.says("UNIQUE constraint failed")
}
