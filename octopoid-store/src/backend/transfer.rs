//! Rows that are moved from one database to another.

use super::{Reader, RecordKind, Transaction};
use octopoid_core::model::{Event, Message, Run, Scope, Task, Timestamp};
use octopoid_core::store::Result;
use serde::{Deserialize, Serialize};

/// Row of a database, as it stands in another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "row", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Row {
    /// A task, at its place.
    Task(Box<Task>),
    /// An event, under its number.
    Event(Event),
    /// A message, under its id.
    Message(Message),
    /// A run, at its place.
    Run {
        /// The place.
        place: u64,
        /// The run.
        run: Box<Run>,
    },
    /// A record, at its place among all records.
    Record {
        /// The place.
        place: u64,
        /// The kind.
        kind: RecordKind,
        /// The tenant; none for what belongs to the whole store.
        scope: Option<Scope>,
        /// The name within kind and scope.
        name: String,
        /// The record.
        body: String,
    },
    /// The last number that was given, by the [name](super::Counter::name) of the counter, or of what the database itself numbers:
    /// `message`, `run` and `record`.
    Counter {
        /// The name.
        name: String,
        /// The number.
        last: u64,
    },
    /// The reply to a request.
    Reply {
        /// The key of the request.
        key: String,
        /// The digest of what was asked for.
        digest: [u8; 32],
        /// The reply.
        body: String,
        /// When it was stored.
        at: Timestamp,
    },
}

/// Kind of rows, in the order in which they are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// Tasks, by place.
    Tasks,
    /// Events, by number.
    Events,
    /// Messages, by id.
    Messages,
    /// Runs, by place.
    Runs,
    /// Records, by place.
    Records,
    /// Counters, by name.
    Counters,
    /// Replies, the oldest first.
    Replies,
}

impl Table {
    /// All kinds, in order.
    pub const ALL: [Self; 7] =
        [Self::Tasks, Self::Events, Self::Messages, Self::Runs, Self::Records, Self::Counters, Self::Replies];
}

/// Reads of everything, for another database.
pub trait Export: Reader {
    /// Calls `each` with every row of a kind, in order, without holding many of them at once. Ends with the first error.
    ///
    /// # Errors
    /// Those of `each`, and as the methods of [`Reader`].
    fn each_row(&mut self, table: Table, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()>;
}

/// Writes of everything, from another database.
pub trait Import: Transaction {
    /// Returns whether there is nothing in the database.
    ///
    /// # Errors
    /// As the methods of [`Reader`].
    fn is_empty(&mut self) -> Result<bool>;

    /// Removes everything.
    ///
    /// # Errors
    /// As the methods of [`Transaction`].
    fn clear(&mut self) -> Result<()>;

    /// Adds a row as it is, into a database that was empty or cleared.
    ///
    /// # Errors
    /// As the methods of [`Transaction`].
    fn add_row(&mut self, row: Row) -> Result<()>;
}
