//! Writes.

use super::idempotency::ReplyRecord;
use super::{Counter, Reader, RecordKey, RecordKind, StoredReply};
use octopoid_core::model::{EventDraft, Message, MessageDraft, Run, Scope, Task, TaskId, Timestamp};
use octopoid_core::store::Result;

/// Transaction under way: reads see the writes before them, and all writes are committed together or not at all.
///
/// # Errors
/// Every method returns `Unavailable` where the database cannot be written just now, and `Internal` where it is damaged.
pub trait Transaction: Reader {
    /// Writes a task: a new one, or one that replaces what was read `before`. Scope, id and `seq` stay as they are.
    ///
    /// # Errors
    /// [`token_in_use`](super::token_in_use) where `after` is claimed under a token that holds another task of its scope; then
    /// nothing is written.
    fn put_task(&mut self, before: Option<&Task>, after: &Task) -> Result<()>;

    /// Removes a task with its runs, its messages and its events, except the events of kind `deleted`.
    fn remove_task(&mut self, task: &Task) -> Result<()>;

    /// Adds an event. Its number is above that of every event that was ever added, also one that is removed by now.
    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()>;

    /// Adds a message to a task's thread and returns it. Its id is above that of every message that was ever added.
    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message>;

    /// Writes a run, new or again.
    fn put_run(&mut self, run: &Run) -> Result<()>;

    /// Writes a record, new or again.
    fn put_record(&mut self, key: RecordKey<'_>, body: String) -> Result<()>;

    /// Removes a record; one that is not there is no error.
    fn remove_record(&mut self, key: RecordKey<'_>) -> Result<()>;

    /// Removes events by their numbers.
    fn remove_events(&mut self, numbers: &[u64]) -> Result<()>;

    /// Removes runs by their [places](Reader::runs).
    fn remove_runs(&mut self, places: &[u64]) -> Result<()>;

    /// Notes the last number that a counter gave.
    fn set_counter(&mut self, counter: Counter<'_>, last: u64) -> Result<()> {
        self.put_record(RecordKey::global(RecordKind::Counter, &counter.name()), last.to_string())
    }

    /// Stores the reply of a request under its key, which is new.
    fn put_reply(&mut self, key: &str, reply: &StoredReply, at: Timestamp) -> Result<()> {
        let record = ReplyRecord { key: key.to_owned(), reply: reply.clone(), at };
        self.put_record(RecordKey::global(RecordKind::Reply, key), record.to_body()?)
    }

    /// Removes the replies that were stored before a moment; returns their number.
    fn remove_replies(&mut self, before: Timestamp) -> Result<u64> {
        let mut removed = 0;
        for body in self.records(RecordKind::Reply, None)? {
            let record = ReplyRecord::from_body(&body)?;
            if record.at < before {
                self.remove_record(RecordKey::global(RecordKind::Reply, &record.key))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}
