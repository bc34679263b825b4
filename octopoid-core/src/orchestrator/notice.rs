//! What an orchestrator tells whoever watches it.

use crate::model::{AgentName, OutcomeKind, Queue, RunId, StepRecord, TaskId, Timestamp, Usage};
use crate::runner::AgentEvent;

/// Something that happened in a running orchestrator, as [`Events`](super::Events) tells it. It is called a notice because an
/// *event* is a line of the durable history, which is in the store.
#[derive(Debug, Clone)]
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
        role: Option<crate::model::RoleName>,
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
    /// A step ended.
    Step {
        /// The run.
        run: RunId,
        /// The task.
        task: TaskId,
        /// The step.
        step: StepRecord,
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
