//! Ref moves made by the orchestrator itself.

use crate::model::CommitId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Log of the refs that the orchestrator moved itself.
#[derive(Debug, Default)]
pub(super) struct OwnMoves(Mutex<MoveLog>);

#[derive(Debug, Default)]
struct MoveLog {
    count: u64,
    /// Last move of each ref: its number and its target.
    last: BTreeMap<String, (u64, Option<String>)>,
}

impl OwnMoves {
    pub(super) fn note(&self, name: &str, commit: Option<&CommitId>) {
        self.note_target(name, commit.map(CommitId::as_str));
    }

    pub(super) fn note_target(&self, name: &str, target: Option<&str>) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.count += 1;
        let number = log.count;
        log.last.insert(name.to_owned(), (number, target.map(str::to_owned)));
    }

    pub(super) fn count(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Returns the target of the orchestrator's last move of a ref, if that was after the move with this number.
    pub(super) fn since(&self, number: u64, name: &str) -> Option<Option<String>> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.last.get(name).filter(|(at, _)| *at > number).map(|(_, target)| target.clone())
    }
}
