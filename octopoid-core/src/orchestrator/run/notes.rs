//! What is noted of a run as it goes on.

use crate::model::StepStatus;
use std::path::PathBuf;

/// Largest number of paths that are named in one note.
const NAMED: usize = 20;

/// Note of how a step went, or of something noticed in passing. The journal makes it a step of the run's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The step's name.
    pub(super) step: String,
    pub(super) status: StepStatus,
    pub(super) detail: String,
}

impl Note {
    pub(super) fn new(step: &str, status: StepStatus, detail: impl Into<String>) -> Self {
        Self { step: step.to_owned(), status, detail: detail.into() }
    }
}

/// Notes of what was noticed in passing, in order.
///
/// They go to the journal also if what they were made in fails: what a run moved, or left, is to be known in any case.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    pub(super) fn add(&mut self, step: &str, status: StepStatus, detail: impl Into<String>) {
        self.0.push(Note::new(step, status, detail));
    }
}

impl FromIterator<Note> for Notes {
    fn from_iter<T: IntoIterator<Item = Note>>(notes: T) -> Self {
        Self(notes.into_iter().collect())
    }
}

impl IntoIterator for Notes {
    type Item = Note;
    type IntoIter = std::vec::IntoIter<Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Returns the first of the paths as text, and how many there are besides.
pub(super) fn names(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
