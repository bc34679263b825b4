//! Holds: branches on which nothing lands, because an agent moved them past tests and review and they could not be restored
//! (I31).

use super::journal::write_atomically;
use super::layout::Layout;
use crate::model::{CommitId, RunId, TaskId};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Hold on one branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) branch: String,
    /// Commit that the branch was moved to. While the branch contains it, nothing lands there.
    pub(crate) commit: CommitId,
    /// Task that waits for a person because of the hold. The hold ends once that task goes on.
    pub(crate) task: TaskId,
    pub(crate) run: RunId,
    pub(crate) why: String,
}

/// Holds of the installation, stored on disk.
#[derive(Debug)]
pub(crate) struct Holds {
    layout: Layout,
    all: Mutex<Vec<Hold>>,
}

impl Holds {
    pub(crate) fn open(layout: Layout) -> io::Result<Self> {
        let all = match std::fs::read(layout.holds()) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { layout, all: Mutex::new(all) })
    }

    pub(crate) fn add(&self, hold: Hold) -> io::Result<()> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&hold) {
            all.push(hold);
            write_atomically(&self.layout.holds(), &serde_json::to_vec(&*all)?)?;
        }
        Ok(())
    }

    pub(crate) fn of(&self, branch: &str) -> Vec<Hold> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|hold| hold.branch == branch).cloned().collect()
    }

    pub(crate) fn end(&self, hold: &Hold) -> io::Result<()> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one != hold);
        write_atomically(&self.layout.holds(), &serde_json::to_vec(&*all)?)
    }
}
