//! How a run ends its claim.

use super::abort::RunAbort;
use super::context::RunContext;
use super::pause::Pause;
use crate::orchestrator::disk::journal::Entry;
use crate::transition::{Cause, Command, Purpose};

/// Command that ends the claim once the run has nothing else to do, and the pause that goes with it.
#[derive(Debug)]
pub(super) struct Settlement {
    pub(super) command: Command,
    pub(super) pause: Option<Pause>,
}

impl From<Command> for Settlement {
    fn from(command: Command) -> Self {
        Self { command, pause: None }
    }
}

impl Settlement {
    /// Lets a person decide how the task goes on.
    pub(super) fn suspend(context: &RunContext, reason: String) -> Self {
        Command::Suspend { actor: context.holder(), reason, question: false }.into()
    }

    /// Sends the work back to its agent.
    pub(super) fn reject(context: &RunContext, reason: String, cause: Cause) -> Self {
        Command::Reject { actor: context.holder(), reason, cause }.into()
    }

    /// Gives the claim back, uncharged.
    pub(super) fn release(context: &RunContext, reason: &str, pause: Option<Pause>) -> Self {
        let command = Command::Release { token: context.claim.token.clone(), reason: reason.to_owned() };
        Self { command, pause }
    }

    /// Sends the work back, to a person where the flow's `on_fail` says so.
    pub(super) fn send_back(context: &RunContext, asks_person: bool, failure: String) -> Self {
        match asks_person {
            true => Self::suspend(context, failure),
            false => Self::reject(context, failure, Cause::Tests),
        }
    }

    /// Returns how a run ends its claim that does not come to its own end.
    ///
    /// # Errors
    /// The reason for which the claim is gone: there is nothing to end.
    pub(super) fn after_abort(context: &RunContext, entry: &Entry, abort: RunAbort) -> Result<Self, String> {
        match abort {
            RunAbort::Lost(why) => Err(why),
            RunAbort::Stopping => Ok(Self::release(context, "the orchestrator stopped", None)),
            // A branch of the task's own that is gone is this task's trouble; the configured one is everybody's.
            RunAbort::NoBranch(why) if context.base_branch != context.shared.settings.base_branch => {
                Ok(Self::suspend(context, why))
            }
            RunAbort::Fault(why) | RunAbort::NoBranch(why) => Ok(Self::after_fault(context, entry, why)),
            RunAbort::WorkGone(reason) | RunAbort::Held(reason) => Ok(Self::suspend(context, reason)),
        }
    }

    /// Returns how a run ends its claim after a fault: finished work is never sent to an agent again for it (I11).
    fn after_fault(context: &RunContext, entry: &Entry, why: String) -> Self {
        if context.claim.purpose == Purpose::Work && entry.report.is_some() {
            let reason = format!("the agent has finished, but a step after it failed: {why}");
            return Self::suspend(context, reason);
        }
        Self::release(context, &why, Some(Pause::after_fault(why.clone())))
    }
}
