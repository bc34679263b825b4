//! Removal of old history, a bounded step at a time.

use crate::backend::Transaction;
use crate::limits::check_prune_request;
use octopoid_core::model::{Queue, RunStage, Scope, TaskId, Timestamp};
use octopoid_core::store::{EventQuery, PruneCursor, PruneRequest, Pruned, Result};
use octopoid_core::transition::Context;
use std::collections::HashMap;
use std::time::Duration;

/// Least time that history is kept: limits on money are for a day, and readers of events may have been away for a while.
const LEAST: Duration = Duration::from_secs(24 * 3600);

/// Stretch of a history: after one place, at most so many entries.
#[derive(Debug, Clone, Copy)]
struct Window<'a> {
    /// The tenant; none for all.
    scope: Option<&'a Scope>,
    /// Only entries after this place are looked at.
    after: u64,
    /// The most entries that are looked at, those of other tenants included.
    limit: u32,
    /// Only entries from before this moment are removed.
    before: Timestamp,
}

/// Entry of a history.
struct Entry {
    place: u64,
    scope: Scope,
    task: TaskId,
    at: Timestamp,
    /// Whether it stays in any case.
    stays: bool,
}

pub(crate) fn prune(
    transaction: &mut impl Transaction,
    request: &PruneRequest,
    context: Context<'_>,
) -> Result<Pruned> {
    check_prune_request(request)?;
    let window = |after: u64, keep: Duration| Window {
        scope: request.scope.as_ref(),
        after,
        limit: request.limit,
        before: context.now - keep.max(LEAST),
    };
    let (mut events, mut next_event) = (Vec::new(), None);
    if let (Some(after), Some(keep)) = (request.after.event, request.events) {
        let window = window(after, keep);
        let entries = event_entries(transaction, window)?;
        next_event = window.next(&entries);
        events = old_places(transaction, window, entries)?;
        transaction.remove_events(&events)?;
    }
    let (mut runs, mut next_run) = (Vec::new(), None);
    if let (Some(after), Some(keep)) = (request.after.run, request.runs) {
        let window = window(after, keep);
        let entries = run_entries(transaction, window)?;
        next_run = window.next(&entries);
        runs = old_places(transaction, window, entries)?;
        transaction.remove_runs(&runs)?;
    }
    let next = PruneCursor::at(next_event, next_run);
    Ok(Pruned::new(events.len() as u64, runs.len() as u64, next))
}

impl Window<'_> {
    /// Returns where the next window begins; `None` where nothing old enough can follow, since later entries are younger.
    fn next(self, entries: &[Entry]) -> Option<u64> {
        let full = entries.len() == usize::try_from(self.limit).unwrap_or(usize::MAX);
        entries.last().filter(|last| full && last.at < self.before).map(|last| last.place)
    }
}

fn event_entries(transaction: &mut impl Transaction, window: Window<'_>) -> Result<Vec<Entry>> {
    let mut query = EventQuery::of_all_scopes(window.after);
    query.limit = window.limit;
    // The newest event stays, so that its number is not given again.
    let newest = transaction.last_event()?;
    let events = transaction.events(&query)?.into_iter();
    let entry = events.map(|event| Entry {
        place: event.seq,
        stays: event.seq == newest,
        scope: event.scope,
        task: event.task,
        at: event.at,
    });
    Ok(entry.collect())
}

fn run_entries(transaction: &mut impl Transaction, window: Window<'_>) -> Result<Vec<Entry>> {
    let runs = transaction.runs(None, window.after, window.limit)?.into_iter();
    let entry = runs.map(|(place, run)| Entry {
        place,
        stays: run.stage != RunStage::Settled,
        scope: run.scope,
        task: run.task,
        at: run.started_at,
    });
    Ok(entry.collect())
}

/// Returns the places of the entries that are old enough and whose task is gone, or is over and has not changed since.
fn old_places(
    transaction: &mut impl Transaction,
    window: Window<'_>,
    entries: Vec<Entry>,
) -> Result<Vec<u64>> {
    let mut old = Vec::new();
    let mut known: HashMap<(Scope, TaskId), bool> = HashMap::new();
    for Entry { place, scope, task, at, stays } in entries {
        if stays || at >= window.before || window.scope.is_some_and(|wanted| wanted != &scope) {
            continue;
        }
        let of = (scope, task);
        let over = match known.get(&of) {
            Some(over) => *over,
            None => {
                let task = transaction.task(&of.0, &of.1)?;
                let over = task.is_none_or(|task| {
                    matches!(task.queue(), Queue::Done | Queue::Failed) && task.updated_at < window.before
                });
                known.insert(of, over);
                over
            }
        };
        if over {
            old.push(place);
        }
    }
    Ok(old)
}
