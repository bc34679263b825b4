//! One unit of work.

use super::{
    Attributes, Breakdown, ClaimToken, CommitId, Complexity, Place, Priority, Queue, Review, RoleName, Scope,
    SessionId, State, StateName, TaskId, Timestamp, TreeId,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Another task that must be done first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocker {
    /// The other task.
    pub id: TaskId,
    /// Whether it no longer stands in the way.
    pub resolved: bool,
}

/// How often things happened to a task. Each bound of [`Policy`](super::Policy) has its counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Claims of any kind; the number of the newest run.
    pub runs: u32,
    /// Attempts charged to the task since a person last let it go on.
    pub attempts: u32,
    /// Rejections by reviewers since a person last let it go on.
    pub review_rounds: u32,
    /// Conflicts with the base branch since a person last let it go on.
    pub conflicts: u32,
    /// Rejections of every kind, ever.
    pub rejections: u32,
}

/// Work that an agent handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Submission {
    /// Commits of the work, counted from the base branch.
    pub commits: u32,
    /// Turns that the attempt took.
    pub turns: u32,
    /// Whether the attempt was stopped by a limit on turns rather than by itself.
    #[serde(default)]
    pub turn_limit_reached: bool,
    /// The newest commit of the work.
    #[serde(default)]
    pub head: Option<CommitId>,
    /// The base commit it stands on.
    #[serde(default)]
    pub base: Option<CommitId>,
    /// The content that passed the tests; none where none are configured.
    #[serde(default)]
    pub tested: Option<TreeId>,
    /// The branch that holds it.
    #[serde(default)]
    pub branch: Option<String>,
    /// The agent's conversation, to go on with when the work is rejected.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// What the agent says it did.
    #[serde(default)]
    pub summary: Option<String>,
    /// Who has to be content with it, and who has been.
    #[serde(default)]
    pub review: Review,
    /// When it was handed in; set by the state machine.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

impl Submission {
    /// A submission with its two counts; the rest is set with `with_*` or by field.
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

/// What the last holder's token did last, so that a repeated request is recognised (I04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The token that was shown.
    pub token: ClaimToken,
    /// The command's name.
    pub command: String,
}

/// A task, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Unique within the scope.
    pub id: TaskId,
    /// The tenant.
    pub scope: Scope,
    /// Its place in the order of creation; breaks ties between equal priorities.
    pub seq: u64,
    /// The caller's own key for the request that made it: the same key gives the same task (I04).
    pub key: Option<String>,
    /// One line.
    pub title: String,
    /// What is to be done; never empty (I26) but in a repeated answer about a task that is gone.
    pub description: String,
    /// The role that works on it.
    pub role: RoleName,
    /// How urgent.
    pub priority: Priority,
    /// How big.
    pub complexity: Option<Complexity>,
    /// The base branch; none means the one the orchestrator is configured with.
    pub branch: Option<String>,
    /// Where it stands.
    pub state: State,
    /// What must be done first.
    pub blockers: Vec<Blocker>,
    /// How often things happened.
    pub counters: Counters,
    /// The newest submission. On the heap, as a task is handed on often and most have none.
    pub submission: Option<Box<Submission>>,
    /// What clients keep with it.
    #[serde(default)]
    pub attributes: Attributes,
    /// That it is to be broken down, or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// Why it last moved other than forward, in words.
    pub note: Option<String>,
    /// The last holder's last command.
    pub settled: Option<Settled>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything about it changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: u64,
}

impl Task {
    /// A task that a store reads back from what it kept: everything that is not given here is empty or zero, to be
    /// filled in by field. New tasks are made by [`transition::create`](crate::transition::create) alone.
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
            settled: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: 0,
        }
    }

    /// The queue it stands in.
    pub const fn queue(&self) -> Queue {
        self.state.queue()
    }

    /// Where it stands, by the name that people see.
    pub fn place(&self) -> Place {
        match &self.state {
            State::Custom { state } => Place::State(state.clone()),
            state => Place::Queue(state.queue()),
        }
    }

    /// Why a person is needed, where one is: because it stopped, or because a client said so.
    pub fn needs_person(&self) -> Option<&str> {
        let flagged = self.attributes.needs_intervention.then_some("a client asked for a person");
        self.state.needs_person().or(flagged)
    }

    /// The state that its flow adds and that it stands in, where it does.
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

    /// What was said of the newest submission, and what is still asked for.
    pub fn review(&self) -> Option<&Review> {
        self.submission.as_ref().map(|submission| &submission.review)
    }

    /// Whether it is finished.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done { .. })
    }

    /// The blockers that still stand in the way.
    pub fn unresolved_blockers(&self) -> impl Iterator<Item = &TaskId> {
        self.blockers.iter().filter(|b| !b.resolved).map(|b| &b.id)
    }

    /// The state of a task that may be worked on: `incoming`, or `blocked` while blockers are unresolved.
    pub(crate) fn ready_state(&self) -> State {
        if self.unresolved_blockers().next().is_some() { State::Blocked } else { State::Incoming }
    }
}

/// A request to create a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewTask {
    /// The tenant.
    pub scope: Scope,
    /// An id of the caller's choice; none lets the store give the next `task-N`.
    #[serde(default)]
    pub id: Option<TaskId>,
    /// The caller's key for this request: a second request with the same key gets the first one's task (I04).
    #[serde(default)]
    pub key: Option<String>,
    /// One line.
    pub title: String,
    /// What is to be done.
    pub description: String,
    /// The role that works on it.
    pub role: RoleName,
    /// How urgent.
    #[serde(default)]
    pub priority: Priority,
    /// How big.
    #[serde(default)]
    pub complexity: Option<Complexity>,
    /// The base branch.
    #[serde(default)]
    pub branch: Option<String>,
    /// What must be done first.
    #[serde(default)]
    pub blocked_by: Vec<TaskId>,
    /// What clients keep with it.
    #[serde(default)]
    pub attributes: Attributes,
    /// Where it stands at first; none means the queue of what can be worked on. Any place but `claimed`, which needs a
    /// holder.
    #[serde(default)]
    pub place: Option<Place>,
    /// Who asks for it.
    pub created_by: String,
}

impl NewTask {
    /// A task of normal priority for the `implement` role in the single-tenant scope.
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

    /// In another scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// With an id of one's own.
    #[must_use]
    pub fn with_id(mut self, id: TaskId) -> Self {
        self.id = Some(id);
        self
    }

    /// With a key that makes a repeated request harmless.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// For another role.
    #[must_use]
    pub fn with_role(mut self, role: RoleName) -> Self {
        self.role = role;
        self
    }

    /// With another priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// With an estimate of its size.
    #[must_use]
    pub fn with_complexity(mut self, complexity: Complexity) -> Self {
        self.complexity = Some(complexity);
        self
    }

    /// On another base branch than the configured one.
    #[must_use]
    pub fn with_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// After other tasks.
    #[must_use]
    pub fn with_blocked_by(mut self, blockers: impl IntoIterator<Item = TaskId>) -> Self {
        self.blocked_by.extend(blockers);
        self
    }

    /// With what clients keep with it.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Put aside instead of in the queue.
    #[must_use]
    pub fn in_backlog(mut self) -> Self {
        self.place = Some(Place::Queue(Queue::Backlog));
        self
    }

    /// On behalf of somebody.
    #[must_use]
    pub fn with_author(mut self, author: impl Into<String>) -> Self {
        self.created_by = author.into();
        self
    }
}

/// Changes to what a task says. Only what is `Some` changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TaskPatch {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another role.
    pub role: Option<RoleName>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another estimate, or none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Option<Complexity>>,
    /// Another base branch, or the configured one.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub branch: Option<Option<String>>,
    /// Changes to [`Task::attributes`]: fields with their new values, `null` for none.
    pub attributes: Map<String, Value>,
    /// Only if the task still has this version.
    pub version: Option<u64>,
}

/// Reads a field that is there: `null` says "none", a missing field says "as it was".
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
