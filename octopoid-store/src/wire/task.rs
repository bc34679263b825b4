//! A task in an answer.

use octopoid_core::model::{
    Attributes, Blocker, Breakdown, Complexity, Counters, InvalidId, Priority, Revert, RoleName, Scope,
    Settled, State, Submission, Task, TaskId, Timestamp, Usd,
};
use serde::{Deserialize, Serialize};

/// A task in an answer: the contract's fields, and at the end what the model has beyond them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct TaskBody {
    /// Unique within the scope.
    pub(crate) id: String,
    /// One line.
    pub(crate) title: String,
    /// The file that describes it.
    #[serde(default)]
    pub(crate) file_path: Option<String>,
    /// Description of the work.
    #[serde(default)]
    pub(crate) content: Option<String>,
    /// The queue it stands in.
    pub(crate) queue: String,
    /// `P0` to `P3`.
    pub(crate) priority: String,
    /// `XS` to `XL`.
    #[serde(default)]
    pub(crate) complexity: Option<String>,
    /// Role that works on it.
    #[serde(default)]
    pub(crate) role: Option<String>,
    /// Kind of work, in any word.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    /// The base branch; none means the one the orchestrator is configured with.
    #[serde(default)]
    pub(crate) branch: Option<String>,
    /// The tenant.
    pub(crate) scope: String,
    /// Flow of the task.
    #[serde(default)]
    pub(crate) flow: Option<String>,
    /// Differences from that flow, as JSON text.
    #[serde(default)]
    pub(crate) flow_overrides: Option<String>,
    /// Hooks that have to pass on its way, as JSON text.
    #[serde(default)]
    pub(crate) hooks: Option<String>,
    /// The blockers that still stand in the way, with commas between; none when nothing does.
    #[serde(default)]
    pub(crate) blocked_by: Option<String>,
    /// The project it belongs to.
    #[serde(default)]
    pub(crate) project_id: Option<String>,
    /// Whether it is accepted without a review by an agent.
    #[serde(default)]
    pub(crate) auto_accept: bool,
    /// Person, agent or program that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<String>,
    /// Model of the agents that work on it, instead of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Largest number of turns of an attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_turns: Option<u32>,
    /// US dollars that all its runs may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<f64>))]
    pub(crate) budget_usd: Option<Usd>,
    /// The landing that it takes back: `task`, and the commits of the base branch `before` it and with which it `landed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) reverts: Option<Revert>,
    /// The agent that holds it.
    #[serde(default)]
    pub(crate) claimed_by: Option<String>,
    /// Time since when.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) claimed_at: Option<Timestamp>,
    /// The agent's machine.
    #[serde(default)]
    pub(crate) orchestrator_id: Option<String>,
    /// End of the lease, unless renewed.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) lease_expires_at: Option<Timestamp>,
    /// Token that every later write of the holder shows; only in an answer to the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claim_token: Option<String>,
    /// Attempts charged since a person last let it go on.
    #[serde(default)]
    pub(crate) attempt_count: u32,
    /// Rejections of every kind.
    #[serde(default)]
    pub(crate) rejection_count: u32,
    /// Rejections by reviewers since a person last let it go on.
    #[serde(default)]
    pub(crate) review_round: u32,
    /// Commits of the newest submission.
    #[serde(default)]
    pub(crate) commits_count: u32,
    /// Turns of the newest submission.
    #[serde(default)]
    pub(crate) turns_used: Option<u32>,
    /// Tokens of all its runs; only in an answer about this one task.
    #[serde(default)]
    pub(crate) tokens_used: Option<u64>,
    /// US dollars of all its runs; only in an answer about this one task.
    #[serde(default)]
    pub(crate) cost_usd: Option<f64>,
    /// Number of the pull request.
    #[serde(default)]
    pub(crate) pr_number: Option<u64>,
    /// URL of the pull request.
    #[serde(default)]
    pub(crate) pr_url: Option<String>,
    /// The checks that must pass, as JSON text.
    #[serde(default)]
    pub(crate) checks: Option<String>,
    /// How they went, as JSON text.
    #[serde(default)]
    pub(crate) check_results: Option<String>,
    /// Notes of the last attempt.
    #[serde(default)]
    pub(crate) execution_notes: Option<String>,
    /// URL at which the work can be tried.
    #[serde(default)]
    pub(crate) staging_url: Option<String>,
    /// Whether there is a plan.
    #[serde(default)]
    pub(crate) has_plan: bool,
    /// The plan.
    #[serde(default)]
    pub(crate) plan_id: Option<String>,
    /// Whether it takes what the project's tasks made to the project's base branch.
    #[serde(default)]
    pub(crate) lands_project: bool,
    /// Whether it is to be broken down first.
    #[serde(default)]
    pub(crate) needs_breakdown: bool,
    /// Whether a person has to decide how to continue.
    #[serde(default)]
    pub(crate) needs_intervention: bool,
    /// Whether it is to be rebased.
    #[serde(default)]
    pub(crate) needs_rebase: bool,
    /// Time of the last attempt.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) last_rebase_attempt_at: Option<Timestamp>,
    /// When the newest work was handed in.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) submitted_at: Option<Timestamp>,
    /// When it was finished.
    #[serde(default)]
    #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
    pub(crate) completed_at: Option<Timestamp>,
    /// The commit that was seen in the base branch.
    #[serde(default)]
    pub(crate) merged_commit: Option<String>,
    /// Reason of the failure.
    #[serde(default)]
    pub(crate) failure: Option<String>,
    /// Parent task, of which it is a subtask.
    #[serde(default)]
    pub(crate) parent_id: Option<String>,
    /// Time of creation.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) created_at: Timestamp,
    /// Time of the last change.
    #[cfg_attr(feature = "api", schema(value_type = String, format = DateTime))]
    pub(crate) updated_at: Timestamp,
    /// Counts the changes.
    pub(crate) version: u64,
    /// All blockers, each with whether it is resolved.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) blockers: Vec<Blocker>,
    /// Its place in the order of creation.
    pub(crate) seq: u64,
    /// The key of the request that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// The state in full.
    #[cfg_attr(feature = "api", schema(value_type = Object))]
    pub(crate) state: State,
    /// How often things happened.
    #[cfg_attr(feature = "api", schema(value_type = Object))]
    pub(crate) counters: Counters,
    /// The newest submission in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) submission: Option<Submission>,
    /// That it is to be broken down, or was: the role of its parts, and whether they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) breakdown: Option<Breakdown>,
    /// Whether a client asked for a person, wherever the task stands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) flagged: bool,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) original: Option<String>,
    /// Reason of the last move that was not forward.
    #[serde(default)]
    pub(crate) note: Option<String>,
    /// The last holder's last command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) settled: Option<Settled>,
}

/// A body that no server of this kind sends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidTask {
    /// An id breaks its rule.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A word is none of the known ones.
    #[error(transparent)]
    Word(#[from] octopoid_core::model::UnknownWord),
}

impl TryFrom<TaskBody> for Task {
    type Error = InvalidTask;

    fn try_from(body: TaskBody) -> Result<Task, InvalidTask> {
        let role = match body.role {
            Some(role) => RoleName::new(role)?,
            None => RoleName::implement(),
        };
        let mut task =
            Task::restored(TaskId::new(body.id)?, Scope::new(body.scope)?, body.seq, role, body.state);
        task.key = body.key;
        task.title = body.title;
        task.description = body.content.unwrap_or_default();
        task.priority = body.priority.parse::<Priority>()?;
        task.complexity = body.complexity.map(|word| word.parse::<Complexity>()).transpose()?;
        task.branch = body.branch;
        task.blockers = body.blockers;
        task.counters = body.counters;
        task.submission = body.submission.map(Box::new);
        task.breakdown = body.breakdown;
        task.note = body.note;
        task.created_by = body.created_by;
        task.settled = body.settled;
        task.created_at = body.created_at;
        task.updated_at = body.updated_at;
        task.version = body.version;
        let mut attributes = Attributes::default();
        attributes.kind = body.kind;
        attributes.file_path = body.file_path;
        attributes.flow = body.flow.filter(|flow| flow != DEFAULT_FLOW);
        attributes.flow_overrides = body.flow_overrides;
        attributes.hooks = body.hooks;
        attributes.project = body.project_id.map(TryInto::try_into).transpose()?;
        attributes.parent = body.parent_id.map(TryInto::try_into).transpose()?;
        attributes.auto_accept = body.auto_accept;
        attributes.model = body.model;
        attributes.max_turns = body.max_turns;
        attributes.budget_usd = body.budget_usd;
        attributes.reverts = body.reverts;
        attributes.pr_number = body.pr_number;
        attributes.pr_url = body.pr_url;
        attributes.checks = body.checks;
        attributes.check_results = body.check_results;
        attributes.execution_notes = body.execution_notes;
        attributes.staging_url = body.staging_url;
        attributes.has_plan = body.has_plan;
        attributes.plan_id = body.plan_id;
        attributes.lands_project = body.lands_project;
        attributes.needs_breakdown = body.needs_breakdown;
        attributes.needs_rebase = body.needs_rebase;
        attributes.last_rebase_attempt_at = body.last_rebase_attempt_at;
        attributes.needs_intervention = body.flagged;
        attributes.original = body.original;
        task.attributes = attributes;
        Ok(task)
    }
}

/// The flow of a task that names none.
pub(super) const DEFAULT_FLOW: &str = "default";
