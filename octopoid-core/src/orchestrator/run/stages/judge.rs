//! Judging what a role came to, by its report and by what git shows.

use super::elsewhere::found_elsewhere;
use super::verdict::{Facts, Verdict, verdict};
use crate::model::Outcome;
use crate::orchestrator::disk::journal::{Entry, Report};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::role::WorkspaceKind;

/// Returns what is to become of the task. The work has been collected.
pub(in crate::orchestrator::run) async fn judge(
    context: &RunContext,
    entry: &Entry,
) -> Result<Verdict, RunAbort> {
    let Some(report) = &entry.report else {
        return Err(RunAbort::Fault("the run has no report".to_owned()));
    };
    let commits = entry.run.commits;
    let found = match (report, context.workspace_kind()) {
        (Report::Outcome(Outcome::Submitted { .. }), WorkspaceKind::Own) if commits == 0 => {
            found_elsewhere(context, &entry.run.steps).await?
        }
        _ => Vec::new(),
    };
    let facts = Facts {
        purpose: context.claim.purpose,
        commits,
        turns: entry.run.usage.turns,
        attempts: context.task.counters.attempts,
        found: &found,
        policy: context.shared.store.policy(),
    };
    Ok(verdict(report, facts))
}
