//! What is asked about tasks.

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
        /// One line. Needed, unless there is a `file_path`.
        title: String,
        /// The file that describes it.
        file_path: String,
        /// What is to be done.
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
        /// The role that works on it; `implement` when nobody says otherwise.
        role: String,
        /// A free word for the kind of work.
        #[serde(rename = "type")]
        kind: String,
        /// The base branch.
        branch: String,
        /// The tenant.
        scope: String,
        /// The flow it follows.
        flow: String,
        /// What differs from that flow, as JSON text.
        flow_overrides: String,
        /// What has to be done on its way, as JSON text.
        hooks: String,
        /// What must be done first: ids in a list, or with commas between.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        blocked_by: Names,
        /// The project it belongs to, whose branch it takes.
        project_id: String,
        /// The task that it is a part of.
        parent_id: String,
        /// Whether it needs no paid review.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        auto_accept: Flag,
        /// Whether it is to be broken down first.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        needs_breakdown: Flag,
        /// The checks that must pass, as JSON text.
        checks: String,
        /// The caller's key for this request: a second one with the same key gets the first one's task.
        key: String,
        /// `false` refuses the task (409 with `duplicate_of`) where an open task of its role has the same title and content.
        /// Nothing is compared when it is left out.
        #[cfg_attr(feature = "api", schema(value_type = Option<bool>))]
        allow_duplicate: Flag,
        /// Who asks for it.
        created_by: String,
        /// What clients of the original server wrote and nothing else reads, as JSON text.
        original: String,
        /// Everything that clients keep with it, in one; beside or instead of the single fields.
        #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
        attributes: Attributes,
    }
);

request!(
    /// Asks for the next task.
    ClaimTask {
        /// The machine. Needed.
        orchestrator_id: String,
        /// The agent. Needed.
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
        /// What for, where the queue does not say it: `work`, `review` or `land`.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
        purpose: Purpose,
        /// Only this task.
        task_id: String,
        /// How long the lease is.
        lease_duration_seconds: u64,
        /// The same in milliseconds, where seconds are too coarse.
        lease_duration_ms: u64,
        /// The order in which priorities are served; the usual one when nobody says otherwise.
        #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
        priority_order: Names,
        /// Refused once the machine holds so many.
        max_claimed: u32,
        /// Wait so long for a task to come, up to 60.
        wait_seconds: u64,
        /// The claim's token, of the claimer's choice; none lets the server choose.
        claim_token: String,
    }
);

request!(
    /// Holds on to a claim.
    RenewTask {
        /// Needed.
        claim_token: String,
        /// How long the lease is from now.
        lease_duration_seconds: u64,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Hands work in.
    SubmitTask {
        /// Commits of the work. Needed.
        commits_count: u32,
        /// Turns that it took. Needed.
        turns_used: u32,
        /// Needed.
        claim_token: String,
        /// How the checks went, as JSON text.
        check_results: String,
        /// What the attempt noted.
        execution_notes: String,
        /// The pull request's number.
        pr_number: u64,
        /// The pull request's page.
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
        /// Who accepts it. Needed.
        accepted_by: String,
        /// Needed where a reviewer holds the task.
        claim_token: String,
        /// Taken from programs that send it; the server's own time counts.
        #[cfg_attr(feature = "api", schema(value_type = Option<String>, format = DateTime))]
        completed_at: Timestamp,
        /// The commit in the base branch.
        merged_commit: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Sends work back.
    RejectTask {
        /// Why. Needed.
        reason: String,
        /// Who rejects it. Needed.
        rejected_by: String,
        /// Needed where a reviewer holds the task.
        claim_token: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Puts a task back into the queue; the attempt is charged.
    RequeueTask {
        /// Why.
        reason: String,
        /// Who asks for it.
        requeued_by: String,
        /// The claim's token, where its holder asks.
        claim_token: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Gives a claim back; no attempt is charged.
    ReleaseTask {
        /// Needed.
        claim_token: String,
        /// Why.
        reason: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Moves a task anywhere.
    ForceTask {
        /// Where to: a queue, or a state of a registered flow. Needed.
        queue: String,
        /// Why. Needed.
        reason: String,
        /// Who asks for it.
        forced_by: String,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Marks a hook as done.
    HookDone {
        /// `passed` or `failed`. Needed.
        status: String,
        /// What shows it.
        #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
        evidence: Value,
        /// The tenant.
        scope: String,
    }
);

request!(
    /// Takes expired claims away.
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
        /// Changes to a task. What is missing stays, `null` takes away.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub(crate) struct PatchTask {
            /// One line.
            pub(crate) title: Option<String>,
            /// What is to be done.
            pub(crate) content: Option<String>,
            /// The role that works on it.
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
            /// Where it is to stand; `done` is what `accept` does.
            pub(crate) queue: Option<String>,
            /// What must be done first.
            #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "api", schema(value_type = Option<Vec<String>>))]
            pub(crate) blocked_by: Option<Option<Names>>,
            /// Whether a person has to decide how to go on.
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
    /// A free word for the kind of work.
    "type" kind: String,
    /// The file that describes it.
    "file_path" file_path: String,
    /// The flow it follows.
    "flow" flow: String,
    /// What differs from that flow, as JSON text.
    "flow_overrides" flow_overrides: String,
    /// What has to be done on its way, as JSON text.
    "hooks" hooks: String,
    /// The project it belongs to.
    "project_id" project_id: String,
    /// The task that it is a part of.
    "parent_id" parent_id: String,
    /// Whether it needs no paid review.
    "auto_accept" auto_accept: bool,
    /// The pull request's number.
    "pr_number" pr_number: u64,
    /// The pull request's page.
    "pr_url" pr_url: String,
    /// The checks that must pass, as JSON text.
    "checks" checks: String,
    /// How they went, as JSON text.
    "check_results" check_results: String,
    /// What the last attempt noted.
    "execution_notes" execution_notes: String,
    /// Where the work can be tried.
    "staging_url" staging_url: String,
    /// Whether there is a plan.
    "has_plan" has_plan: bool,
    /// The plan.
    "plan_id" plan_id: String,
    /// Whether it is to be broken down first.
    "needs_breakdown" needs_breakdown: bool,
    /// Whether it is to be rebased.
    "needs_rebase" needs_rebase: bool,
    /// When that was tried last.
    "last_rebase_attempt_at" last_rebase_attempt_at: String,
    /// What clients of the original server wrote and nothing else reads, as JSON text.
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
