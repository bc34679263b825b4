//! What every backend does around the state machine, written once.
//!
//! A backend says how it reads and writes by implementing [`Batch`]; the functions here say what is read, in which
//! order things are checked, and what is written together. Each of them reads and decides first and writes last, so a
//! refusal leaves nothing behind and a backend needs no savepoint for it.

mod apply;
mod batch;
mod breakdown;
mod claim;
mod create;
mod delete;
mod expire;
mod kept_task;
mod lane;
mod limit;
mod once;
mod over;
mod prune;
mod record;
mod records;

pub(crate) use apply::{apply, apply_all, token_holds_another};
pub(crate) use batch::Batch;
pub(crate) use claim::claim;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use expire::expire;
pub(crate) use lane::{claimable_for, is_landing};
#[cfg(feature = "client")]
pub(crate) use limit::check_page;
#[cfg(feature = "client")]
pub(crate) use limit::check_prune_request;
pub(crate) use limit::{check_event_query, check_run_query, check_task_query};
pub(crate) use once::{Given, Kept, Request, once};
pub(crate) use over::records_over_engine;
pub(crate) use prune::{Swept, Window, prune};
pub(crate) use record::{post_message, save_run};
pub(crate) use records::*;

use octopoid_core::model::TaskId;
use octopoid_core::store::{ErrorKind, StoreError};

/// Whether something broke, unlike a refusal, which has left nothing behind: what was written by then is to be undone.
pub(crate) fn is_fault(error: &StoreError) -> bool {
    matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Gone)
}

fn no_task(id: &TaskId) -> StoreError {
    StoreError::not_found(format_args!("task {id}"))
}
