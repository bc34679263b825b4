//! Bounds on what a query may ask for.

use octopoid_core::store::{EventQuery, PruneRequest, Result, RunQuery, StoreError, TaskOrder, TaskQuery};

/// Largest page of runs.
const RUNS: u32 = 500;

pub(crate) fn check_task_query(query: &TaskQuery) -> Result<()> {
    check(query.limit, TaskQuery::MAX_LIMIT)?;
    if query.after.is_some() && query.order == TaskOrder::Priority {
        return Err(StoreError::invalid("after", "goes with an order by age; use `offset` with priority"));
    }
    Ok(())
}

pub(crate) fn check_event_query(query: &EventQuery) -> Result<()> {
    check(query.limit, EventQuery::MAX_LIMIT)
}

pub(crate) fn check_run_query(query: &RunQuery) -> Result<()> {
    check(query.limit, RUNS)
}

/// Checks the limit of a list that is paged as those of tasks are.
#[cfg(feature = "client")]
pub(crate) fn check_page(limit: u32) -> Result<()> {
    check(limit, TaskQuery::MAX_LIMIT)
}

pub(crate) fn check_prune_request(request: &PruneRequest) -> Result<()> {
    check(request.limit, PruneRequest::MAX_LIMIT)
}

pub(crate) fn check(limit: u32, most: u32) -> Result<()> {
    if (1..=most).contains(&limit) {
        return Ok(());
    }
    Err(StoreError::invalid("limit", format_args!("must be from 1 to {most}, not {limit}")))
}
