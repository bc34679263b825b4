//! The rules around the state machine, written once for every backend.
//!
//! The functions here say what is read, in which order it is checked, and what is written together. Each of them reads and
//! decides first and writes last, so a refusal leaves nothing behind.

mod apply;
mod breakdown;
mod claim;
mod claimable;
mod create;
mod delete;
mod expire;
mod prune;
mod records;
mod runs;

pub(crate) use apply::{apply, apply_all};
pub(crate) use claim::claim;
pub use claimable::{claimable_for, is_landing};
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use expire::expire;
pub(crate) use prune::prune;
pub(crate) use records::*;
pub(crate) use runs::{messages, post_message, save_run};

use octopoid_core::model::TaskId;
use octopoid_core::store::StoreError;

fn no_task(id: &TaskId) -> StoreError {
    StoreError::not_found(format_args!("task {id}"))
}
