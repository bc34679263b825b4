//! Spans of the stages and steps of a run.

use crate::model::RunStage;
use tracing::Span;

/// Returns the span of a stage.
pub(super) fn stage(stage: RunStage) -> Span {
    tracing::info_span!("stage", stage = stage.as_str())
}

/// Returns the span of a step.
pub(super) fn step(name: &str) -> Span {
    tracing::info_span!("step", step.name = name)
}
