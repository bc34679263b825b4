//! Records beside the tasks: few, and read and written whole.

mod actions;
mod drafts;
mod flows;
mod keys;
mod machines;
mod projects;
mod record;
mod reviews;
mod slug;

pub(crate) use actions::{list_actions, propose_action, request_action, update_action};
pub(crate) use drafts::{create_draft, delete_draft, draft, implement, list_drafts, update_draft};
pub(crate) use flows::{delete_flow, flows, put_flow, register_roles, roles};
pub(crate) use keys::{add_first_key, add_key, keys, restrict_key, revoke_key};
pub(crate) use machines::{heartbeat, machines, register, set_machine_status};
pub(crate) use projects::{create_project, delete_project, list_projects, project, update_project};
pub(crate) use record::{Record, find, get};
pub(crate) use reviews::{
    TaskReview, add_review_comments, delete_review_comment, edit_review_comment, forget_review,
    resolve_review_comments, review_comments, send_review,
};

use crate::limits::check;
use octopoid_core::store::{Page, Result, StoreError, TaskQuery};

/// Returns a page of a list, the newest first.
fn page<T>(found: Vec<T>, offset: u64, limit: u32) -> Result<Page<T>> {
    check(limit, TaskQuery::MAX_LIMIT)?;
    let total = found.len() as u64;
    let (skip, take) =
        (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Page::new(found.into_iter().rev().skip(skip).take(take).collect(), total))
}

/// Longest line of text, in bytes.
const LINE: usize = 1000;
/// Longest text, in bytes.
const TEXT: usize = 1 << 20;

/// Checks a line of text, which must not be empty.
fn check_line(field: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(StoreError::invalid(field, "must not be empty"));
    }
    if text.trim().chars().any(char::is_control) {
        return Err(StoreError::invalid(field, "must be one line without control characters"));
    }
    check_length(field, Some(text), LINE)
}

fn check_text(field: &str, text: Option<&str>) -> Result<()> {
    check_length(field, text, TEXT)
}

fn check_length(field: &str, text: Option<&str>, most: usize) -> Result<()> {
    match text {
        Some(text) if text.len() > most => {
            Err(StoreError::invalid(field, format_args!("must not be longer than {most} bytes")))
        }
        Some(text) if text.contains('\0') => Err(StoreError::invalid(field, "must not contain NUL")),
        _ => Ok(()),
    }
}
