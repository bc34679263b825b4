//! Task: one unit of work.

use super::{
    Attributes, Breakdown, ClaimToken, CommitId, Complexity, Place, Priority, Queue, Review, RoleName, Scope,
    SessionId, State, StateName, TaskId, Timestamp, TreeId,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Task that must be done first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Blocker {
    /// Id of the other task.
    pub id: TaskId,
    /// Whether it no longer blocks.
    pub resolved: bool,
}

impl Blocker {
    /// Returns a blocker, which no longer blocks if it is resolved.
    pub fn new(id: TaskId, resolved: bool) -> Self {
        Self { id, resolved }
    }
}

/// Counters of a task's history. Each limit of [`Policy`](super::Policy) has its counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Counters {
    /// Claims of any kind; the number of the newest run.
    pub runs: u32,
    /// Attempts charged to the task since a person last let it continue.
    pub attempts: u32,
    /// Rejections by reviewers since a person last let it continue.
    pub review_rounds: u32,
    /// Conflicts with the base branch since a person last let it continue.
    pub conflicts: u32,
    /// Rejections of any kind, in total.
    pub rejections: u32,
}

/// Work submitted by an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Submission {
    /// Number of commits of the work, counted from the base branch.
    pub commits: u32,
    /// Number of turns that the attempt took.
    pub turns: u32,
    /// Whether the attempt was ended by a limit on turns rather than by the agent.
    #[serde(default)]
    pub turn_limit_reached: bool,
    /// Newest commit of the work.
    #[serde(default)]
    pub head: Option<CommitId>,
    /// Base commit of the work.
    #[serde(default)]
    pub base: Option<CommitId>,
    /// Content that passed the tests; `None` if no tests are configured.
    #[serde(default)]
    pub tested: Option<TreeId>,
    /// Branch that holds the work.
    #[serde(default)]
    pub branch: Option<String>,
    /// Session of the agent program, to resume if the work is rejected.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// Agent's summary of the work.
    #[serde(default)]
    pub summary: Option<String>,
    /// Review: the approvals required and the verdicts so far.
    #[serde(default)]
    pub review: Review,
    /// Time of the submission; set by the state machine.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

impl Submission {
    /// Returns a submission with its two counts; the rest is set by field.
    pub fn new(commits: u32, turns: u32) -> Self {
        Self {
            commits,
            turns,
            turn_limit_reached: false,
            head: None,
            base: None,
            tested: None,
            branch: None,
            session: None,
            summary: None,
            review: Review::default(),
            at: None,
        }
    }
}

/// Last command of the last holder's token, by which a repeated request is recognised (I04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Settled {
    /// Token that was presented.
    pub token: ClaimToken,
    /// Name of the command.
    pub command: String,
}

impl Settled {
    /// Returns the command that was carried out under a token.
    pub fn new(token: ClaimToken, command: impl Into<String>) -> Self {
        Self { token, command: command.into() }
    }
}

/// Task as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Identifier, unique within the scope.
    pub id: TaskId,
    /// Scope (tenant).
    pub scope: Scope,
    /// Sequence number in order of creation; breaks ties between equal priorities.
    pub seq: u64,
    /// Idempotency key of the request that created the task: the same key returns the same task (I04).
    pub key: Option<String>,
    /// Title, in one line.
    pub title: String,
    /// Description of the work; never empty (I26) except in a repeated response about a deleted task.
    pub description: String,
    /// Role that works on the task.
    pub role: RoleName,
    /// Priority.
    pub priority: Priority,
    /// Estimated size.
    pub complexity: Option<Complexity>,
    /// Base branch; `None` means the configured one.
    pub branch: Option<String>,
    /// State.
    pub state: State,
    /// Tasks that must be done first.
    pub blockers: Vec<Blocker>,
    /// Counters of its history.
    pub counters: Counters,
    /// Newest submission. Boxed, as tasks are moved often and most have none.
    pub submission: Option<Box<Submission>>,
    /// Fields that clients store with the task.
    #[serde(default)]
    pub attributes: Attributes,
    /// Breakdown, if the task is to be broken down or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// Reason of the last move other than forward, as text for people.
    pub note: Option<String>,
    /// Person, agent or program that created it; `None` for tasks of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Last command of the last holder.
    pub settled: Option<Settled>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Version, incremented by every change.
    pub version: u64,
}

impl Task {
    /// Returns a task for a store to restore from its records; every field not given here is empty or zero, to be filled in by field.
    ///
    /// New tasks are created only by [`transition::create`](crate::transition::create).
    pub fn restored(id: TaskId, scope: Scope, seq: u64, role: RoleName, state: State) -> Self {
        Self {
            id,
            scope,
            seq,
            key: None,
            title: String::new(),
            description: String::new(),
            role,
            priority: Priority::default(),
            complexity: None,
            branch: None,
            state,
            blockers: Vec::new(),
            counters: Counters::default(),
            submission: None,
            attributes: Attributes::default(),
            breakdown: None,
            note: None,
            created_by: None,
            settled: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: 0,
        }
    }

    /// Returns the queue of the task.
    pub const fn queue(&self) -> Queue {
        self.state.queue()
    }

    /// Returns the queue or flow state of the task, by the name that people see.
    pub fn place(&self) -> Place {
        match &self.state {
            State::Custom { state } => Place::State(state.clone()),
            state => Place::Queue(state.queue()),
        }
    }

    /// Returns the reason why a person is needed, if one is: the task stopped, or a client asked for a person.
    pub fn needs_person(&self) -> Option<&str> {
        let flagged = self.attributes.needs_intervention.then_some("a client asked for a person");
        self.state.needs_person().or(flagged)
    }

    /// Returns the state added by its flow that the task is in, if it is in one.
    pub fn flow_state(&self) -> Option<&StateName> {
        match &self.state {
            State::Custom { state } => Some(state),
            State::Incoming | State::Claimed { .. } | State::Provisional(_) => self.review()?.state.as_ref(),
            State::Backlog
            | State::Blocked
            | State::NeedsContinuation { .. }
            | State::Done { .. }
            | State::Failed { .. } => None,
        }
    }

    /// Returns the review of the newest submission.
    pub fn review(&self) -> Option<&Review> {
        self.submission.as_ref().map(|submission| &submission.review)
    }

    /// Returns whether the task is done.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done { .. })
    }

    /// Returns the blockers that are not resolved.
    pub fn unresolved_blockers(&self) -> impl Iterator<Item = &TaskId> {
        self.blockers.iter().filter(|b| !b.resolved).map(|b| &b.id)
    }

    /// Returns the state of a task that may be worked on: `incoming`, or `blocked` while blockers are unresolved.
    pub(crate) fn ready_state(&self) -> State {
        if self.unresolved_blockers().next().is_some() { State::Blocked } else { State::Incoming }
    }
}

/// Request to create a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewTask {
    /// Scope (tenant).
    pub scope: Scope,
    /// Id chosen by the caller; `None` lets the store assign the next `task-N`.
    #[serde(default)]
    pub id: Option<TaskId>,
    /// Idempotency key of the request: a second request with the same key returns the first one's task (I04).
    #[serde(default)]
    pub key: Option<String>,
    /// Title, in one line.
    pub title: String,
    /// Description of the work.
    pub description: String,
    /// Role that works on the task.
    pub role: RoleName,
    /// Priority.
    #[serde(default)]
    pub priority: Priority,
    /// Estimated size.
    #[serde(default)]
    pub complexity: Option<Complexity>,
    /// Base branch; `None` means the configured one.
    #[serde(default)]
    pub branch: Option<String>,
    /// Tasks that must be done first.
    #[serde(default)]
    pub blocked_by: Vec<TaskId>,
    /// Fields that clients store with the task.
    #[serde(default)]
    pub attributes: Attributes,
    /// Initial queue or state; `None` means `incoming`, or `blocked` if there are unresolved blockers.
    ///
    /// Any place but `claimed`, which needs a holder.
    #[serde(default)]
    pub place: Option<Place>,
    /// Creator.
    pub created_by: String,
}

impl NewTask {
    /// Returns a request for a task of normal priority for the `implement` role in the single-tenant scope.
    pub fn new(title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            scope: Scope::single(),
            id: None,
            key: None,
            title: title.into(),
            description: description.into(),
            role: RoleName::implement(),
            priority: Priority::default(),
            complexity: None,
            branch: None,
            blocked_by: Vec::new(),
            attributes: Attributes::default(),
            place: None,
            created_by: "user".to_owned(),
        }
    }

    /// Sets the scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Sets the id; otherwise the store assigns one.
    #[must_use]
    pub fn with_id(mut self, id: TaskId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the idempotency key, with which the request can be repeated safely.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the role.
    #[must_use]
    pub fn with_role(mut self, role: RoleName) -> Self {
        self.role = role;
        self
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the estimated size.
    #[must_use]
    pub fn with_complexity(mut self, complexity: Complexity) -> Self {
        self.complexity = Some(complexity);
        self
    }

    /// Sets the base branch, instead of the configured one.
    #[must_use]
    pub fn with_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// Adds tasks that must be done first.
    #[must_use]
    pub fn with_blocked_by(mut self, blockers: impl IntoIterator<Item = TaskId>) -> Self {
        self.blocked_by.extend(blockers);
        self
    }

    /// Sets the fields that clients store with the task.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Puts the task into the backlog instead of the queue.
    #[must_use]
    pub fn in_backlog(mut self) -> Self {
        self.place = Some(Place::Queue(Queue::Backlog));
        self
    }

    /// Sets the creator.
    #[must_use]
    pub fn with_author(mut self, author: impl Into<String>) -> Self {
        self.created_by = author.into();
        self
    }
}

/// Changes to a task's fields; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TaskPatch {
    /// New title.
    pub title: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New role.
    pub role: Option<RoleName>,
    /// New priority.
    pub priority: Option<Priority>,
    /// New estimated size; `Some(None)` removes it.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Option<Complexity>>,
    /// New base branch; `Some(None)` means the configured one.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub branch: Option<Option<String>>,
    /// Changes to [`Task::attributes`]: fields with their new values, `null` for the default.
    pub attributes: Map<String, Value>,
    /// Version that the task must still have for the patch to apply.
    pub version: Option<u64>,
}

/// Deserializes a field that is present: `null` means "none", a missing field means "unchanged".
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
