//! Notices: what an orchestrator reports live to its listener and its streams of events.

use crate::model::{
    AgentName, OutcomeKind, Queue, RoleName, RunId, RunStage, StepRecord, StopReason, TaskId, Timestamp,
    Usage,
};
use crate::runner::AgentEvent;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that happened in a running orchestrator, as the [`Events`](super::Events) stream yields it.
///
/// Not to be confused with an *event*, which is a line of the durable history in the store.
///
/// Serialized as an object whose `type` is the variant's name in snake case, such as `run_started`; durations are whole
/// milliseconds in `duration_ms`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// Run began, or was resumed after a restart.
    RunStarted {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Title of the task.
        title: String,
        /// Agent; for a landing, the name under which the orchestrator itself claims.
        agent: AgentName,
        /// Role of the agent; `None` for a landing.
        role: Option<RoleName>,
        /// Whether the run was resumed after a restart.
        resumed: bool,
    },
    /// Agent reported an event.
    Agent {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Event of the agent.
        event: AgentEvent,
    },
    /// Call of an agent ended.
    AgentCall {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Name of the agent.
        agent: AgentName,
        /// Role of the agent.
        role: RoleName,
        /// Number of the call within the run.
        call: u32,
        /// Reason why the call ended.
        stop: StopReason,
        /// Usage of the call.
        usage: Usage,
        /// Duration of the call; for a call that was resumed after a restart, the time since the restart.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// Run left a stage.
    Stage {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Agent; for a landing, the name under which the orchestrator itself claims.
        agent: AgentName,
        /// Role of the agent; `None` for a landing.
        role: Option<RoleName>,
        /// Stage that has ended.
        stage: RunStage,
        /// Time that the run spent in the stage.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// Step ended.
    Step {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Record of the step.
        step: StepRecord,
        /// Duration of the step; zero for steps that are only observed.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// Run is over.
    RunSettled {
        /// Id of the run.
        run: RunId,
        /// Id of the task.
        task: TaskId,
        /// Name of the agent.
        agent: AgentName,
        /// Outcome that the role reported.
        outcome: Option<OutcomeKind>,
        /// Queue in which the task now is; `None` if the claim was lost.
        queue: Option<Queue>,
        /// Human-readable reason.
        note: Option<String>,
        /// Usage of the run.
        usage: Usage,
        /// Duration of the run; for a run that was resumed after a restart, the time since the restart.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
    /// Agent, or all agents of its account, are backing off after a failure.
    Backoff {
        /// Name of the agent.
        agent: AgentName,
        /// Time at which the backoff ends.
        until: Timestamp,
        /// Reason, and what to do about it.
        reason: String,
    },
    /// Warning for a person.
    Warning {
        /// Human-readable text.
        message: String,
    },
    /// Receiver was too slow and lost the notices that came before the next one. Only that receiver gets this notice.
    Missed {
        /// Number of lost notices.
        count: u64,
    },
}

/// Serialization of durations as whole milliseconds.
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
