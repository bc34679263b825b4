//! How a backend reads and writes within one batch.

use super::{Kept, Link, Shelf, Swept, Window};
use octopoid_core::model::{
    ClaimToken, EventDraft, Message, MessageDraft, OrchestratorId, ProjectId, RoleName, Run, RunId, Scope,
    StateName, Task, TaskId, Timestamp,
};
use octopoid_core::store::Result;
use octopoid_core::transition::Purpose;

/// One batch under way: reads see the writes before them, and all writes are committed together or not at all.
pub(crate) trait Batch {
    /// A task.
    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>>;

    /// Whether a task is done; none when there is no such task.
    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>>;

    /// The task that was created under a key.
    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>>;

    /// The task that is held under a token.
    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>>;

    /// The most urgent, then oldest task that can be claimed for a purpose; no roles means any
    /// role, no types any type or none. For a landing, tasks are passed over on whose branch one is in hand.
    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>>;

    /// The most urgent, then oldest task in a state that a flow adds and without a blocker in the way, as
    /// [`Batch::next_claimable`] filters them.
    fn next_in_state(
        &mut self,
        scope: &Scope,
        state: &StateName,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>>;

    /// The task that somebody is landing on a branch.
    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>>;

    /// How many tasks in `claimed` an orchestrator holds.
    fn claimed_by(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64>;

    /// The tasks that have an unresolved blocker on `id`, oldest first.
    fn waiting_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>>;

    /// The unresolved blockers of a task; none for a task that does not exist.
    fn waits_for(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>>;

    /// The tasks whose lease has run out, except those held by `spare`, oldest first.
    fn expired(&mut self, scope: &Scope, now: Timestamp, spare: Option<&OrchestratorId>)
    -> Result<Vec<Task>>;

    /// A run.
    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>>;

    /// The place after the newest task's, over the whole store.
    fn next_seq(&mut self) -> Result<u64>;

    /// The number after the last one given to a task of the scope.
    fn next_number(&mut self, scope: &Scope) -> Result<u64>;

    /// Remembers that a number was given to a task of the scope.
    fn use_number(&mut self, scope: &Scope, number: u64) -> Result<()>;

    /// Adds a task.
    fn insert(&mut self, task: &Task) -> Result<()>;

    /// Writes what differs between a task as it was read and as it is now. Refused, with nothing written, where it is
    /// claimed under a token that holds another task.
    fn replace(&mut self, before: &Task, after: &Task) -> Result<()>;

    /// Removes a task with its runs, messages and history; its `deleted` events stay.
    fn remove(&mut self, task: &Task) -> Result<()>;

    /// Adds an event to the history.
    fn append_event(&mut self, scope: &Scope, task: &TaskId, event: EventDraft, at: Timestamp) -> Result<()>;

    /// Adds a message to a task's thread.
    fn append_message(
        &mut self,
        scope: &Scope,
        task: &TaskId,
        message: MessageDraft,
        at: Timestamp,
    ) -> Result<Message>;

    /// Writes a run, new or again.
    fn put_run(&mut self, run: &Run) -> Result<()>;

    /// The task of a message's thread.
    fn message_task(&mut self, scope: &Scope, id: u64) -> Result<Option<TaskId>>;

    /// How many tasks belong to a project.
    fn tasks_of_project(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64>;

    /// A record's body.
    fn record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<Option<String>>;

    /// The bodies of all records of a kind, of one scope or of all, the oldest first.
    fn records(&mut self, shelf: Shelf, scope: Option<&Scope>) -> Result<Vec<String>>;

    /// The bodies of the drafts that something came of, the oldest first. Others may be among them.
    fn drafts_of(&mut self, scope: &Scope, link: Link<'_>) -> Result<Vec<String>>;

    /// Writes a record, new or again; it keeps its age.
    fn put_record(&mut self, shelf: Shelf, scope: &Scope, name: &str, body: String) -> Result<()>;

    /// Removes a record.
    fn remove_record(&mut self, shelf: Shelf, scope: &Scope, name: &str) -> Result<()>;

    /// The next number of a counter, from 1.
    fn count(&mut self, counter: &str) -> Result<u64>;

    /// What was kept under a request's key.
    fn request(&mut self, key: &str) -> Result<Option<Kept>>;

    /// Keeps what a write gave.
    fn put_request(&mut self, key: &str, kept: &Kept, at: Timestamp) -> Result<()>;

    /// Forgets what was kept before a moment.
    fn forget_requests(&mut self, before: Timestamp) -> Result<u64>;

    /// Removes the events of a window that are old enough and whose task is over or gone, but never the newest of all.
    fn prune_events(&mut self, window: Window<'_>) -> Result<Swept>;

    /// Removes the settled runs of a window that are old enough and whose task is over. Their places are those in which
    /// they were first recorded.
    fn prune_runs(&mut self, window: Window<'_>) -> Result<Swept>;

    /// Grows with every write.
    fn changes(&self) -> u64;
}
