//! Ancestry: containment and ranges of commits.
//!
//! libgit2 walks commits faster than a program can be started, but it does not stop at the boundary of a shallow history. In a
//! shallow repository the `git` program is used instead.

use super::commit::{commit_id, oid};
use super::program::failed;
use super::{CommitInfo, GitError, Repository};
use crate::model::CommitId;
use git2::{Commit, ErrorCode, Oid, Sort};

impl Repository {
    /// Returns whether `descendant` contains `ancestor`; a commit contains itself.
    ///
    /// # Errors
    /// Returns a [`GitError`] if a commit is missing from the repository.
    pub fn is_ancestor(&self, ancestor: &CommitId, descendant: &CommitId) -> Result<bool, GitError> {
        if ancestor == descendant {
            return Ok(true);
        }
        if self.is_shallow() {
            let arguments = ["merge-base", "--is-ancestor", ancestor.as_str(), descendant.as_str()];
            let printed = self.git.run(self.common(), &arguments)?;
            return if printed.success || printed.stderr.is_empty() {
                Ok(printed.success)
            } else {
                Err(failed(&arguments, &printed))
            };
        }
        Ok(self.library()?.graph_descendant_of(oid(descendant)?, oid(ancestor)?)?)
    }

    /// Returns the best common ancestor of two commits.
    ///
    /// # Errors
    /// Returns a [`GitError`] if a commit is missing from the repository.
    pub(crate) fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, GitError> {
        if self.is_shallow() {
            let arguments = ["merge-base", one.as_str(), other.as_str()];
            let printed = self.git.run(self.common(), &arguments)?;
            return match CommitId::new(printed.text().trim()) {
                Ok(base) => Ok(Some(base)),
                Err(_) if printed.stderr.is_empty() => Ok(None),
                Err(_) => Err(failed(&arguments, &printed)),
            };
        }
        match self.library()?.merge_base(oid(one)?, oid(other)?) {
            Ok(base) => Ok(Some(commit_id(base))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the commits that are in `head` but not in `base`, oldest first.
    ///
    /// # Errors
    /// Returns a [`GitError`] if a commit is missing from the repository.
    pub fn log(&self, base: &CommitId, head: &CommitId) -> Result<Vec<CommitInfo>, GitError> {
        let library = self.library()?;
        self.between(base, head)?.into_iter().map(|id| info(&library.find_commit(id)?)).collect()
    }

    /// Returns the summary of a commit.
    pub(super) fn commit(&self, id: &CommitId) -> Result<CommitInfo, GitError> {
        info(&self.library()?.find_commit(oid(id)?)?)
    }

    /// Returns the number of commits that are in `head` but not in `base`.
    ///
    /// # Errors
    /// Returns a [`GitError`] if a commit is missing from the repository.
    pub(crate) fn count_commits(&self, base: &CommitId, head: &CommitId) -> Result<u32, GitError> {
        let ahead = match self.is_shallow() {
            true => self.between(base, head)?.len(),
            false => self.library()?.graph_ahead_behind(oid(head)?, oid(base)?)?.0,
        };
        Ok(u32::try_from(ahead).unwrap_or(u32::MAX))
    }

    /// Returns the commits that are in `head` but not in `base`, parents before children.
    pub(super) fn between(&self, base: &CommitId, head: &CommitId) -> Result<Vec<Oid>, GitError> {
        if self.is_shallow() {
            let range = format!("{base}..{head}");
            let printed = self.git.ok(self.common(), &["rev-list", "--topo-order", "--reverse", &range])?;
            return printed.lines().map(|line| Ok(Oid::from_str(line)?)).collect();
        }
        let library = self.library()?;
        let mut walk = library.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(oid(head)?)?;
        walk.hide(oid(base)?)?;
        walk.map(|id| Ok(id?)).collect()
    }

    /// Returns whether a local branch contains the commit.
    pub(super) fn is_on_a_branch(&self, commit: &CommitId) -> Result<bool, GitError> {
        if self.is_shallow() {
            let arguments = ["for-each-ref", "--count=1", "--contains", commit.as_str(), "refs/heads"];
            return Ok(!self.git.ok(self.common(), &arguments)?.is_empty());
        }
        let repository = self.library()?;
        let wanted = oid(commit)?;
        for branch in repository.branches(Some(git2::BranchType::Local))? {
            let Some(tip) = branch?.0.get().target() else { continue };
            if tip == wanted || repository.graph_descendant_of(tip, wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads objects.
    ///
    /// In a partial clone, missing objects that differ between the pairs of commits are fetched first, which git does
    /// automatically when it needs them.
    pub(super) fn with_objects<T>(
        &self,
        pairs: &[(Oid, Oid)],
        read: impl Fn(&git2::Repository) -> Result<T, git2::Error>,
    ) -> Result<T, GitError> {
        let library = self.library()?;
        match read(&library) {
            Err(error) if error.code() == ErrorCode::NotFound => {}
            done => return Ok(done?),
        }
        for (from, to) in pairs {
            let arguments = ["diff", "--no-ext-diff", "--numstat", &from.to_string(), &to.to_string()];
            self.git.run(self.common(), &arguments)?;
        }
        library.odb()?.refresh()?;
        Ok(read(&library)?)
    }

    /// Returns whether the repository is shallow.
    fn is_shallow(&self) -> bool {
        std::fs::metadata(self.common().join("shallow")).is_ok_and(|file| file.len() > 0)
    }
}

fn info(commit: &Commit<'_>) -> Result<CommitInfo, GitError> {
    let author = String::from_utf8_lossy(commit.author().name_bytes()).into_owned();
    let summary = String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned();
    Ok(CommitInfo { id: commit_id(commit.id()), summary, author })
}
