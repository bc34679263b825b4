//! Store traits for tasks, runs, messages and events, and their sum [`Store`].

use super::{ActionStore, DraftStore, FlowStore, MachineStore, ProjectStore, RetentionStore, ReviewStore};
use super::{
    ClaimRequest, EventFeed, EventQuery, Interest, Page, QueueCounts, Result, RunQuery, TaskQuery, UsageQuery,
};
use crate::model::{
    Event, Message, MessageDraft, NewTask, OrchestratorId, Policy, Run, RunId, Scope, Task, TaskId, Usage,
};
use crate::transition::Command;
use async_trait::async_trait;
use std::fmt::Debug;

/// Store of tasks: the task queue.
#[async_trait]
pub trait TaskStore: Send + Sync + Debug {
    /// Creates a task.
    ///
    /// # Behavior
    /// - Goes through [`transition::create`](crate::transition::create).
    /// - Without an id, the task gets the next free `task-N` of the scope.
    /// - A `key` that was already used in the scope returns the task of that first request, unchanged.
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

    /// Claims the next task that the request allows: the most urgent first, then the oldest.
    ///
    /// # Behavior
    /// - Returns `None` when there is none. If another claimer wins a race for a task, the next task is tried.
    /// - A request with the token of a claim that is still held returns that claim's task again.
    ///
    /// # Errors
    /// `Conflict` when `max_claimed` is reached, or when `task` is named and cannot be claimed; `NotFound` when the named task
    /// does not exist; `Invalid` for the lease.
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>>;

    /// Carries out a command on a task, in one batch with its events, messages and unblocked dependents (I02).
    ///
    /// # Behavior
    /// - Goes through [`transition`](crate::transition::transition).
    /// - `Block` first checks that the blockers exist and that no cycle arises; a blocker that is already done is left out.
    /// - Returns the task after the command.
    ///
    /// # Errors
    /// `NotFound`; `LeaseLost` for a token that is not, or no longer, the claim's; `Conflict` and `Invalid` with the
    /// state machine's reason.
    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task>;

    /// Carries out several commands on a task, in order and in one batch: all of them or, if one is refused, none (I02).
    ///
    /// # Behavior
    /// - With a `version`, only if the task still has it.
    /// - If the last command repeats one that was carried out before, the whole request is a repetition, and nothing changes.
    /// - An empty list of commands changes nothing.
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

    /// Deletes a task with its history, thread and runs; the event `deleted` stays in the feed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is claimed or another unfinished task waits for it.
    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()>;

    /// Removes every claim of the scope whose lease has ended, by the store's clock, and returns the freed tasks.
    ///
    /// Claims of the orchestrator `spare` are kept: an orchestrator settles its own finished runs before it gives them up (I09).
    ///
    /// # Errors
    /// `Unavailable`.
    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>>;

    /// Returns whether the store removes expired claims on its own, so that no machine has to request it.
    fn expires_leases(&self) -> bool {
        false
    }

    /// Returns the scopes that contain anything: tasks, projects, drafts, actions, flows, roles, machines or keys.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn scopes(&self) -> Result<Vec<Scope>>;

    /// Counts the tasks of a scope by queue.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts>;

    /// Returns the limits that this store applies.
    fn policy(&self) -> &Policy;
}

/// Store of runs: what each attempt did and cost.
#[async_trait]
pub trait RunStore: Send + Sync + Debug {
    /// Creates or replaces a run; the last write of an id counts. Adds the event `run_recorded`.
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

    /// Sums up the usage of runs.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn usage(&self, query: &UsageQuery) -> Result<Usage>;
}

/// Store of the tasks' threads.
#[async_trait]
pub trait MessageStore: Send + Sync + Debug {
    /// Adds a message to a task's thread, and the event `message_posted`.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an empty body or one above 1 MiB.
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message>;

    /// Returns the thread of a task, oldest message first.
    ///
    /// # Errors
    /// `NotFound`.
    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>>;
}

/// Log of events: the durable history, which is also the feed that wakes readers.
#[async_trait]
pub trait EventLog: Send + Sync + Debug {
    /// Reads events in order of their sequence numbers.
    ///
    /// # Errors
    /// `Invalid` for the limit.
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>>;

    /// Returns the sequence number of the newest event of the whole store; 0 if there is none.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn last_event(&self) -> Result<u64>;

    /// Waits until the newest event's sequence number is above `after`; completes at once if it already is.
    ///
    /// Also wakes for events written by another process. May be dropped at any time.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn wait_for_event(&self, after: u64) -> Result<()>;

    /// Opens a feed of what concerns one machine, filtered by the store.
    ///
    /// Returns `None` if the store does not filter; [`open_feed`](super::open_feed) then reads the log.
    ///
    /// # Behavior
    /// - Nothing after the number `after` is missed: neither events of the machine's tasks nor work that it could begin.
    /// - Work that can be claimed is offered to one machine first, and to others only if that one does not claim it.
    fn subscribe(&self, interest: &Interest, after: u64) -> Option<Box<dyn EventFeed>> {
        let _ = (interest, after);
        None
    }
}

/// Persistent state of the orchestrator. Implemented for every type that implements all parts.
pub trait Store:
    TaskStore
    + RunStore
    + MessageStore
    + ReviewStore
    + EventLog
    + ProjectStore
    + DraftStore
    + ActionStore
    + FlowStore
    + MachineStore
    + RetentionStore
{
}

impl<T> Store for T where
    T: TaskStore
        + RunStore
        + MessageStore
        + ReviewStore
        + EventLog
        + ProjectStore
        + DraftStore
        + ActionStore
        + FlowStore
        + MachineStore
        + RetentionStore
        + ?Sized
{
}
