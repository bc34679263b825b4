//! Migrations of a file's tables.

use super::error::{failed, not_opened};
use super::migrations::MIGRATIONS;
use octopoid_core::store::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `OCTO`: identifies the file in its header.
const APPLICATION: i32 = 0x4F43_544F;

/// Refuses a file that is another program's or a newer version's, before anything is written to it.
pub(super) fn check(path: &Path, connection: &Connection) -> Result<()> {
    // One statement, so that another process's first migration is seen whole or not at all.
    let sql = "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
                      (SELECT count(*) FROM sqlite_schema)";
    let (application, version, tables): (i32, i32, i64) = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(|error| not_opened(path, error))?;
    let path = path.display();
    if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
        return Err(StoreError::invalid("database", format_args!("`{path}` is another program's database")));
    }
    if usize::try_from(version).is_ok_and(|version| version > MIGRATIONS.len()) {
        let rule = format_args!(
            "`{path}` was written by a newer Octopoid (version {version}, this one knows {}); update Octopoid",
            MIGRATIONS.len()
        );
        return Err(StoreError::invalid("database", rule));
    }
    Ok(())
}

/// Carries out the migrations that a file has not seen, all or none.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<()> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    // A migration may rebuild a table, and what refers to it must outlive the old one. Within a transaction SQLite does not
    // let this be changed.
    connection.pragma_update(None, "foreign_keys", false).map_err(failed)?;
    // Another process may do the same at this moment: the version counts that is read under the lock.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| not_opened(path, error))?;
    check(path, &transaction)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version(&transaction)?) {
        transaction.execute_batch(migration).map_err(failed)?;
        let version = i32::try_from(index + 1).unwrap_or(i32::MAX);
        transaction.pragma_update(None, "user_version", version).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    if transaction
        .prepare("PRAGMA foreign_key_check")
        .and_then(|mut check| check.exists([]))
        .map_err(failed)?
    {
        let path = path.display();
        return Err(StoreError::invalid(
            "database",
            format_args!("`{path}` is damaged: parts of a task are without it"),
        ));
    }
    transaction.commit().map_err(|error| not_opened(path, error))?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)
}

fn version(connection: &Connection) -> Result<usize> {
    let version =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).map_err(failed)?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}
