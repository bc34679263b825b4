//! Work as it is submitted.

use super::context::RunContext;
use crate::model::{Outcome, Submission};
use crate::orchestrator::disk::journal::{Entry, Report};

/// Returns the work of a run as it is submitted.
pub(super) fn submission(context: &RunContext, entry: &Entry) -> Submission {
    let mut submission = Submission::new(entry.run.commits, entry.run.usage.turns);
    submission.head = entry.run.head.clone();
    submission.base = entry.base.clone();
    submission.tested = entry.tested.clone();
    submission.session = entry.run.session.clone();
    submission.branch = Some(context.work_branch());
    if let Some(Report::Outcome(Outcome::Submitted { summary, .. })) = &entry.report {
        submission.summary = Some(summary.clone());
    }
    submission
}
