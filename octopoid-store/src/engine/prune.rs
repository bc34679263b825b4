//! Taking old history away, a bounded step at a time.

use super::Batch;
use super::limit::check_prune_request;
use octopoid_core::model::{Scope, Timestamp};
use octopoid_core::store::{PruneCursor, PruneRequest, Pruned, Result};
use octopoid_core::transition::Context;
use std::time::Duration;

/// Limits on money are for a day, and readers of events may have been away for a while.
const LEAST: Duration = Duration::from_secs(24 * 3600);

/// Part of a history: after one place, at most so many entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'a> {
    /// The tenant; none for all.
    pub(crate) scope: Option<&'a Scope>,
    /// Only entries after this place are looked at.
    pub(crate) after: u64,
    /// At most so many, those of other tenants included.
    pub(crate) limit: u32,
    /// Only what is older, and belongs to a task that has not changed since, is removed.
    pub(crate) before: Timestamp,
}

/// What became of a window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Swept {
    pub(crate) removed: u64,
    /// The last place that was looked at; none where nothing old enough can follow.
    pub(crate) next: Option<u64>,
}

pub(crate) fn prune<B: Batch>(batch: &mut B, request: &PruneRequest, context: Context<'_>) -> Result<Pruned> {
    check_prune_request(request)?;
    let window = |after: u64, keep: Duration| Window {
        scope: request.scope.as_ref(),
        after,
        limit: request.limit,
        before: context.now - keep.max(LEAST),
    };
    let events = match (request.after.event, request.events) {
        (Some(after), Some(keep)) => batch.prune_events(window(after, keep))?,
        _ => Swept::default(),
    };
    let runs = match (request.after.run, request.runs) {
        (Some(after), Some(keep)) => batch.prune_runs(window(after, keep))?,
        _ => Swept::default(),
    };
    Ok(Pruned::new(events.removed, runs.removed, PruneCursor::at(events.next, runs.next)))
}
