//! The age of artifacts.

use super::folder::{entries, timestamp};
use octopoid_core::model::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// Returns the folders of the tasks all of whose artifacts were last written before a moment, as scope and task.
pub(super) fn old_tasks(folder: &Path, before: Timestamp) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut old = Vec::new();
    for scope in entries(folder)? {
        for task in entries(&scope)? {
            if newest(&task)?.is_none_or(|written| written < before) {
                old.push((scope.clone(), task));
            }
        }
    }
    Ok(old)
}

/// Returns when an artifact of a task was last written.
fn newest(task: &Path) -> io::Result<Option<Timestamp>> {
    let mut newest = None;
    for run in entries(task)? {
        for file in entries(&run)? {
            newest = newest.max(Some(timestamp(file.metadata()?.modified()?)));
        }
    }
    Ok(newest)
}
