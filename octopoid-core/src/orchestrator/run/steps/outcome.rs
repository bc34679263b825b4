//! What a step comes to.

use crate::model::StepStatus;
use crate::orchestrator::forge::LandingOutcome;
use crate::orchestrator::run::notes::Note;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::{Proof, Work};

/// Words about work that needs no merge.
pub(in crate::orchestrator::run) const IN_BASE: &str = "every change was in the base branch already";

/// Outcome of a step. The flow notes all of it at once.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct StepOutcome {
    /// How the step went; empty if there is nothing to record.
    pub(in crate::orchestrator::run) notes: Vec<Note>,
    /// The work, where the step changed it.
    pub(in crate::orchestrator::run) work: Option<Work>,
    /// Proof of what the content has passed.
    pub(in crate::orchestrator::run) proof: Option<Proof>,
    pub(in crate::orchestrator::run) next: Next,
}

/// Continuation of a run after a step.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum Next {
    /// With the next step.
    Continue,
    /// The way of the work ends here.
    Settle(Box<Settlement>),
    /// The forge has decided.
    Decided(LandingOutcome),
    /// A landing is tried again later, for this reason.
    Wait(String),
    /// Not at all: something outside of the work is at fault.
    Fault(String),
}

impl StepOutcome {
    /// A step that has nothing to say.
    pub(in crate::orchestrator::run) fn nothing() -> Self {
        Self { notes: Vec::new(), work: None, proof: None, next: Next::Continue }
    }

    /// A step that went like this.
    pub(in crate::orchestrator::run) fn of(
        step: &str,
        status: StepStatus,
        detail: impl Into<String>,
    ) -> Self {
        Self { notes: vec![Note::new(step, status, detail)], ..Self::nothing() }
    }

    /// A step for which there was nothing to do.
    pub(super) fn skipped(step: &str, why: impl Into<String>) -> Self {
        Self::of(step, StepStatus::Skipped, why)
    }

    /// A step that this very content has passed before.
    pub(in crate::orchestrator::run) fn passed_before(step: &str) -> Self {
        Self::skipped(step, "this content has passed before")
    }

    pub(super) fn with_work(mut self, work: Work) -> Self {
        self.work = Some(work);
        self
    }

    pub(super) fn with_proof(mut self, proof: Proof) -> Self {
        self.proof = Some(proof);
        self
    }

    /// Goes on differently than with the next step.
    pub(super) fn then(mut self, next: Next) -> Self {
        self.next = next;
        self
    }

    /// Ends the way of the work.
    pub(super) fn settling(self, settlement: Settlement) -> Self {
        self.then(Next::Settle(Box::new(settlement)))
    }
}
