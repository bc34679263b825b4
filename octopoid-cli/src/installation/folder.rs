//! Finding the folder of an installation.

use std::path::{Path, PathBuf};

/// The name of an installation's folder.
pub(crate) const FOLDER: &str = ".octopoid";

/// Finds the nearest folder upwards that has a `.octopoid`. A copy of the configuration in a task's worktree does not count:
/// the worktree belongs to the installation that created it.
pub(crate) fn folder_above(from: &Path) -> Option<PathBuf> {
    let is_worktree = |folder: &Path| {
        let layout = folder.parent().filter(|worktrees| worktrees.ends_with(format!("{FOLDER}/worktrees")));
        layout.and_then(Path::parent).is_some_and(|layout| layout.join("config.yaml").is_file())
    };
    let found = from.ancestors().filter(|folder| folder.join(FOLDER).is_dir());
    found.map(Path::to_owned).find(|folder| !is_worktree(folder))
}
