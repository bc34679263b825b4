//! Reads.

use super::idempotency::ReplyRecord;
use super::{Counter, RecordKey, RecordKind, StoredReply, scan};
use octopoid_core::model::{
    ClaimToken, Event, Message, OrchestratorId, ProjectId, RoleName, Run, RunId, Scope, StateName, Task,
    TaskId, Timestamp, Usage,
};
use octopoid_core::store::{
    EventQuery, Page, QueueCounts, Result, RunQuery, StoreError, TaskQuery, UsageQuery,
};
use octopoid_core::transition::Purpose;

/// What drafts are linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftLink<'a> {
    /// A task.
    Task(&'a TaskId),
    /// A project.
    Project(&'a ProjectId),
}

/// Reads of one state of a database.
///
/// # Errors
/// Every method returns `Unavailable` where the database cannot be read just now, and `Internal` where it is damaged.
pub trait Reader {
    /// Returns the present moment by the store's clock, which is never set back: leases are measured by it.
    fn now(&self) -> Timestamp;

    /// Lists the scopes of all tasks and scoped records, in order.
    fn scopes(&mut self) -> Result<Vec<Scope>>;

    /// Returns a task.
    fn task(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<Task>>;

    /// Lists the tasks of a scope, oldest first (by `seq`).
    fn tasks(&mut self, scope: &Scope) -> Result<Vec<Task>>;

    /// Lists runs with their places, in the order in which they were first recorded, after a place. A run keeps its place,
    /// and no place is given twice.
    fn runs(&mut self, scope: Option<&Scope>, after: u64, limit: u32) -> Result<Vec<(u64, Run)>>;

    /// Lists the messages of a task, or of a whole scope, oldest first (by `id`).
    fn messages(&mut self, scope: &Scope, task: Option<&TaskId>) -> Result<Vec<Message>>;

    /// Lists events as a query asks for them, in the order of their numbers.
    fn events(&mut self, query: &EventQuery) -> Result<Vec<Event>>;

    /// Returns the number of the newest event; 0 where there is none. It is also a bound for numbers that were given before:
    /// the newest event is never removed.
    fn last_event(&mut self) -> Result<u64>;

    /// Returns the body of a record.
    fn record(&mut self, key: RecordKey<'_>) -> Result<Option<String>>;

    /// Lists the bodies of the records of a kind, of one scope or of all, in the order in which they were first written.
    fn records(&mut self, kind: RecordKind, scope: Option<&Scope>) -> Result<Vec<String>>;

    /// Returns whether a task is done; `None` where it does not exist.
    fn is_done(&mut self, scope: &Scope, id: &TaskId) -> Result<Option<bool>> {
        Ok(self.task(scope, id)?.map(|task| task.is_done()))
    }

    /// Lists the unresolved blockers of a task; none where it does not exist.
    fn blockers_of(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<TaskId>> {
        let task = self.task(scope, id)?;
        Ok(task.map(|task| task.unresolved_blockers().cloned().collect()).unwrap_or_default())
    }

    /// Lists the tasks that have an unresolved blocker on `id`, oldest first.
    fn blocked_by(&mut self, scope: &Scope, id: &TaskId) -> Result<Vec<Task>> {
        let mut tasks = self.tasks(scope)?;
        tasks.retain(|task| task.unresolved_blockers().any(|blocker| blocker == id));
        Ok(tasks)
    }

    /// Returns the task that was created under a key.
    fn task_by_key(&mut self, scope: &Scope, key: &str) -> Result<Option<Task>> {
        Ok(self.tasks(scope)?.into_iter().find(|task| task.key.as_deref() == Some(key)))
    }

    /// Returns the task that is held under a token.
    fn task_by_token(&mut self, scope: &Scope, token: &ClaimToken) -> Result<Option<Task>> {
        Ok(scan::task_by_token(self.tasks(scope)?.iter(), token).cloned())
    }

    /// Returns the most urgent, then oldest task that [can be claimed](super::claimable_for) for a purpose. No roles take any
    /// role, no types any type or none. For a landing, tasks are passed over on whose branch another task
    /// [is landing](super::is_landing).
    fn next_claimable(
        &mut self,
        scope: &Scope,
        purpose: Purpose,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        Ok(scan::next_claimable(self.tasks(scope)?.iter(), purpose, roles, types).cloned())
    }

    /// Returns the most urgent, then oldest task in a state that a flow adds and without an unresolved blocker, filtered as
    /// by [`Reader::next_claimable`].
    fn next_in_state(
        &mut self,
        scope: &Scope,
        state: &StateName,
        roles: &[RoleName],
        types: &[String],
    ) -> Result<Option<Task>> {
        Ok(scan::next_in_state(self.tasks(scope)?.iter(), state, roles, types).cloned())
    }

    /// Returns the task that [is landing](super::is_landing) on a branch; without a branch, on that of the settings.
    fn landing_on(&mut self, scope: &Scope, branch: Option<&str>) -> Result<Option<Task>> {
        let mut tasks = self.tasks(scope)?.into_iter();
        Ok(tasks.find(|task| super::is_landing(task) && task.branch.as_deref() == branch))
    }

    /// Counts the tasks in `claimed` that an orchestrator holds.
    fn count_claimed(&mut self, scope: &Scope, orchestrator: &OrchestratorId) -> Result<u64> {
        Ok(scan::count_claimed(self.tasks(scope)?.iter(), orchestrator))
    }

    /// Lists the tasks whose lease ended at `now` or before, except those that `spare` holds, oldest first.
    fn expired(
        &mut self,
        scope: &Scope,
        now: Timestamp,
        spare: Option<&OrchestratorId>,
    ) -> Result<Vec<Task>> {
        let mut tasks = self.tasks(scope)?;
        tasks.retain(|task| {
            let claim = task.state.claim();
            claim.is_some_and(|claim| {
                claim.lease_expires_at <= now && Some(&claim.holder.orchestrator) != spare
            })
        });
        Ok(tasks)
    }

    /// Counts the tasks of a project.
    fn count_project_tasks(&mut self, scope: &Scope, project: &ProjectId) -> Result<u64> {
        let tasks = self.tasks(scope)?;
        Ok(tasks.iter().filter(|task| task.attributes.project.as_ref() == Some(project)).count() as u64)
    }

    /// Lists tasks as a query asks for them.
    fn list_tasks(&mut self, query: &TaskQuery) -> Result<Page<Task>> {
        Ok(scan::list_tasks(self.tasks(&query.scope)?.iter(), query))
    }

    /// Counts the tasks of a scope.
    fn queue_counts(&mut self, scope: &Scope) -> Result<QueueCounts> {
        Ok(scan::queue_counts(self.tasks(scope)?.iter()))
    }

    /// Returns a run.
    fn run(&mut self, scope: &Scope, id: &RunId) -> Result<Option<Run>> {
        let runs = self.runs(Some(scope), 0, u32::MAX)?.into_iter();
        Ok(runs.map(|(_, run)| run).find(|run| &run.id == id))
    }

    /// Lists runs as a query asks for them, the newest first.
    fn list_runs(&mut self, query: &RunQuery) -> Result<Vec<Run>> {
        let runs = self.runs(Some(&query.scope), 0, u32::MAX)?;
        Ok(scan::list_runs(runs.iter().map(|(_, run)| run), query))
    }

    /// Adds up what runs used.
    fn usage(&mut self, query: &UsageQuery) -> Result<Usage> {
        let runs = self.runs(Some(&query.scope), 0, u32::MAX)?;
        Ok(scan::usage(runs.iter().map(|(_, run)| run), query))
    }

    /// Returns a message.
    fn message(&mut self, scope: &Scope, id: u64) -> Result<Option<Message>> {
        Ok(self.messages(scope, None)?.into_iter().find(|message| message.id == id))
    }

    /// Lists the bodies of the drafts that are linked to something, oldest first; others may be among them.
    fn linked_drafts(&mut self, scope: &Scope, link: DraftLink<'_>) -> Result<Vec<String>> {
        let _ = link;
        self.records(RecordKind::Draft, Some(scope))
    }

    /// Returns the last number that a counter gave; 0 where it gave none.
    fn counter(&mut self, counter: Counter<'_>) -> Result<u64> {
        let name = counter.name();
        let Some(body) = self.record(RecordKey::global(RecordKind::Counter, &name))? else { return Ok(0) };
        body.parse().map_err(|error| {
            StoreError::internal(format!("the counter `{name}` is not a number")).with_source(error)
        })
    }

    /// Returns the reply that is stored under the key of a request.
    fn reply(&mut self, key: &str) -> Result<Option<StoredReply>> {
        let body = self.record(RecordKey::global(RecordKind::Reply, key))?;
        body.map(|body| Ok(ReplyRecord::from_body(&body)?.reply)).transpose()
    }
}
