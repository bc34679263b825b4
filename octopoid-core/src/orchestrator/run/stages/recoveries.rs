//! The bound on how often a run is taken up again: one that brings the orchestrator down each time would do so for ever (I15).

use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::run::context::RunContext;

/// Largest number of times that a run is resumed.
const MOST_RECOVERIES: u32 = 8;
/// Like `MOST_RECOVERIES`, for a run whose role may end the process: fewer than for the runs that it takes down with it.
const MOST_RECOVERIES_OF_SUSPECTS: u32 = 2;

/// Returns why the run is not resumed once more, if it was cut off too often.
pub(in crate::orchestrator::run) fn cut_off_too_often(context: &RunContext, entry: &Entry) -> Option<String> {
    let recoveries = entry.recoveries;
    let at_work = context.resumed && entry.report.is_none();
    if let Some(role) = context.configured_role()
        && at_work
        && role.shares_process()
        && recoveries > MOST_RECOVERIES_OF_SUSPECTS
    {
        return Some(format!(
            "the orchestrator ended {recoveries} times while the plugin of the role `{}` was at work in its process, which the \
             plugin may have caused; run it with `isolation: process`, or replace it, and let the task go on",
            role.spec().name
        ));
    }
    (recoveries > MOST_RECOVERIES).then(|| {
        format!(
            "this run was cut off {recoveries} times, by a defect or by the end of the orchestrator; see its log, and let the \
             task go on"
        )
    })
}
