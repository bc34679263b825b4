//! Moving a branch forward, without losing anything of anybody's (I12, I20).

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::{ErrorCode, Status};
use std::path::{Path, PathBuf};

/// What became of a branch that was to move forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
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
    pub fn can_advance(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Advance, GitError> {
        if let Some(settled) = self.settled(branch, from, to)? {
            return Ok(settled);
        }
        for checkout in self.checkouts_of(branch)? {
            if let Some(why) = obstacle(&checkout, from, to)? {
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
    pub fn advance(&self, branch: &str, from: &CommitId, to: &CommitId) -> Result<Advance, GitError> {
        match self.can_advance(branch, from, to)? {
            Advance::Moved => {}
            other => return Ok(other),
        }
        let Some(checkout) = self.checkouts_of(branch)?.into_iter().next() else {
            return self.swap(branch, from, to);
        };
        let printed = self
            .git
            .run(&checkout, &["merge", "--quiet", "--ff-only", "--no-overwrite-ignore", to.as_str()])?;
        if printed.success {
            return Ok(Advance::Moved);
        }
        if let Some(settled) = self.settled(branch, from, to)? {
            return Ok(settled);
        }
        Ok(Advance::Waits {
            why: format!("git does not fast-forward {}: {}", checkout.display(), printed.complaint()),
        })
    }

    /// What in a checkout of the branch stands in the way of the work, wherever the branch stands now.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn checkout_obstacle(&self, branch: &str, work: &CommitId) -> Result<Option<String>, GitError> {
        let tip = self.tip(branch)?;
        let base = self.merge_base(&tip, work)?.unwrap_or(tip);
        for checkout in self.checkouts_of(branch)? {
            if let Some(why) = obstacle(&checkout, &base, work)? {
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
        match library.reference_matching(&name, oid(to)?, true, oid(from)?, "octopoid: landed") {
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
        let library = self.library()?;
        if let (Some(main), true) = (library.workdir(), is_there(self.common())) {
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

/// What in a checkout would be lost, or is under way, so that it cannot follow.
fn obstacle(checkout: &Path, from: &CommitId, to: &CommitId) -> Result<Option<String>, GitError> {
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
            "another git process is at work in {place}, or left {} behind",
            library.path().join("index.lock").display()
        )));
    }
    let tree = |commit: &CommitId| Ok::<_, GitError>(library.find_commit(oid(commit)?)?.tree()?);
    let diff = library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?;
    let mut in_the_way = Vec::new();
    for delta in diff.deltas() {
        for file in [delta.old_file(), delta.new_file()] {
            let Some(path) = file.path() else { continue };
            // Above it, only what is no folder: a file of the user's where the work has one.
            let parents = path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
            let parents = parents.filter(|path| is_file(&checkout.join(path)));
            for path in parents.chain([path]) {
                let name = path.display().to_string();
                if is_in_the_way(&library, path)? && !in_the_way.contains(&name) {
                    in_the_way.push(name);
                }
            }
        }
    }
    if in_the_way.is_empty() {
        return Ok(None);
    }
    in_the_way.truncate(10);
    Ok(Some(format!(
        "{place} has changes of yours in files that the work changes too ({}); commit, stash or move them and the landing goes on",
        in_the_way.join(", ")
    )))
}

fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir())
}

/// Whether something of the user's is at a path of the work. What git ignores counts: it may be nowhere else.
fn is_in_the_way(library: &git2::Repository, path: &Path) -> Result<bool, GitError> {
    match library.status_file(path) {
        Ok(status) => Ok(status != Status::CURRENT),
        // Neither tracked nor there.
        Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
        // A folder where the work has a file.
        Err(error) if error.code() == ErrorCode::Ambiguous => Ok(true),
        Err(error) => Err(error.into()),
    }
}
