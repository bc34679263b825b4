//! Submodules in a worktree: filled from what the user's own checkout has, without the network.

use super::{GitError, Repository};
use std::path::Path;

/// Checks out, in a fresh worktree, the submodules that the repository has cloned. Others stay empty, as they are in
/// the user's checkout.
pub(super) fn fill(repository: &Repository, worktree: &Path) -> Result<(), GitError> {
    if !worktree.join(".gitmodules").exists() {
        return Ok(());
    }
    let modules = repository.common().join("modules");
    let library = git2::Repository::open(worktree)?;
    for submodule in library.submodules()? {
        let (Ok(name), Some(path)) = (submodule.name(), submodule.path().to_str()) else { continue };
        let cloned = modules.join(name);
        if !cloned.is_dir() {
            continue;
        }
        // The address of a submodule is shared by all worktrees, so it is overridden for this one command only.
        let address = format!("submodule.{name}.url={}", cloned.display());
        let active = format!("submodule.{name}.active=true");
        let arguments = [
            "-c",
            "protocol.file.allow=always",
            "-c",
            &address,
            "-c",
            &active,
            "submodule",
            "--quiet",
            "update",
            "--init",
            "--no-fetch",
            "--",
            path,
        ];
        let printed = repository.git.run(worktree, &arguments)?;
        if !printed.success {
            tracing::warn!(
                submodule = name,
                reason = printed.complaint(),
                "a submodule stays empty in the worktree"
            );
        }
    }
    Ok(())
}
