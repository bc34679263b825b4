//! Where the `.octopoid` folder of an installation is.

use std::path::{Path, PathBuf};

/// The name of the folder.
pub(crate) const FOLDER: &str = ".octopoid";

/// The nearest folder upwards that has a `.octopoid`. The copy in a task's worktree, of a repository that contains its
/// configuration, is none: the worktree belongs to the installation that made it.
pub(crate) fn folder_above(from: &Path) -> Option<PathBuf> {
    let is_worktree = |folder: &Path| {
        let layout = folder.parent().filter(|worktrees| worktrees.ends_with(format!("{FOLDER}/worktrees")));
        layout.and_then(Path::parent).is_some_and(|layout| layout.join("config.yaml").is_file())
    };
    let found = from.ancestors().filter(|folder| folder.join(FOLDER).is_dir());
    found.map(Path::to_owned).find(|folder| !is_worktree(folder))
}
