//! Queries on a connection.

use super::driver::{Connection, Params, Row, Statement};
use super::error::failed;
use octopoid_core::store::Result;

/// Queries, also while a row is read: on a connection, or in a transaction, which has its statements at hand.
pub(super) trait QueryExt {
    /// Works with the statement of a text.
    fn with<T>(&self, sql: &'static str, work: impl FnOnce(&mut Statement<'_>) -> Result<T>) -> Result<T>;

    /// The first row of a query.
    fn first<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.with(sql, |statement| first_of(statement, params, read))
    }

    /// Every row of a query.
    fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.with(sql, |statement| all_of(statement, params, read))
    }
}

impl QueryExt for Connection {
    fn with<T>(&self, sql: &'static str, work: impl FnOnce(&mut Statement<'_>) -> Result<T>) -> Result<T> {
        work(&mut *self.prepare_cached(sql).map_err(failed)?)
    }
}

/// The first row of a query.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    first_of(&mut *connection.prepare_cached(sql).map_err(failed)?, params, read)
}

/// Every row of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    all_of(&mut *connection.prepare_cached(sql).map_err(failed)?, params, read)
}

/// The first row that a statement gives.
fn first_of<T>(
    statement: &mut Statement<'_>,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut rows = statement.query(params).map_err(failed)?;
    rows.next().map_err(failed)?.map(read).transpose()
}

/// Every row that a statement gives.
fn all_of<T>(
    statement: &mut Statement<'_>,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut rows = statement.query(params).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(read(row)?);
    }
    Ok(found)
}
