//! Submodules of a worktree, filled from the clones of the user's own checkout without network access.

use super::commit::{commit_id, oid};
use super::program::Printed;
use super::remote::LONGEST;
use super::{GitError, Repository, status};
use crate::model::CommitId;
use git2::{FileMode, Oid};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Checks out, in a worktree, the submodules that the repository has cloned, each at the commit that the work points to.
///
/// Submodules without a clone, or whose clone lacks that commit, stay empty.
pub(super) fn fill(repository: &Repository, worktree: &Path) -> Result<(), GitError> {
    if !worktree.join(".gitmodules").exists() {
        return Ok(());
    }
    for Submodule { name, path } in listed(repository, worktree)? {
        let cloned = repository.common().join("modules").join(&name);
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
            "--force",
            "--checkout",
            "--",
            &path,
        ];
        let printed = repository.git.run(worktree, &arguments)?;
        if !printed.success {
            tracing::warn!(
                submodule = name,
                reason = printed.complaint(),
                "a submodule is not at its commit in the worktree"
            );
            empty(&worktree.join(&path))?;
        }
    }
    Ok(())
}

/// Pointer to a commit of another repository that differs between two commits.
pub(super) struct PointerMove {
    pub(super) path: PathBuf,
    /// `None` if there was no pointer.
    pub(super) from: Option<CommitId>,
    pub(super) to: CommitId,
}

/// Returns the pointers of `head` that `base` does not have or has with another commit.
pub(super) fn moves(
    repository: &Repository,
    base: &CommitId,
    head: &CommitId,
) -> Result<Vec<PointerMove>, GitError> {
    let (base, head) = (oid(base)?, oid(head)?);
    repository.with_objects(&[(base, head)], |library| {
        let tree = |commit: Oid| library.find_commit(commit)?.tree();
        let diff = library.diff_tree_to_tree(Some(&tree(base)?), Some(&tree(head)?), None)?;
        let change = |delta: git2::DiffDelta<'_>| {
            let (old, new) = (delta.old_file(), delta.new_file());
            (new.mode() == FileMode::Commit).then_some(PointerMove {
                path: new.path()?.to_owned(),
                from: (old.mode() == FileMode::Commit).then(|| commit_id(old.id())),
                to: commit_id(new.id()),
            })
        };
        Ok(diff.deltas().filter_map(change).collect())
    })
}

/// Moves the submodules of a checkout to the commits that `to` points to, after the checkout has moved there from `from`.
///
/// A submodule is not moved if it was elsewhere, is on a branch, has changes, or lacks the commit.
pub(super) fn follow(
    repository: &Repository,
    checkout: &Path,
    from: &CommitId,
    to: &CommitId,
) -> Result<(), GitError> {
    let git = &repository.git;
    for PointerMove { path, from, to } in moves(repository, from, to)? {
        let (folder, Some(from)) = (checkout.join(&path), from) else { continue };
        // In a folder without a repository, git would act on the checkout itself.
        if !folder.join(".git").exists() || git.run(&folder, &["symbolic-ref", "--quiet", "HEAD"])?.success {
            continue;
        }
        let head = git.run(&folder, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
        if head.text().trim() != from.as_str() || status::is_dirty(git, &folder)? {
            continue;
        }
        let printed = git.run(&folder, &["checkout", "--quiet", "--detach", to.as_str()])?;
        if !printed.success {
            tracing::info!(path = %path.display(), reason = printed.complaint(), "a submodule did not follow");
        }
    }
    Ok(())
}

/// Empties the folder of a submodule, so that it looks like one that was never filled, which git does not report as a change.
fn empty(folder: &Path) -> Result<(), GitError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(GitError::io(folder)(error)),
        _ => std::fs::create_dir_all(folder).map_err(GitError::io(folder)),
    }
}

/// Entry of `.gitmodules`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submodule {
    pub(super) name: String,
    pub(super) path: String,
}

/// Returns the entries of a worktree's `.gitmodules` whose name and path stay within their folders.
pub(super) fn listed(repository: &Repository, worktree: &Path) -> Result<Vec<Submodule>, GitError> {
    let arguments = ["config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$"];
    Ok(entries(&repository.git.run(worktree, &arguments)?))
}

/// Source from which others fetch a submodule's commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubmoduleSource {
    /// Name of the submodule in `.gitmodules`.
    pub(crate) name: String,
    /// Address of its repository.
    pub(crate) url: String,
}

impl Repository {
    /// Returns the source of a submodule according to the `.gitmodules` of a commit; `None` if that does not list the path.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn submodule_source(
        &self,
        commit: &CommitId,
        path: &Path,
        remote: Option<&str>,
    ) -> Result<Option<SubmoduleSource>, GitError> {
        let Some(entry) = listed_in(self, commit)?.into_iter().find(|entry| Path::new(&entry.path) == path)
        else {
            return Ok(None);
        };
        let key = format!("submodule.{}.url", entry.name);
        let blob = format!("{commit}:.gitmodules");
        let url = self.git.run(self.common(), &["config", "--blob", &blob, "--get", &key])?.text();
        if url.trim().is_empty() {
            return Ok(None);
        }
        let own = match remote {
            Some(remote) => self.remote_url(remote)?,
            None => self.root().to_string_lossy().into_owned(),
        };
        Ok(Some(SubmoduleSource { name: entry.name, url: resolve(&own, url.trim()) }))
    }

    /// Returns whether a commit can be fetched from an address, by trying to fetch it.
    ///
    /// # Errors
    /// Returns a [`GitError`] if `git` cannot be run.
    pub(crate) fn is_served(&self, url: &str, commit: &CommitId) -> Result<bool, GitError> {
        if url.starts_with('-') {
            // Not an address: git would take it for an option.
            return Ok(false);
        }
        let scratch = tempfile::tempdir().map_err(GitError::io("a temporary folder"))?;
        self.git.ok(scratch.path(), &["init", "--quiet", "--bare"])?;
        let arguments = [
            "-c",
            "protocol.version=2",
            "-c",
            "protocol.ext.allow=never",
            "fetch",
            "--quiet",
            "--no-tags",
            "--depth=1",
            "--",
            url,
            commit.as_str(),
        ];
        let printed = self.git.run_within(scratch.path(), &arguments, LONGEST)?;
        if !printed.success {
            tracing::info!(%commit, reason = printed.complaint(), "a submodule's commit is not served");
        }
        Ok(printed.success)
    }

    /// Keeps a commit of a submodule, which was created in a worktree, in the clone that the user's checkout uses.
    ///
    /// Returns whether the commit is there.
    ///
    /// # Errors
    /// Returns a [`GitError`] if `git` cannot be run.
    pub(crate) fn keep_submodule_commit(
        &self,
        worktree: &Path,
        name: &str,
        path: &Path,
        commit: &CommitId,
        keep_as: &str,
    ) -> Result<bool, GitError> {
        let clone = self.common().join("modules").join(name);
        if !clone.is_dir() {
            return Ok(false);
        }
        let refspec = format!("+{commit}:refs/octopoid/{keep_as}");
        Ok(self.git.fetch_on_disk(&clone, &worktree.join(path), &refspec)?.success)
    }
}

/// Resolves a submodule address that is relative to the repository's own address, as git does.
fn resolve(own: &str, url: &str) -> String {
    if !url.starts_with("./") && !url.starts_with("../") {
        return url.to_owned();
    }
    let (mut base, mut rest) = (own.trim_end_matches('/').to_owned(), url);
    loop {
        if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            let cut = base.rfind('/').or_else(|| base.rfind(':').map(|at| at + 1)).unwrap_or(0);
            base.truncate(cut);
        } else {
            break;
        }
    }
    let separator = if base.is_empty() || base.ends_with([':', '/']) { "" } else { "/" };
    format!("{base}{separator}{rest}")
}

/// Returns the paths of the submodules in a commit's `.gitmodules`.
pub(super) fn paths_in(repository: &Repository, commit: &CommitId) -> Result<BTreeSet<PathBuf>, GitError> {
    Ok(listed_in(repository, commit)?.into_iter().map(|submodule| PathBuf::from(submodule.path)).collect())
}

/// Returns the entries of a commit's `.gitmodules`.
pub(super) fn listed_in(repository: &Repository, commit: &CommitId) -> Result<Vec<Submodule>, GitError> {
    if repository.file_in(commit, ".gitmodules")?.is_none() {
        return Ok(Vec::new());
    }
    let blob = format!("{commit}:.gitmodules");
    let arguments = ["config", "-z", "--blob", &blob, "--get-regexp", r"^submodule\..*\.path$"];
    Ok(entries(&repository.git.run(repository.common(), &arguments)?))
}

/// Parses the output of `git config -z --get-regexp` for the paths of submodules.
fn entries(printed: &Printed) -> Vec<Submodule> {
    let entry = |record: &[u8]| {
        let record = std::str::from_utf8(record).ok()?;
        let (key, path) = record.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
        let inside = |text: &str| {
            Path::new(text).components().all(|part| matches!(part, std::path::Component::Normal(_)))
        };
        (inside(name) && inside(path)).then(|| Submodule { name: name.to_owned(), path: path.to_owned() })
    };
    printed.records().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn relative_addresses_are_resolved_as_git_does() {
        for (own, url, wanted) in [
            ("https://host/team/app.git", "../lib.git", "https://host/team/lib.git"),
            ("https://host/team/app.git", "../../other/lib.git", "https://host/other/lib.git"),
            ("git@host:team/app.git", "../lib.git", "git@host:team/lib.git"),
            ("git@host:app.git", "../lib.git", "git@host:lib.git"),
            ("/srv/app.git/", "./lib", "/srv/app.git/lib"),
            ("/srv/app.git", "https://host/lib.git", "https://host/lib.git"),
        ] {
            assert_eq!(resolve(own, url), wanted, "{own} {url}");
        }
    }
}
