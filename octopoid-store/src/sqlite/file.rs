//! Connections to the file.

use super::error::{failed, not_opened};
use super::query_ext::all;
use super::{SqliteOptions, migrate};
use octopoid_core::store::{Result, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

/// The time between two attempts to set the journal mode.
const RETRY: Duration = Duration::from_millis(2);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

/// Opens the connection that writes; creates the file and its tables where they are missing.
pub(super) fn open_writer(path: &Path, options: &SqliteOptions) -> Result<Connection> {
    create(path)?;
    let mut connection = connect(path, options)?;
    migrate::check(path, &connection)?;
    let mode = journal_mode(&connection, options).map_err(|error| not_opened(path, error))?;
    if mode != "wal" {
        let message = format!(
            "cannot open `{}`: its file system cannot share a log (journal mode {mode})",
            path.display()
        );
        return Err(StoreError::unavailable(message));
    }
    connection.pragma_update(None, "synchronous", options.synchronous.as_str()).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -16_000).map_err(failed)?;
    migrate::migrate(path, &mut connection)?;
    Ok(connection)
}

/// Sets the journal mode, which is kept in the file. SQLite does not wait for others here, unlike everywhere else, and two
/// processes may make the same file at once.
fn journal_mode(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<String> {
    let mut patience = options.busy_timeout;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        let busy = mode.as_ref().is_err_and(|error: &rusqlite::Error| {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
        });
        if !busy || patience.is_zero() {
            return mode;
        }
        std::thread::park_timeout(RETRY);
        patience = patience.saturating_sub(RETRY);
    }
}

/// Opens a connection that only reads.
pub(super) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<Connection> {
    let connection = connect(path, options)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    // The writer checkpoints the log and removes it, or leaves it where the file is gone by then.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    Ok(connection)
}

/// Begins a read of one state of the database, which ends when the returned guard is dropped.
pub(super) fn snapshot(connection: &Connection) -> Result<rusqlite::Transaction<'_>> {
    connection.unchecked_transaction().map_err(failed)
}

fn connect(path: &Path, options: &SqliteOptions) -> Result<Connection> {
    // Without SQLITE_OPEN_URI, so that a path is never taken for anything else.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| not_opened(path, error))?;
    connection.busy_timeout(options.busy_timeout).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| not_opened(path, error))?;
    // A statement is planned once: without this, SQLite plans anew for every value that a partial index might depend on.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Creates an empty file that only its owner can read: tasks may hold what nobody else is to see. SQLite gives the same
/// permissions to the files beside it.
fn create(path: &Path) -> Result<()> {
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::unavailable(format!("cannot create `{}`: {error}", path.display()))
            .with_source(error)),
    }
}

/// Returns what SQLite's own check finds wrong with the file.
pub(super) fn check_integrity(connection: &Connection) -> Result<Vec<String>> {
    let found =
        all(connection, "PRAGMA integrity_check(20)", (), |row| row.get::<_, String>(0).map_err(failed))?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}
