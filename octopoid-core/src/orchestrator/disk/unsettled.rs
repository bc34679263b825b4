//! Unsettled runs of an installation, read from outside the orchestrator.

use super::journal::Entry;
use super::layout::Layout;
use crate::model::Run;

/// Reads the unsettled runs of an installation from its journal, oldest first.
///
/// Changes nothing there; unreadable entries are left out.
///
/// While an orchestrator runs, these are its runs; otherwise its next start resumes them.
pub fn unsettled_runs(layout: &Layout) -> Vec<Run> {
    let Ok(files) = std::fs::read_dir(layout.runs()) else { return Vec::new() };
    let entries = files.flatten().map(|file| file.path());
    let entries = entries.filter(|path| path.extension().is_some_and(|end| end == "json") && path.is_file());
    let mut runs: Vec<_> = entries
        .filter_map(|path| serde_json::from_slice::<Entry>(&std::fs::read(path).ok()?).ok())
        .map(|entry| entry.run)
        .collect();
    runs.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    runs
}
