//! How long a run and its parts take: told as notices, and shown as spans.

use super::RunContext;
use crate::clock::Clock;
use crate::model::RunStage;
use crate::orchestrator::notice::Notice;
use std::time::Duration;
use tracing::Span;

/// Since when a run and its parts are under way, by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    run: Duration,
    stage: Duration,
    step: Option<Duration>,
}

impl Timing {
    /// The times of a run that begins, or is taken up again, now.
    pub(crate) fn begin(clock: &dyn Clock) -> Self {
        let now = clock.monotonic();
        Self { run: now, stage: now, step: None }
    }
}

impl RunContext {
    /// Returns for how long the run is under way.
    pub(super) fn elapsed(&self) -> Duration {
        self.since(self.timing.run)
    }

    /// Notes that a step begins.
    pub(super) fn begin_step(&mut self) {
        self.timing.step = Some(self.shared.clock.monotonic());
    }

    /// Returns for how long the step that ends now was under way; nothing for what is noticed in passing.
    pub(super) fn end_step(&mut self) -> Duration {
        self.timing.step.take().map_or(Duration::ZERO, |start| self.since(start))
    }

    /// Takes the run to a stage, and tells of the one that it leaves.
    pub(super) fn reach(&mut self, stage: RunStage) {
        let left = std::mem::replace(&mut self.entry.run.stage, stage);
        if left == stage {
            return;
        }
        let duration = self.since(self.timing.stage);
        self.timing.stage += duration;
        self.shared.tell(Notice::Stage {
            run: self.entry.run.id.clone(),
            task: self.task.id.clone(),
            agent: self.entry.run.agent.clone(),
            role: self.entry.run.role.clone(),
            stage: left,
            duration,
        });
    }

    fn since(&self, start: Duration) -> Duration {
        self.shared.clock.monotonic().saturating_sub(start)
    }
}

/// The span of a stage.
pub(super) fn stage(stage: RunStage) -> Span {
    tracing::info_span!("stage", stage = stage.as_str())
}

/// The span of a step.
pub(super) fn step(name: &str) -> Span {
    tracing::info_span!("step", step.name = name)
}
