//! The traits, one per concern.

use super::{ActionStore, DraftStore, FleetStore, FlowStore, ProjectStore, RetentionStore};
use super::{
    ClaimRequest, EventFeed, EventQuery, Interest, Page, QueueCounts, Result, RunQuery, TaskQuery, UsageQuery,
};
use crate::model::{
    Event, Message, MessageDraft, NewTask, OrchestratorId, Policy, Run, RunId, Scope, Task, TaskId, Usage,
};
use crate::transition::Command;
use async_trait::async_trait;
use std::fmt::Debug;

/// The task queue.
#[async_trait]
pub trait TaskStore: Send + Sync + Debug {
    /// Creates a task.
    ///
    /// # Behavior
    /// - Goes through [`transition::create`](crate::transition::create).
    /// - Without an id it gives the next free `task-N` of the scope.
    /// - A `key` that was used before in the scope gives the task of that first request, unchanged.
    /// - A blocker that is already done counts as resolved.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Invalid` for a field, a missing blocker or a cycle.
    async fn create_task(&self, new: NewTask) -> Result<Task>;

    /// Reads a task.
    ///
    /// # Errors
    /// `NotFound`, also for a task of another scope.
    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task>;

    /// Lists tasks.
    ///
    /// # Errors
    /// `Invalid` for a limit of 0 or above [`TaskQuery::MAX_LIMIT`].
    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>>;

    /// Takes the next task: the most urgent, then the oldest that the request allows.
    ///
    /// # Behavior
    /// - `None` when there is none; losing a race to another claimer is not an answer, the next task is tried.
    /// - The token of a claim that is held gives that claim again.
    ///
    /// # Errors
    /// `Conflict` when `max_claimed` is reached, or when `task` is named and cannot be claimed; `NotFound` when the named task does not
    /// exist; `Invalid` for the lease.
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>>;

    /// Carries out a command on a task, in one batch with everything that belongs to it: history, thread, unblocked
    /// dependents (I02).
    ///
    /// # Behavior
    /// - Goes through [`transition`](crate::transition::transition).
    /// - `Block` checks first that the blockers exist and that no cycle arises; a blocker that is done is left out.
    /// - Gives the task as it is afterwards.
    ///
    /// # Errors
    /// `NotFound`; `LeaseLost` for a token that is not, or no longer, the claim's; `Conflict` and `Invalid` with the
    /// state machine's reason.
    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task>;

    /// Carries out several commands on a task, one after the other, in one batch: all of them or, when one is refused, none
    /// (I02).
    ///
    /// # Behavior
    /// - With a `version`, only as long as the task has it.
    /// - Where the last command is a repetition of what was carried out before, so is the whole, and nothing changes.
    /// - No commands at all change nothing.
    ///
    /// # Errors
    /// As [`TaskStore::apply`]; `Conflict` for another version.
    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task>;

    /// Removes a task with its history, thread and runs; the event `deleted` stays in the feed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is claimed or another unfinished task waits for it.
    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()>;

    /// Takes away every claim of the scope whose lease has run out, by the store's clock, except those of `spare`: an
    /// orchestrator settles its own finished runs before it lets go of them (I09). Gives the tasks it freed.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>>;

    /// Whether the store takes expired claims away by itself, so that no machine need ask for it.
    fn expires_leases(&self) -> bool {
        false
    }

    /// The scopes that anything is in: tasks, projects, drafts, actions, flows, roles, machines or keys.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn scopes(&self) -> Result<Vec<Scope>>;

    /// Counts the tasks.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts>;

    /// The bounds that this store applies.
    fn policy(&self) -> &Policy;
}

/// Runs: what each attempt did and cost.
#[async_trait]
pub trait RunStore: Send + Sync + Debug {
    /// Writes a run, new or again; the last write of an id counts. Adds the event `run_recorded`.
    ///
    /// # Errors
    /// `NotFound` when its task does not exist.
    async fn save_run(&self, run: &Run) -> Result<()>;

    /// Reads a run.
    ///
    /// # Errors
    /// `NotFound`.
    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run>;

    /// Lists runs, newest first.
    ///
    /// # Errors
    /// `Invalid` for the limit.
    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>>;

    /// Adds up what runs used.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn usage(&self, query: &UsageQuery) -> Result<Usage>;
}

/// The thread of each task.
#[async_trait]
pub trait MessageStore: Send + Sync + Debug {
    /// Adds a message to a task's thread, and the event `message_posted`.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an empty body or one above 1 MiB.
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message>;

    /// A task's thread, oldest first.
    ///
    /// # Errors
    /// `NotFound`.
    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>>;
}

/// The durable history, which is also the feed that wakes things up.
#[async_trait]
pub trait EventLog: Send + Sync + Debug {
    /// Reads events in order of their numbers.
    ///
    /// # Errors
    /// `Invalid` for the limit.
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>>;

    /// The number of the newest event of the whole store; 0 when there is none.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn last_event(&self) -> Result<u64>;

    /// Completes once the newest event's number is above `after`, at once when it already is. Also wakes for events
    /// that another process wrote. May be dropped at any time.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn wait_for_event(&self, after: u64) -> Result<()>;

    /// Opens a feed of what concerns one machine, filtered by the store. Returns `None` where the store does not filter;
    /// [`open_feed`](super::open_feed) then reads the log.
    ///
    /// # Behavior
    /// - Nothing after the number `after` is missed: neither what happens to the machine's tasks nor what it could begin.
    /// - What can be claimed is offered to one machine first, and to others only if that one does not claim it.
    fn subscribe(&self, interest: &Interest, after: u64) -> Option<Box<dyn EventFeed>> {
        let _ = (interest, after);
        None
    }
}

/// Everything the orchestrator needs to remember. Implemented for whatever implements its parts.
pub trait Store:
    TaskStore
    + RunStore
    + MessageStore
    + EventLog
    + ProjectStore
    + DraftStore
    + ActionStore
    + FlowStore
    + FleetStore
    + RetentionStore
{
}

impl<T> Store for T where
    T: TaskStore
        + RunStore
        + MessageStore
        + EventLog
        + ProjectStore
        + DraftStore
        + ActionStore
        + FlowStore
        + FleetStore
        + RetentionStore
        + ?Sized
{
}
