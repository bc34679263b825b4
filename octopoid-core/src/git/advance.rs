//! Moving a branch forward, without losing anything of anybody's (I12, I20).

use super::commit::oid;
use super::{GitError, Repository, status, submodule};
use crate::model::CommitId;
use git2::ErrorCode;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many paths git is asked about in one call: their names have to fit on a command line.
const AT_ONCE: usize = 500;

/// The reflog's words for a branch that moved to what landed.
pub(super) const LANDED: &str = "octopoid: landed";

/// Options of the merge by which a checkout follows, regardless of the user's own settings for merges.
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

/// What became of a branch that was to move forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Advance {
    /// It moved.
    Moved,
    /// It contains the commit already.
    AlreadyThere,
    /// It has moved elsewhere meanwhile.
    LostRace {
        /// Where it stands.
        now: CommitId,
    },
    /// It cannot move now: the checkout of it holds something that would be lost.
    Waits {
        /// What, and what to do.
        why: String,
    },
}

impl Repository {
    /// Whether [`Repository::advance`] would move the branch, without doing it.
    ///
    /// # Errors
    /// [`GitError`].
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
                return Ok(Advance::Waits { why });
            }
        }
        Ok(Advance::Moved)
    }

    /// Moves a branch forward from one commit to a descendant, by compare-and-swap. Where it is checked out, the
    /// checkout follows by git's own fast-forward rules: changes that are not in the way stay, and where some are, nothing
    /// moves.
    ///
    /// # Errors
    /// [`GitError`], with nothing moved.
    pub(crate) fn advance(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Advance, GitError> {
        match self.can_advance(branch, from, to)? {
            Advance::Moved => {}
            other => return Ok(other),
        }
        // Noted first: a run that ends at this very moment must not be blamed for it.
        self.own_moves.note(&format!("refs/heads/{branch}"), Some(to));
        let Some(checkout) = self.checkouts_of(branch)?.into_iter().next() else {
            return self.swap(branch, from, to);
        };
        let own_options = format!("branch.{branch}.mergeoptions=");
        let mut arguments = vec!["-c", &own_options, "merge"];
        arguments.extend(FAST_FORWARD);
        arguments.push(to.as_str());
        let printed = self.git.with("GIT_REFLOG_ACTION", LANDED).run(&checkout, &arguments)?;
        // What git says does not count: the branch does.
        let now = self.tip(branch)?;
        if now == *to {
            if let Err(error) = submodule::follow(self, &checkout, from, to) {
                // The branch has moved, and that is what counts.
                tracing::warn!(%error, checkout = %checkout.display(), "submodules did not follow");
            }
            return Ok(Advance::Moved);
        }
        if now != *from {
            return Ok(self.settled(branch, from, to)?.unwrap_or(Advance::LostRace { now }));
        }
        let said = match printed.complaint() {
            said if said.is_empty() => format!("it says nothing, and `{branch}` has not moved"),
            said => said,
        };
        Ok(Advance::Waits { why: format!("git does not fast-forward {}: {said}", checkout.display()) })
    }

    /// What in a checkout of the branch stands in the way of the work, wherever the branch stands now.
    ///
    /// # Errors
    /// [`GitError`].
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
            return Ok(Some(Advance::LostRace { now }));
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
                Ok(Advance::LostRace { now: self.tip(branch)? })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The folders in which a branch is checked out.
    fn checkouts_of(&self, branch: &str) -> Result<Vec<PathBuf>, GitError> {
        let wanted = format!("refs/heads/{branch}");
        let says = |file: PathBuf, before: &str| {
            std::fs::read_to_string(file)
                .is_ok_and(|text| text.trim_end().strip_prefix(before) == Some(&*wanted))
        };
        // While a branch is rebased, HEAD is detached, and the checkout is of that branch all the same.
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
    /// What in a checkout would be lost, or is under way, so that it cannot follow.
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

    /// What of the user's, ignored files included, is where the work changes something: it may be nowhere else.
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
                // Above it, only what is no folder: a file of the user's where the work has one.
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
