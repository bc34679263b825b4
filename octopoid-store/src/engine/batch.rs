//! How a backend reads and writes within one batch.

use octopoid_core::model::{
    ClaimToken, EventDraft, Message, MessageDraft, OrchestratorId, RoleName, Run, RunId, Scope, Task, TaskId,
    Timestamp,
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

    /// The most urgent, then oldest task that can be claimed for a purpose; no roles means any role.
    fn next_claimable(&mut self, scope: &Scope, purpose: Purpose, roles: &[RoleName])
    -> Result<Option<Task>>;

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

    /// Writes what differs between a task as it was read and as it is now.
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
}
