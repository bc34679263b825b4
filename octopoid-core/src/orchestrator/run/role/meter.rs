//! The limits of one agent call, held while the agent works (I33).

use crate::model::{CommitId, StopReason, Usage};
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio_util::sync::CancellationToken;

/// Bounds of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) max_turns: Option<u32>,
    pub(super) budget_usd: Option<f64>,
    /// Turns without a commit.
    pub(super) burnout_turns: Option<u32>,
    /// Turns without a commit before the call.
    pub(super) idle_turns: u32,
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
    progress: Mutex<Progress>,
    /// Ends the call.
    cancel: CancellationToken,
    exceeded: OnceLock<StopReason>,
}

/// When a commit was last seen.
#[derive(Debug)]
struct Progress {
    /// Turns at that time.
    turns: u32,
    commit: Option<CommitId>,
}

impl Meter {
    /// A meter for a call that begins at `commit`.
    pub(super) fn new(bounds: Bounds, commit: Option<CommitId>, cancel: CancellationToken) -> Self {
        let progress = Mutex::new(Progress { turns: 0, commit });
        Self { bounds, progress, cancel, exceeded: OnceLock::new() }
    }

    /// Takes note of what the call has used so far. `newest_commit` is only asked where many turns have passed without one.
    pub(super) fn read(&self, usage: &Usage, newest_commit: impl FnOnce() -> Option<CommitId>) {
        let exceeded = self.bounds.exceeded(usage);
        let exceeded =
            exceeded.or_else(|| self.is_burnt_out(usage, newest_commit).then_some(StopReason::BurntOut));
        if let Some(stop) = exceeded {
            // The first reason is the one that counts.
            let _ = self.exceeded.set(stop);
            self.cancel.cancel();
        }
    }

    fn is_burnt_out(&self, usage: &Usage, newest_commit: impl FnOnce() -> Option<CommitId>) -> bool {
        let Some(most) = self.bounds.burnout_turns else { return false };
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        // What came before the call counts until its first commit.
        let before = if progress.turns == 0 { self.bounds.idle_turns } else { 0 };
        if usage.turns.saturating_add(before).saturating_sub(progress.turns) < most {
            return false;
        }
        let commit = newest_commit();
        let has_moved = commit != progress.commit;
        if has_moved {
            *progress = Progress { turns: usage.turns, commit };
        }
        !has_moved
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

    const UNBOUNDED: Bounds =
        Bounds { max_turns: None, budget_usd: None, burnout_turns: None, idle_turns: 0 };

    fn used(turns: u32, cost_usd: f64) -> Usage {
        Usage { turns, cost_usd, ..Usage::default() }
    }

    #[test]
    fn i33_a_call_is_interrupted_by_the_first_turn_or_cent_beyond_its_bounds() {
        let bounds = Bounds { max_turns: Some(3), budget_usd: Some(1.0), ..UNBOUNDED };
        assert_eq!(bounds.exceeded(&used(3, 1.0)), None);
        assert_eq!(bounds.exceeded(&used(4, 0.0)), Some(StopReason::MaxTurns));
        assert_eq!(bounds.exceeded(&used(1, 1.01)), Some(StopReason::Budget));
        assert_eq!(UNBOUNDED.exceeded(&used(900, 900.0)), None);
    }

    #[test]
    fn only_a_cancellation_of_our_own_is_put_down_to_the_bounds() {
        let cancel = CancellationToken::new();
        let meter = Meter::new(Bounds { max_turns: Some(1), ..UNBOUNDED }, None, cancel.clone());
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::Cancelled);
        meter.read(&used(2, 0.0), || None);
        assert!(cancel.is_cancelled());
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::MaxTurns);
        assert_eq!(meter.judge(StopReason::Completed), StopReason::Completed);
    }

    #[test]
    fn i33_turns_without_a_commit_are_counted_from_the_newest_commit() {
        let commit = |digit: &str| CommitId::new(digit.repeat(40)).ok();
        let (cancel, bounds) = (CancellationToken::new(), Bounds { burnout_turns: Some(3), ..UNBOUNDED });
        let meter = Meter::new(bounds, commit("a"), cancel.clone());
        meter.read(&used(2, 0.0), || unreachable!("it is too early to look"));
        meter.read(&used(3, 0.0), || commit("b"));
        meter.read(&used(5, 0.0), || unreachable!("it has just committed"));
        assert!(!cancel.is_cancelled());
        meter.read(&used(6, 0.0), || commit("b"));
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::BurntOut);
        // The attempt before was interrupted one turn before it would have been.
        let meter = Meter::new(Bounds { idle_turns: 2, ..bounds }, commit("a"), CancellationToken::new());
        meter.read(&used(1, 0.0), || commit("a"));
        assert_eq!(meter.judge(StopReason::Cancelled), StopReason::BurntOut);
    }
}
