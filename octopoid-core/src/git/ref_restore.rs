//! Attribution and restoration of refs that a run moved (I31).

use super::commit::oid;
use super::evidence::{Blame, Evidence};
use super::ref_move::{Moved, PutBack, RefMove, real};
use super::refs::Refs;
use super::{GitError, Repository};
use crate::model::CommitId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Refs and HEADs that moved during a run, by who moved them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RefMoves {
    /// Moved by the run; `before` is the target before its moves.
    pub(crate) by_run: Vec<RefMove>,
    /// Moved by the run, and then by others.
    pub(crate) built_on: Vec<RefMove>,
    /// Moved by others, as far as the evidence shows.
    pub(crate) by_others: Vec<RefMove>,
}

impl Repository {
    /// Returns what has moved since `before`, except for moves of the orchestrator itself.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn moves_since(&self, before: &Refs, evidence: &Evidence) -> Result<RefMoves, GitError> {
        let after = Refs::read(self)?;
        let bare = self.is_bare()?;
        let mut moves = RefMoves::default();
        for mut change in before.moves(&after, &evidence.worktree) {
            if let Moved::Ref(name) = &change.what
                && let Some(own) = self.own_moves.since(before.own_moves, name)
            {
                if own == change.after {
                    continue;
                }
                // The target that the orchestrator set, not the one from the start of the run.
                change.before = own;
            }
            let log = match &change.what {
                Moved::Ref(name) => self.common().join("logs").join(name),
                Moved::Head(folder) => self.private_of(folder).join("logs/HEAD"),
            };
            match evidence.blame(&change, &log, before, &after, bare) {
                Blame::Others => moves.by_others.push(change),
                Blame::Run { from } => moves.by_run.push(RefMove { before: from, ..change }),
                Blame::BuiltOn { from } => moves.built_on.push(RefMove { before: from, ..change }),
            }
        }
        Ok(moves)
    }

    /// Returns the move of a remote's branch, as last fetched, if it contains commits that the run created and pushed itself.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn pushed_by(
        &self,
        evidence: &Evidence,
        remote: &str,
        branch: &str,
        before: Option<&CommitId>,
    ) -> Result<Option<RefMove>, GitError> {
        let Some(tip) = self.remote_tip(remote, branch)?.filter(|tip| Some(tip) != before) else {
            return Ok(None);
        };
        for made in evidence.made.iter().filter_map(|commit| CommitId::new(commit).ok()) {
            let was_there = match before {
                Some(before) => self.has_commit(&made) && self.is_ancestor(&made, before)?,
                None => false,
            };
            if !was_there && self.has_commit(&made) && self.is_ancestor(&made, &tip)? {
                return Ok(Some(RefMove {
                    what: Moved::Ref(format!("refs/remotes/{remote}/{branch}")),
                    before: before.map(|commit| commit.as_str().to_owned()),
                    after: Some(tip.as_str().to_owned()),
                }));
            }
        }
        Ok(None)
    }

    /// Restores what a run moved, unless that would lose something.
    ///
    /// The commits are kept under `refs/octopoid/moved/`; a ref stays moved if something else builds on it or local changes are
    /// in the way. Returns the result for each move.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn put_back(
        &self,
        moves: &[RefMove],
        worktree: &Path,
        run: &str,
    ) -> Result<Vec<PutBack>, GitError> {
        let moved: BTreeSet<&str> = moves
            .iter()
            .filter_map(|change| match &change.what {
                Moved::Ref(name) => Some(name.as_str()),
                Moved::Head(_) => None,
            })
            .collect();
        let own = real(worktree);
        moves
            .iter()
            .map(|change| match &change.what {
                Moved::Head(folder) => self.put_back_head(folder, change),
                Moved::Ref(name) => self.put_back_ref(name, change, &moved, &own, run),
            })
            .collect()
    }

    fn put_back_head(&self, folder: &Path, change: &RefMove) -> Result<PutBack, GitError> {
        let before = change.before.as_deref().unwrap_or_default();
        let printed = match before.strip_prefix("ref: refs/heads/") {
            Some(branch) => {
                let arguments =
                    ["checkout", "--quiet", "--no-guess", "--no-recurse-submodules", branch, "--"];
                self.git.run(folder, &arguments)?
            }
            None => self.git.run(folder, &["checkout", "--quiet", "--detach", before])?,
        };
        let now = std::fs::read_to_string(self.private_of(folder).join("HEAD")).unwrap_or_default();
        if printed.success && now.trim_end() == before {
            return Ok(PutBack::Done);
        }
        Ok(PutBack::Left { why: format!("git does not switch it back: {}", printed.complaint()) })
    }

    /// Returns the folder that contains the HEAD of a checkout.
    fn private_of(&self, folder: &Path) -> PathBuf {
        git2::Repository::open(folder)
            .map_or_else(|_| self.common().to_owned(), |opened| opened.path().to_owned())
    }

    fn put_back_ref(
        &self,
        name: &str,
        change: &RefMove,
        moved: &BTreeSet<&str>,
        own: &Path,
        run: &str,
    ) -> Result<PutBack, GitError> {
        let left = |why: String| Ok(PutBack::Left { why });
        if name.starts_with("refs/remotes/") {
            return left("the remote may have it too; only the remote's owner can take it back".to_owned());
        }
        let now = Refs::read(self)?;
        if now.refs.get(name) != change.after.as_ref() {
            return left("it has moved on since".to_owned());
        }
        let checkouts: Vec<_> = now.checkouts_of(name).into_iter().filter(|folder| folder != own).collect();
        if let Some(after) = change.commit() {
            if change.before.is_some()
                && let Some(builder) = self.built_on(&after, name, moved, &now, own)?
            {
                return left(format!("{builder} builds on it"));
            }
            let aside = format!("refs/octopoid/moved/{run}/{}", name.trim_start_matches("refs/"));
            self.library()?.reference(&aside, oid(&after)?, true, "kept by octopoid")?;
            self.own_moves.note(&aside, Some(&after));
        }
        if name == "refs/stash" {
            return self.drop_stashes(change);
        }
        let words = "octopoid: put back";
        let printed = match (change.before.as_deref(), change.after.as_deref()) {
            (None, Some(after)) => {
                if let Some(folder) = checkouts.first() {
                    return left(format!("it is checked out in {}", folder.display()));
                }
                self.git.run(self.common(), &["update-ref", "-d", name, after])?
            }
            (Some(before), after) => match before.strip_prefix("ref: ") {
                Some(target) => self.git.run(self.common(), &["symbolic-ref", "-m", words, name, target])?,
                None => {
                    let after = after.map_or_else(|| "0".repeat(before.len()), str::to_owned);
                    for folder in checkouts.iter().filter(|_| change.commit().is_some()) {
                        // A file of which only the time was changed is not in the way.
                        self.git.run(folder, &["update-index", "-q", "--refresh"])?;
                        let arguments = ["read-tree", "-m", "-u", &after, before];
                        let printed = self.git.run(folder, &arguments)?;
                        if !printed.success {
                            let place = folder.display();
                            return left(format!("{place} has changes in the way: {}", printed.complaint()));
                        }
                    }
                    let arguments = ["update-ref", "-m", words, name, before, &after];
                    self.git.run(self.common(), &arguments)?
                }
            },
            (None, None) => return Ok(PutBack::Done),
        };
        if printed.success {
            self.own_moves.note_target(name, change.before.as_deref());
            return Ok(PutBack::Done);
        }
        left(format!("git does not move it back: {}", printed.complaint()))
    }

    /// Returns what else contains the commit: a ref that the run did not move, or another checkout.
    fn built_on(
        &self,
        commit: &CommitId,
        name: &str,
        moved: &BTreeSet<&str>,
        now: &Refs,
        own: &Path,
    ) -> Result<Option<String>, GitError> {
        let arguments = ["for-each-ref", "--format=%(refname)", "--contains", commit.as_str()];
        let containing = self.git.ok(self.common(), &arguments)?;
        let other = containing
            .lines()
            .find(|other| *other != name && !moved.contains(other) && !other.starts_with("refs/octopoid/"));
        if let Some(other) = other {
            return Ok(Some(format!("`{other}`")));
        }
        for (folder, head) in &now.heads {
            let Ok(head) = CommitId::new(head) else { continue };
            if real(folder) != own && self.is_ancestor(commit, &head)? {
                return Ok(Some(format!("the checkout in {}", folder.display())));
            }
        }
        Ok(None)
    }

    /// Drops the stashes that were pushed on top of the earlier ones.
    fn drop_stashes(&self, change: &RefMove) -> Result<PutBack, GitError> {
        for _ in 0..20 {
            let top = self.git.run(self.common(), &["rev-parse", "--verify", "--quiet", "refs/stash"])?;
            let top = Some(top.text().trim().to_owned()).filter(|top| !top.is_empty());
            if top == change.before {
                return Ok(PutBack::Done);
            }
            // Stashes are entries of a reflog, so the newest is dropped by its number.
            if !self.git.run(self.root(), &["stash", "drop", "--quiet", "stash@{0}"])?.success {
                break;
            }
        }
        Ok(PutBack::Left { why: "it could not be dropped from `git stash list`".to_owned() })
    }
}
