//! Bodies of requests about tasks.

use super::fields::{Flag, Names, present};
use octopoid_core::model::{Attributes, Complexity, Priority, Submission, Timestamp};
use octopoid_core::transition::{Command, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! request {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub(crate) struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $field: Option<$type>,
            )+
        }
    };
}

request!(
    /// Asks for a new task.
    CreateTask {
        /// An id of one's own; none lets the server give the next `task-N`.
        id: String,
        /// Title, in one line. Required, unless there is a `file_path`.
        title: String,
        /// The file that describes it.
        file_path: String,
        /// Description of the work.
        content: String,
        /// `incoming`, `backlog`, or a state of a registered flow.
        queue: String,
        /// A state that a flow adds, also where no flow is registered; instead of `queue`.
        state: String,
        /// `P0` to `P3`.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
        priority: Priority,
        /// `XS` to `XL`.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
        complexity: Complexity,
        /// Role that works on it. Default: `implement`.
        role: String,
        /// Kind of work, in any word.
        #[serde(rename = "type")]
        kind: String,
        /// The base branch.
        branch: String,
        /// The tenant.
        scope: String,
        /// Flow of the task.
        flow: String,
        /// Differences from that flow, as JSON text.
        flow_overrides: String,
        /// Hooks that have to pass on its way, as JSON text.
        hooks: String,
        /// Blockers: ids in a list, or separated by commas.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        blocked_by: Names,
        /// The project it belongs to, whose branch it takes.
        project_id: String,
        /// Parent task, of which it is a subtask.
        parent_id: String,
        /// Whether it is accepted without a review by an agent.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        auto_accept: Flag,
        /// Whether it is to be broken down first.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        needs_breakdown: Flag,
        /// The checks that must pass, as JSON text.
        checks: String,
        /// The caller's key for this request: a second one with the same key gets the first one's task.
        key: String,
        /// `false` refuses the task (409 with `duplicate_of`) if an open task of its role has the same title and content.
        /// Default: `true`.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        allow_duplicate: Flag,
        /// Person who requests it.
        created_by: String,
        /// Values of clients of the original server that nothing else reads, as JSON text.
        original: String,
        /// Everything that clients keep with it, in one; beside or instead of the single fields.
        #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
        attributes: Attributes,
    }
);

request!(
    /// Asks for the next task.
    ClaimTask {
        /// The machine. Required.
        orchestrator_id: String,
        /// The agent. Required.
        agent_name: String,
        /// The tenant.
        scope: String,
        /// Only tasks of these roles.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        role_filter: Names,
        /// Only tasks of these types.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        type_filter: Names,
        /// `incoming` to work, `provisional` to review, or a state that a registered flow adds.
        queue: String,
        /// A state that a flow adds, also where no flow is registered; instead of `queue`.
        state: String,
        /// Purpose, if the queue does not determine it: `work`, `review` or `land`.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
        purpose: Purpose,
        /// Only this task.
        task_id: String,
        /// Length of the lease.
        lease_duration_seconds: u64,
        /// The same in milliseconds, where seconds are too coarse.
        lease_duration_ms: u64,
        /// Order in which priorities are served. Default: the most urgent first.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        priority_order: Names,
        /// Refused once the machine holds this many tasks.
        max_claimed: u32,
        /// How long to wait for a task, in seconds, up to 60.
        wait_seconds: u64,
        /// The claim's token, of the claimer's choice; none lets the server choose.
        claim_token: String,
    }
);

request!(
    /// Renews a claim.
    RenewTask {
        /// Required.
        claim_token: String,
        /// Length of the lease from now on.
        lease_duration_seconds: u64,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Submits work.
    SubmitTask {
        /// Number of commits. Required.
        commits_count: u32,
        /// Number of turns. Required.
        turns_used: u32,
        /// Required.
        claim_token: String,
        /// How the checks went, as JSON text.
        check_results: String,
        /// Notes of the attempt.
        execution_notes: String,
        /// Number of the pull request.
        pr_number: u64,
        /// URL of the pull request.
        pr_url: String,
        /// The submission in full; beside or instead of the single fields.
        #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
        submission: Submission,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Finishes a task.
    AcceptTask {
        /// Person who accepts it. Required.
        accepted_by: String,
        /// Required if a reviewer holds the task.
        claim_token: String,
        /// Ignored; the server's own time counts.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
        completed_at: Timestamp,
        /// The commit in the base branch.
        merged_commit: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Rejects work.
    RejectTask {
        /// Reason. Required.
        reason: String,
        /// Person who rejects it. Required.
        rejected_by: String,
        /// Required if a reviewer holds the task.
        claim_token: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Puts a task back into the queue; the attempt counts.
    RequeueTask {
        /// Reason.
        reason: String,
        /// Person who requests it.
        requeued_by: String,
        /// The claim's token, where its holder asks.
        claim_token: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Releases a claim; no attempt counts.
    ReleaseTask {
        /// Required.
        claim_token: String,
        /// Reason.
        reason: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Moves a task to any queue.
    ForceTask {
        /// Target: a queue, or a state of a registered flow. Required.
        queue: String,
        /// Reason. Required.
        reason: String,
        /// Person who requests it.
        forced_by: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Marks a hook as done.
    HookDone {
        /// `passed` or `failed`. Required.
        status: String,
        /// Evidence.
        #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
        evidence: Value,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Expires claims.
    ExpireLeases {
        /// The machine whose claims are left alone.
        spare: String,
        /// The tenant.
        scope: String,
    }
);

/// Any command of the state machine, or several, of which all are carried out or none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct CommandTask {
    /// The command, by its name, with its particulars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) command: Option<Command>,
    /// Several, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "api", schema(value_type = Option<Vec<Object>>))]
    pub(crate) commands: Option<Vec<Command>>,
    /// The version that the task must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    /// The tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
}

macro_rules! patch {
    ($($(#[$doc:meta])* $name:literal $field:ident: $schema:ty),+ $(,)?) => {
        /// Changes to a task. Missing fields stay unchanged, `null` removes a value.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub(crate) struct PatchTask {
            /// One line.
            pub(crate) title: Option<String>,
            /// Description of the work.
            pub(crate) content: Option<String>,
            /// Role that works on it.
            pub(crate) role: Option<String>,
            /// `P0` to `P3`.
            #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
            pub(crate) priority: Option<Priority>,
            /// `XS` to `XL`.
            #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
            pub(crate) complexity: Option<Option<Complexity>>,
            /// The base branch.
            #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
            pub(crate) branch: Option<Option<String>>,
            /// Queue to move it to; `done` is what `accept` does.
            pub(crate) queue: Option<String>,
            /// Blockers.
            #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
            pub(crate) blocked_by: Option<Option<Names>>,
            /// Whether a person has to decide how to continue.
            #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
            pub(crate) needs_intervention: Option<Flag>,
            /// Only if the task still has this version.
            pub(crate) version: Option<u64>,
            /// The tenant.
            pub(crate) scope: Option<String>,
            $(
                $(#[$doc])*
                #[serde(rename = $name, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "api", schema(value_type = Option<$schema>))]
                pub(crate) $field: Option<Option<Value>>,
            )+
        }

        impl PatchTask {
            /// The changes to what clients keep with the task.
            pub(crate) fn attributes(&self) -> Map<String, Value> {
                let fields = [$(($name, &self.$field)),+];
                let given = fields.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value)));
                given.map(|(name, value)| (name.to_owned(), plain(name, value.as_ref()))).collect()
            }
        }
    };
}

patch! {
    /// Kind of work, in any word.
    "type" kind: String,
    /// The file that describes it.
    "file_path" file_path: String,
    /// Flow of the task.
    "flow" flow: String,
    /// Differences from that flow, as JSON text.
    "flow_overrides" flow_overrides: String,
    /// Hooks that have to pass on its way, as JSON text.
    "hooks" hooks: String,
    /// The project it belongs to.
    "project_id" project_id: String,
    /// Parent task, of which it is a subtask.
    "parent_id" parent_id: String,
    /// Whether it is accepted without a review by an agent.
    "auto_accept" auto_accept: bool,
    /// Model of the agents that work on it, instead of their own.
    "model" model: String,
    /// Largest number of turns of an attempt.
    "max_turns" max_turns: u32,
    /// US dollars that all its runs may cost.
    "budget_usd" budget_usd: f64,
    /// Number of the pull request.
    "pr_number" pr_number: u64,
    /// URL of the pull request.
    "pr_url" pr_url: String,
    /// The checks that must pass, as JSON text.
    "checks" checks: String,
    /// How they went, as JSON text.
    "check_results" check_results: String,
    /// Notes of the last attempt.
    "execution_notes" execution_notes: String,
    /// URL at which the work can be tried.
    "staging_url" staging_url: String,
    /// Whether there is a plan.
    "has_plan" has_plan: bool,
    /// The plan.
    "plan_id" plan_id: String,
    /// Whether it is to be broken down first.
    "needs_breakdown" needs_breakdown: bool,
    /// Whether it is to be rebased.
    "needs_rebase" needs_rebase: bool,
    /// Time of the last attempt.
    "last_rebase_attempt_at" last_rebase_attempt_at: String,
    /// Values of clients of the original server that nothing else reads, as JSON text.
    "original" original: String,
}

/// A value as the model has it: yes and no may come as numbers, and `null` is what there is when nobody says anything.
fn plain(name: &str, value: Option<&Value>) -> Value {
    let flag = ["auto_accept", "has_plan", "needs_breakdown", "needs_rebase"].contains(&name);
    match value {
        None => Value::Null,
        Some(Value::Number(number)) if flag && number.as_u64().is_some_and(|number| number <= 1) => {
            Value::Bool(number.as_u64() == Some(1))
        }
        Some(value) => value.clone(),
    }
}
