//! Prepared statements of one transaction.
//!
//! Finding a statement by its text in the connection's cache costs as much as a small statement itself.

use super::driver::{CachedStatement, Connection, Statement};
use super::error::failed;
use octopoid_core::store::Result;
use std::cell::RefCell;

/// Key of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// Its text, which stands at one place.
    Text(&'static str),
    /// It adds a task.
    Insert,
    /// It changes these columns of a task, a bit each.
    Update(u64),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Key::Text(one), Key::Text(other)) => std::ptr::eq(*one, *other),
            (Key::Insert, Key::Insert) => true,
            (Key::Update(one), Key::Update(other)) => one == other,
            _ => false,
        }
    }
}

/// The statements that a transaction has used so far.
pub(super) struct Statements<'a> {
    connection: &'a Connection,
    known: RefCell<Vec<(Key, Option<CachedStatement<'a>>)>>,
}

impl<'a> Statements<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, known: RefCell::default() }
    }

    /// Works with a statement, whose text is only asked for where it is not at hand.
    pub(super) fn with<T, S: AsRef<str>>(
        &self,
        key: Key,
        text: impl FnOnce() -> S,
        work: impl FnOnce(&mut Statement<'_>) -> Result<T>,
    ) -> Result<T> {
        // Taken out for the time of its use, so that other statements can be used meanwhile.
        let known =
            self.known.borrow_mut().iter_mut().find(|(known, _)| *known == key).and_then(|it| it.1.take());
        let mut statement = match known {
            Some(statement) => statement,
            None => self.connection.prepare_cached(text().as_ref()).map_err(failed)?,
        };
        let result = work(&mut statement);
        let mut known = self.known.borrow_mut();
        match known.iter_mut().find(|(known, _)| *known == key) {
            Some((_, place)) => *place = Some(statement),
            None => known.push((key, Some(statement))),
        }
        result
    }
}
