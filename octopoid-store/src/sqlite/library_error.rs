//! What failures of the SQLite library mean to a caller.

use octopoid_core::store::{ErrorKind, StoreError};
use rusqlite::{Error, ErrorCode};
use std::path::Path;

/// A failure of a statement.
pub(super) fn failed(error: Error) -> StoreError {
    let message = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "the database is busy: another process has been writing to it for too long"
        }
        Some(ErrorCode::DiskFull) => "the database cannot grow: the disk is full; free some space",
        Some(ErrorCode::ReadOnly) => {
            "the database is read-only; check the permissions of its file and folder"
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory) => {
            "the database cannot be read or written just now"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            return StoreError::internal("the database is damaged").with_source(error);
        }
        _ => return StoreError::internal("the database refused a statement").with_source(error),
    };
    StoreError::unavailable(message).with_source(error)
}

/// Returns whether a statement broke a uniqueness constraint.
pub(super) fn is_not_unique(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// A failure to open the file.
pub(super) fn not_opened(path: &Path, error: Error) -> StoreError {
    let path = path.display();
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            let field = "database".to_owned();
            (ErrorKind::Invalid { field }, format!("`{path}` is not a database, or is damaged"))
        }
        _ => {
            let error = failed(error);
            return StoreError::new(error.kind().clone(), format!("cannot open `{path}`: {error}"))
                .with_source(error);
        }
    };
    StoreError::new(kind, message).with_source(error)
}
