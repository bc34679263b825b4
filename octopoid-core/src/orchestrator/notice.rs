//! What an orchestrator tells whoever watches it.

use crate::model::{
    AgentName, OutcomeKind, Queue, RoleName, RunId, RunStage, StepRecord, StopReason, TaskId, Timestamp,
    Usage,
};
use crate::runner::AgentEvent;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that happened in a running orchestrator, as [`Events`](super::Events) tells it. It is called a notice because an
/// *event* is a line of the durable history, which is in the store.
///
/// Serialized, it is an object whose `type` is the variant's name in snake case, such as `run_started`; durations are whole
/// milliseconds in `duration_ms`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// A run began, or was taken up again after a restart.
    RunStarted {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The task's title.
        title: String,
        /// The agent; for a landing the orchestrator's own name for it.
        agent: AgentName,
        /// The role; none for a landing.
        role: Option<RoleName>,
        /// Whether it was taken up again.
        resumed: bool,
    },
    /// An agent did something.
    Agent {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// What.
        event: AgentEvent,
    },
    /// A call of an agent ended.
    AgentCall {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The agent.
        agent: AgentName,
        /// Its role.
        role: RoleName,
        /// The number of the call within the run.
        call: u32,
        /// Why it ended.
        stop: StopReason,
        /// What it used.
        usage: Usage,
        /// How long it took; for one that was taken up again after a restart, since then.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// A run left a stage.
    Stage {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The agent; for a landing the orchestrator's own name for it.
        agent: AgentName,
        /// The role; none for a landing.
        role: Option<RoleName>,
        /// The stage that is over.
        stage: RunStage,
        /// How long the run was in it.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// A step ended.
    Step {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The step.
        step: StepRecord,
        /// How long it took; zero for what is noticed in passing.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// A run is over.
    RunSettled {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The agent.
        agent: AgentName,
        /// What the role reported.
        outcome: Option<OutcomeKind>,
        /// Where the task stands now; none when the claim was lost.
        queue: Option<Queue>,
        /// Why, in words.
        note: Option<String>,
        /// What it used.
        usage: Usage,
        /// How long it took; for one that was taken up again after a restart, since then.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// An agent, or all that use its account, pause after a fault.
    Backoff {
        /// The agent.
        agent: AgentName,
        /// Until when.
        until: Timestamp,
        /// Why, and what to do.
        reason: String,
    },
    /// Something that a person should know.
    Warning {
        /// In words.
        message: String,
    },
    /// This watcher was too slow: it lost the notices that came before the next one. Only itself is told so.
    Missed {
        /// How many it lost.
        count: u64,
    },
}

/// Whole milliseconds.
mod millis {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Ok(Duration::from_millis(u64::deserialize(from)?))
    }
}
