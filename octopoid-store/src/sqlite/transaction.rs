//! Transaction on a connection.

use super::driver::{Connection, Params, Statement};
use super::error::failed;
use super::prefetch::Prefetch;
use super::query_ext::QueryExt;
use super::statements::{Key, Statements};
use octopoid_core::model::Timestamp;
use octopoid_core::store::Result;
use std::fmt;

/// Open transaction; that of the writing thread serves several requests, one after the other.
pub struct SqliteTransaction<'a> {
    pub(super) connection: &'a Connection,
    pub(super) now: Timestamp,
    pub(super) newest_event: Option<u64>,
    pub(super) prefetch: Option<Prefetch>,
    /// The number of requests that are not yet carried out, so that no more is read ahead than is of use.
    pub(super) waiting: usize,
    pub(super) statements: Statements<'a>,
}

impl<'a> SqliteTransaction<'a> {
    pub(super) fn new(connection: &'a Connection, now: Timestamp) -> Self {
        let statements = Statements::new(connection);
        Self { connection, now, newest_event: None, prefetch: None, waiting: 1, statements }
    }

    /// Returns the number of the last event that was appended.
    pub(super) fn newest_event(&self) -> Option<u64> {
        self.newest_event
    }

    /// Runs a statement to its end.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Result<()> {
        self.with(sql, |statement| statement.execute(params).map(drop).map_err(failed))
    }

    /// Returns the number in the first column of the first row.
    pub(super) fn number(&self, sql: &'static str, params: impl Params) -> Result<Option<u64>> {
        let found = self.first(sql, params, |row| row.get::<_, i64>(0).map_err(failed))?;
        Ok(found.and_then(|number| u64::try_from(number).ok()))
    }
}

impl QueryExt for SqliteTransaction<'_> {
    fn with<T>(&self, sql: &'static str, work: impl FnOnce(&mut Statement<'_>) -> Result<T>) -> Result<T> {
        self.statements.with(Key::Text(sql), || sql, work)
    }
}

impl fmt::Debug for SqliteTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTransaction").field("now", &self.now).finish_non_exhaustive()
    }
}
