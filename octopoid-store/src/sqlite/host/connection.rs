//! Statements and their rows.

use super::database::{HostDatabase, HostError};
use super::params::Params;
use super::value::{FromSql, Value, ValueRef};
use std::marker::PhantomData;
use std::sync::Arc;

/// The database, as the queries see it.
#[derive(Debug)]
pub(in crate::sqlite) struct Connection {
    pub(super) database: Arc<dyn HostDatabase>,
}

impl Connection {
    /// Returns a statement. It is the host that keeps it prepared.
    pub(in crate::sqlite) fn prepare_cached(&self, sql: &str) -> Result<CachedStatement<'_>, HostError> {
        Ok(Box::new(Statement { connection: self, sql: sql.to_owned() }))
    }

    /// Returns the number of the row that was inserted last.
    pub(in crate::sqlite) fn last_insert_rowid(&self) -> i64 {
        let rows = self.database.execute("SELECT last_insert_rowid()", &[]).unwrap_or_default();
        let number = rows.first().and_then(|row| row.first()).map(ValueRef::from);
        number.and_then(i64::from_sql).unwrap_or_default()
    }
}

/// Statement with its text.
#[derive(Debug)]
pub(in crate::sqlite) struct Statement<'a> {
    connection: &'a Connection,
    sql: String,
}

/// Statement that may be used again.
pub(in crate::sqlite) type CachedStatement<'a> = Box<Statement<'a>>;

impl Statement<'_> {
    /// Runs the statement to its end.
    pub(in crate::sqlite) fn execute(&mut self, params: impl Params) -> Result<(), HostError> {
        self.connection.database.execute(&self.sql, &params.into_values()).map(drop)
    }

    /// Returns the rows of the statement.
    pub(in crate::sqlite) fn query(&mut self, params: impl Params) -> Result<Rows<'_>, HostError> {
        let rows = self.connection.database.execute(&self.sql, &params.into_values())?;
        Ok(Rows { rows: rows.into_iter(), current: None })
    }
}

/// Rows that were not read yet.
#[derive(Debug)]
pub(in crate::sqlite) struct Rows<'a> {
    rows: std::vec::IntoIter<Vec<Value>>,
    current: Option<Row<'a>>,
}

impl<'a> Rows<'a> {
    /// Returns the next row.
    pub(in crate::sqlite) fn next(&mut self) -> Result<Option<&Row<'a>>, HostError> {
        self.current = self.rows.next().map(|values| Row { values, statement: PhantomData });
        Ok(self.current.as_ref())
    }
}

/// Row of an answer.
#[derive(Debug)]
pub(in crate::sqlite) struct Row<'a> {
    values: Vec<Value>,
    statement: PhantomData<&'a ()>,
}

/// Place of a column.
pub(in crate::sqlite) trait RowIndex {
    fn index(self) -> usize;
}

impl RowIndex for usize {
    fn index(self) -> usize {
        self
    }
}

impl Row<'_> {
    /// Returns the value of a column.
    pub(in crate::sqlite) fn get<I: RowIndex, T: FromSql>(&self, index: I) -> Result<T, HostError> {
        let index = index.index();
        T::from_sql(self.get_ref(index)?)
            .ok_or_else(|| HostError::new(format!("column {index} has a value of another kind")))
    }

    /// Returns a reference to the value of a column.
    pub(in crate::sqlite) fn get_ref(&self, index: usize) -> Result<ValueRef<'_>, HostError> {
        let value = self.values.get(index).map(ValueRef::from);
        value.ok_or_else(|| HostError::new(format!("there is no column {index}")))
    }
}
