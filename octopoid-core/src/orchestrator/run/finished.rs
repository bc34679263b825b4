//! What the end of a run means to the scheduler.

use super::pause::Pause;
use crate::model::{AgentName, Run, RunId, StopReason, TaskId};

/// End of a run.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) run: RunId,
    pub(crate) task: TaskId,
    pub(crate) agent: AgentName,
    /// Costs of the run, in US dollars.
    pub(crate) cost_usd: f64,
    /// The agent, its account, or the landing of this task pauses.
    pub(crate) pause: Option<Pause>,
    /// Set if its agent crashed, which is charged to the task.
    pub(crate) crashed: bool,
    /// Set if a defect cut it off, so that the journal still has it.
    pub(crate) defect: bool,
}

impl Finished {
    /// Returns the end of a run that came to its own end.
    pub(super) fn of_run(run: &Run, pause: Option<Pause>) -> Self {
        Self {
            run: run.id.clone(),
            task: run.task.clone(),
            agent: run.agent.clone(),
            cost_usd: run.usage.cost_usd,
            pause,
            crashed: matches!(run.stopped, Some(StopReason::Crashed { .. })),
            defect: false,
        }
    }

    /// Returns the end of a run that a defect cut off.
    pub(crate) fn of_defect(run: &Run, reason: String) -> Self {
        Self {
            run: run.id.clone(),
            task: run.task.clone(),
            agent: run.agent.clone(),
            cost_usd: 0.0,
            pause: Some(Pause::after_fault(reason)),
            crashed: false,
            defect: true,
        }
    }
}
