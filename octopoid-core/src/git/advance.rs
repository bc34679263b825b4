//! Fast-forward of a branch and its checkout, without losing a user's changes (I12, I20).

use super::commit::oid;
use super::{GitError, Repository, status, submodule};
use crate::model::CommitId;
use git2::ErrorCode;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Number of paths in one call of git: they have to fit on a command line.
const AT_ONCE: usize = 500;

/// Reflog message for a branch that moved to landed work.
pub(super) const LANDED: &str = "octopoid: landed";

/// Options of the merge by which a checkout follows its branch, regardless of the user's settings for merges.
const FAST_FORWARD: [&str; 9] = [
    "--quiet",
    "--ff-only",
    "--commit",
    "--no-squash",
    "--no-autostash",
    "--no-verify-signatures",
    "--no-gpg-sign",
    "--no-signoff",
    "--no-overwrite-ignore",
];

/// Result of moving a branch forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Advance {
    /// Branch moved.
    Moved,
    /// Branch already contains the commit.
    AlreadyThere,
    /// Branch has moved elsewhere in the meantime.
    BaseMoved {
        /// Current commit of the branch.
        now: CommitId,
    },
    /// Branch cannot move now: its checkout has changes that would be lost.
    Blocked {
        /// What is in the way, and what to do.
        why: String,
    },
}

impl Repository {
    /// Returns what [`Repository::advance`] would do, without doing it.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn can_advance(
        &self,
        branch: &str,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<Advance, GitError> {
        if let Some(settled) = self.settled(branch, from, to)? {
            return Ok(settled);
        }
        for checkout in self.checkouts_of(branch)? {
            if let Some(why) = self.obstacle(&checkout, from, to)? {
                return Ok(Advance::Blocked { why });
            }
        }
        Ok(Advance::Moved)
    }

    /// Moves a branch forward from one commit to a descendant, by compare-and-swap.
    ///
    /// If the branch is checked out, the checkout follows by git's fast-forward rules: unrelated changes stay; if changes are in
    /// the way, nothing moves.
    ///
    /// # Errors
    /// Returns a [`GitError`]; nothing has moved then.
    pub(crate) fn advance(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Advance, GitError> {
        match self.can_advance(branch, from, to)? {
            Advance::Moved => {}
            other => return Ok(other),
        }
        // Recorded first: a run that ends at this moment must not be blamed for the move.
        self.own_moves.note(&format!("refs/heads/{branch}"), Some(to));
        let Some(checkout) = self.checkouts_of(branch)?.into_iter().next() else {
            return self.swap(branch, from, to);
        };
        let own_options = format!("branch.{branch}.mergeoptions=");
        let mut arguments = vec!["-c", &own_options, "merge"];
        arguments.extend(FAST_FORWARD);
        arguments.push(to.as_str());
        let printed = self.git.with("GIT_REFLOG_ACTION", LANDED).run(&checkout, &arguments)?;
        // The branch is authoritative, not git's output.
        let now = self.tip(branch)?;
        if now == *to {
            if let Err(error) = submodule::follow(self, &checkout, from, to) {
                // The branch has moved, which is what matters.
                tracing::warn!(%error, checkout = %checkout.display(), "submodules did not follow");
            }
            return Ok(Advance::Moved);
        }
        if now != *from {
            return Ok(self.settled(branch, from, to)?.unwrap_or(Advance::BaseMoved { now }));
        }
        let said = match printed.complaint() {
            said if said.is_empty() => format!("git printed no reason, and `{branch}` has not moved"),
            said => said,
        };
        Ok(Advance::Blocked { why: format!("git does not fast-forward {}: {said}", checkout.display()) })
    }

    /// Returns what in a checkout of the branch is in the way of the work, whichever commit the branch is at now.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn checkout_obstacle(
        &self,
        branch: &str,
        work: &CommitId,
    ) -> Result<Option<String>, GitError> {
        let tip = self.tip(branch)?;
        let base = self.merge_base(&tip, work)?.unwrap_or(tip);
        for checkout in self.checkouts_of(branch)? {
            if let Some(why) = self.obstacle(&checkout, &base, work)? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    fn settled(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Option<Advance>, GitError> {
        let now = self.tip(branch)?;
        if self.is_ancestor(to, &now)? {
            return Ok(Some(Advance::AlreadyThere));
        }
        if now != *from || !self.is_ancestor(from, to)? {
            return Ok(Some(Advance::BaseMoved { now }));
        }
        Ok(None)
    }

    fn swap(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Advance, GitError> {
        let library = self.library()?;
        let name = format!("refs/heads/{branch}");
        match library.reference_matching(&name, oid(to)?, true, oid(from)?, LANDED) {
            Ok(_) => Ok(Advance::Moved),
            Err(error)
                if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked) =>
            {
                Ok(Advance::BaseMoved { now: self.tip(branch)? })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the folders in which a branch is checked out.
    fn checkouts_of(&self, branch: &str) -> Result<Vec<PathBuf>, GitError> {
        let wanted = format!("refs/heads/{branch}");
        let says = |file: PathBuf, before: &str| {
            std::fs::read_to_string(file)
                .is_ok_and(|text| text.trim_end().strip_prefix(before) == Some(&*wanted))
        };
        // While a branch is rebased, HEAD is detached, but the checkout still belongs to that branch.
        let is_there = |folder: &Path| {
            says(folder.join("HEAD"), "ref: ")
                || says(folder.join("rebase-merge/head-name"), "")
                || says(folder.join("rebase-apply/head-name"), "")
        };
        let mut found = Vec::new();
        if let (Some(main), true) = (self.main_checkout(), is_there(self.common())) {
            found.push(main.to_owned());
        }
        let Ok(linked) = std::fs::read_dir(self.common().join("worktrees")) else { return Ok(found) };
        for entry in linked.flatten() {
            let Ok(gitdir) = std::fs::read_to_string(entry.path().join("gitdir")) else { continue };
            if let (Some(folder), true) = (Path::new(gitdir.trim_end()).parent(), is_there(&entry.path()))
                && folder.is_dir()
            {
                found.push(folder.to_owned());
            }
        }
        Ok(found)
    }
}

impl Repository {
    /// Returns why a checkout cannot follow: changes that would be lost, or an operation in progress.
    fn obstacle(&self, checkout: &Path, from: &CommitId, to: &CommitId) -> Result<Option<String>, GitError> {
        let library = git2::Repository::open(checkout)?;
        let place = checkout.display();
        if library.state() != git2::RepositoryState::Clean {
            use git2::RepositoryState::{ApplyMailboxOrRebase, Rebase, RebaseInteractive, RebaseMerge};
            let state = match library.state() {
                Rebase | RebaseInteractive | RebaseMerge | ApplyMailboxOrRebase => "rebase".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            };
            return Ok(Some(format!(
                "a {state} is under way in {place}; finish or abort it and the landing goes on"
            )));
        }
        if library.path().join("index.lock").exists() {
            return Ok(Some(format!(
                "another git process is at work in {place}; if none is, delete {} and the landing goes on",
                library.path().join("index.lock").display()
            )));
        }
        let in_the_way = self.in_the_way(checkout, from, to)?;
        if in_the_way.is_empty() {
            return Ok(None);
        }
        let names: Vec<_> = in_the_way.iter().take(10).map(|path| path.display().to_string()).collect();
        Ok(Some(format!(
            "{place} has changes of yours in files that the work changes too ({}); commit, stash or move them and the landing goes on",
            names.join(", ")
        )))
    }

    /// Returns the user's changed, untracked and ignored files at paths that the work changes.
    ///
    /// Their content may exist nowhere else.
    fn in_the_way(
        &self,
        checkout: &Path,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<BTreeSet<PathBuf>, GitError> {
        let library = self.library()?;
        let tree = |commit: &CommitId| Ok::<_, GitError>(library.find_commit(oid(commit)?)?.tree()?);
        let diff = library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?;
        let mut touched = BTreeSet::new();
        for delta in diff.deltas() {
            for path in [delta.old_file(), delta.new_file()].iter().filter_map(|file| file.path()) {
                // Of the parents, only those that are not folders: a user's file where the work has a folder.
                let parents = path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
                touched.extend(
                    parents.filter(|path| is_file(&checkout.join(path))).chain([path]).map(Path::to_owned),
                );
            }
        }
        let touched: Vec<_> = touched.into_iter().collect();
        let mut found = BTreeSet::new();
        for some in touched.chunks(AT_ONCE) {
            let status = status::status(&self.git, checkout, status::Scope::Paths(some))?;
            found.extend(status.changed.into_iter().chain(status.untracked).chain(status.ignored));
        }
        Ok(found)
    }
}

fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir())
}
