//! The limits of one agent call, held while the agent works (I33).

use crate::model::Usage;
use crate::runner::StopReason;
use std::sync::OnceLock;
use tokio_util::sync::CancellationToken;

/// What a call may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) max_turns: Option<u32>,
    pub(super) budget_usd: Option<f64>,
}

impl Bounds {
    /// Returns why a call that has used so much is to end. The last turn that is allowed may be finished.
    fn exceeded(self, usage: &Usage) -> Option<StopReason> {
        if self.max_turns.is_some_and(|most| usage.turns > most) {
            return Some(StopReason::MaxTurns);
        }
        (self.budget_usd.is_some_and(|most| usage.cost_usd > most)).then_some(StopReason::Budget)
    }
}

/// Watches a call, and interrupts it where it goes beyond its bounds, even if its program ignores them.
#[derive(Debug)]
pub(super) struct Meter {
    bounds: Bounds,
    /// Ends the call.
    cancel: CancellationToken,
    exceeded: OnceLock<StopReason>,
}

impl Meter {
    pub(super) fn new(bounds: Bounds, cancel: CancellationToken) -> Self {
        Self { bounds, cancel, exceeded: OnceLock::new() }
    }

    /// Takes note of what the call has used so far.
    pub(super) fn read(&self, usage: &Usage) {
        if let Some(stop) = self.bounds.exceeded(usage) {
            // The first reason is the one that counts.
            let _ = self.exceeded.set(stop);
            self.cancel.cancel();
        }
    }

    /// Returns why the call ended: what the runner calls cancelled may have been this.
    pub(super) fn judge(&self, stop: StopReason) -> StopReason {
        match (stop, self.exceeded.get()) {
            (StopReason::Cancelled, Some(exceeded)) => exceeded.clone(),
            (stop, _) => stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(turns: u32, cost_usd: f64) -> Usage {
        Usage { turns, cost_usd, ..Usage::default() }
    }

    #[test]
    fn i33_a_call_is_interrupted_by_the_first_turn_or_cent_beyond_its_bounds() {
        let bounds = Bounds { max_turns: Some(3), budget_usd: Some(1.0) };
        assert_eq!(bounds.exceeded(&used(3, 1.0)), None);
        assert_eq!(bounds.exceeded(&used(4, 0.0)), Some(StopReason::MaxTurns));
        assert_eq!(bounds.exceeded(&used(1, 1.01)), Some(StopReason::Budget));
        assert_eq!(Bounds { max_turns: None, budget_usd: None }.exceeded(&used(900, 900.0)), None);
    }

    #[test]
    fn only_a_cancellation_of_our_own_is_put_down_to_the_bounds() {
        let cancel = CancellationToken::new();
        let meter = Meter::new(Bounds { max_turns: Some(1), budget_usd: None }, cancel.clone());
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::Cancelled);
        meter.read(&used(2, 0.0));
        assert!(cancel.is_cancelled());
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::MaxTurns);
        assert_eq!(meter.judge(StopReason::Completed), StopReason::Completed);
    }
}
