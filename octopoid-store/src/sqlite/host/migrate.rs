//! Migrations of the tables of the host's database.

use super::connection::Connection;
use super::error::failed;
use super::value::ValueRef;
use crate::sqlite::driver::FromSql as _;
use crate::sqlite::migrations::MIGRATIONS;
use octopoid_core::store::{Result, StoreError};

/// Carries out the migrations that the database has not seen, all or none. Their number is kept in a table: hosts do not let a program
/// write what SQLite has for that.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    let database = &connection.database;
    let mut result = Ok(());
    let mut work = || {
        result = carry_out(connection);
        result.is_ok()
    };
    database.transaction(&mut work).map_err(failed)?;
    result
}

fn carry_out(connection: &Connection) -> Result<()> {
    let execute = |sql: &str| connection.database.execute(sql, &[]).map_err(failed);
    execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT")?;
    let rows = execute("SELECT coalesce(max(version), 0) FROM migrations")?;
    let newest = rows.first().and_then(|row| row.first()).map(ValueRef::from).and_then(i64::from_sql);
    let seen = newest.and_then(|newest| usize::try_from(newest).ok()).unwrap_or_default();
    if seen > MIGRATIONS.len() {
        let rule = format_args!(
            "it was written by a newer Octopoid (version {seen}, this one knows {}); update Octopoid",
            MIGRATIONS.len()
        );
        return Err(StoreError::invalid("database", rule));
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(seen) {
        execute(migration)?;
        execute(&format!("INSERT INTO migrations (version) VALUES ({})", index + 1))?;
    }
    Ok(())
}
