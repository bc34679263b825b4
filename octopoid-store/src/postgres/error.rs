//! What PostgreSQL's failures mean to a caller.

use octopoid_core::store::{ErrorKind, StoreError};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// A failure of a statement or of the connection.
pub(super) fn failed(error: Error) -> StoreError {
    let Some(refused) = error.as_db_error() else {
        // Anything else than an answer: the connection, or a value that does not fit its column.
        let lost = error.is_closed()
            || std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>());
        let message = "the connection to the database was lost";
        return match lost {
            true => StoreError::unavailable(message).with_source(error),
            false => StoreError::internal("the database's answer cannot be used").with_source(error),
        };
    };
    let (kind, message) = meaning(refused);
    // What the database says, without the values: those may be secrets or long.
    let said = format!("{} ({})", refused.message(), refused.code().code());
    StoreError::new(kind, message).with_source(said)
}

fn meaning(refused: &DbError) -> (ErrorKind, &'static str) {
    let code = refused.code();
    let message = match code.code() {
        _ if is_racing(refused) => "the database is busy with the same records",
        "55P03" => "the database is busy: another server has been writing for too long",
        "53100" => "the database cannot grow: its disk is full; free some space",
        "25006" => "the database takes no writes just now: it is read-only or a standby",
        // Insufficient resources, operator intervention, connection exceptions, system errors, and time limits.
        code if ["53", "57", "08", "58"].iter().any(|class| code.starts_with(class)) => {
            "the database cannot be used just now"
        }
        "25P02" | "25P03" | "25P04" => "the database ended a transaction that took too long",
        code if code.starts_with("28") || code == "42501" => "the database does not let this user do that",
        _ => return (ErrorKind::Internal, "the database refused a statement"),
    };
    (ErrorKind::Unavailable, message)
}

/// Returns whether what was refused succeeds when its transaction is carried out again.
pub(super) fn is_race(error: &Error) -> bool {
    error.as_db_error().is_some_and(is_racing)
}

fn is_racing(refused: &DbError) -> bool {
    match refused.code() {
        // The same key came for two scopes at once: who comes second finds the other's reply.
        code if *code == SqlState::UNIQUE_VIOLATION => refused.table() == Some("replies"),
        code => [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code),
    }
}

/// A failure to connect.
pub(super) fn not_connected(url: &super::PostgresUrl, error: Error) -> StoreError {
    let said = match error.as_db_error() {
        Some(refused) => format!("{} ({})", refused.message(), refused.code().code()),
        None => match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    };
    StoreError::unavailable(format!("cannot connect to the database {url}")).with_source(said)
}

/// A value that cannot be what it should be.
pub(super) fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::internal("the database holds a value that makes no sense").with_source(error)
}
