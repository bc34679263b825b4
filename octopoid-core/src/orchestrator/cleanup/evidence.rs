//! Evidence for the plan: what the found items contain, and where else that content is.

use super::item::Item;
use super::plan::{Content, Finding, Standing};
use super::survey::{Found, Known, Owner, Place, list};
use crate::git::{GitError, Worktree};
use crate::model::{CommitId, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

impl Place {
    /// Examines the content of items that may be removed; items of tasks that will go on are only named.
    pub(crate) fn examine(
        &self,
        found: Vec<Found>,
        known: &BTreeMap<Owner, Known>,
        in_use: &BTreeSet<TaskId>,
    ) -> Vec<Finding> {
        let mut landings = Landings { place: self, asked: BTreeMap::new() };
        let nothing = Known::nothing(Standing::None);
        found
            .into_iter()
            .map(|found| {
                let known = known.get(&found.owner).unwrap_or(&nothing);
                let task = match (&known.task, &found.owner) {
                    (Some(task), _) | (None, Owner::Task(task)) => Some(task.clone()),
                    _ => None,
                };
                let in_use = task.as_ref().is_some_and(|task| in_use.contains(task));
                let goes_on = in_use || matches!(known.standing, Standing::Unfinished(_));
                let content = match goes_on {
                    true => Content::default(),
                    false => self.content(&found, known, &mut landings).unwrap_or_else(|error| Content {
                        unreadable: Some(error.to_string()),
                        ..Content::default()
                    }),
                };
                Finding { item: found.item, task, standing: known.standing.clone(), in_use, content }
            })
            .collect()
    }

    fn content(
        &self,
        found: &Found,
        known: &Known,
        landings: &mut Landings<'_>,
    ) -> Result<Content, GitError> {
        let repository = &self.repository;
        let mut content = Content { checked_out: found.checked_out.clone(), ..Content::default() };
        let commit = match &found.item {
            Item::Trash { .. } | Item::RunFiles { .. } => None,
            Item::Folder { path } => {
                let landed = match &known.standing {
                    Standing::Landed(commit) => Some(commit.clone()),
                    _ => None,
                };
                let commits: Vec<_> = known.submitted.iter().cloned().chain(landed).collect();
                content.empty = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
                    && list(path)?.is_empty();
                if found.owner != Owner::Nothing && !content.empty {
                    content.only_copy = repository.first_not_in(path, &commits)?;
                }
                None
            }
            Item::Worktree { path, head } => {
                let worktree = Worktree::open(repository, path)?;
                content.dirty = worktree.is_dirty()?;
                let submodules = worktree.has_submodules();
                if content.dirty || submodules {
                    content.repository = worktree.inner_repository()?;
                }
                // The submodules' commits of landed work are where others can fetch them; for other work that is not known.
                if submodules && !matches!(known.standing, Standing::Landed(_)) {
                    content.repository.get_or_insert_with(|| PathBuf::from(".gitmodules"));
                }
                Some(head)
            }
            Item::Registration { head, .. } => head.as_ref(),
            Item::Branch { tip, .. } => Some(tip),
            Item::KeptCommit { commit, .. } => Some(commit),
        };
        let Some(commit) = commit.filter(|commit| repository.has_commit(commit)) else {
            // A registration with a branch, or with a commit that is gone, has no content to lose.
            content.branch =
                matches!(found.item, Item::Registration { .. }).then(|| self.base_branch.clone());
            return Ok(content);
        };
        content.branch = self.branch_with(commit, known)?;
        if content.branch.is_some() {
            return Ok(content);
        }
        content.on_agent_branch = repository.is_named(commit)?;
        if let Standing::Landed(landed) = &known.standing {
            content.landing_seen = landings.seen(landed, known.branch.as_deref())?;
            if content.landing_seen == Some(true) {
                content.of_landed_work = self.is_of(commit, landed, known.submitted.as_ref())?;
            }
        }
        Ok(content)
    }

    /// Returns a permanent branch that contains the commit, here or as the remote was last seen.
    fn branch_with(&self, commit: &CommitId, known: &Known) -> Result<Option<String>, GitError> {
        if let Some(branch) = self.repository.branch_with(commit)? {
            return Ok(Some(branch));
        }
        let Some(remote) = &self.remote else { return Ok(None) };
        for branch in known.branch.iter().chain([&self.base_branch]) {
            if let Some(tip) = self.repository.remote_tip(remote, branch)?
                && self.repository.is_ancestor(commit, &tip)?
            {
                return Ok(Some(format!("{remote}/{branch}")));
            }
        }
        Ok(None)
    }

    /// Returns whether a commit is the submitted work that landed, an earlier part of it, or has the same changes.
    fn is_of(
        &self,
        commit: &CommitId,
        landed: &CommitId,
        submitted: Option<&CommitId>,
    ) -> Result<bool, GitError> {
        if let Some(submitted) = submitted.filter(|submitted| self.repository.has_commit(submitted))
            && self.repository.is_ancestor(commit, submitted)?
        {
            return Ok(true);
        }
        Ok(self.repository.seen_in(commit, landed)?.is_some())
    }
}

/// Lookup of landings in the local copy of the base branch. Each branch is fetched at most once.
struct Landings<'a> {
    place: &'a Place,
    /// Whether the remote could be reached, by branch.
    asked: BTreeMap<String, bool>,
}

impl Landings<'_> {
    fn seen(&mut self, landed: &CommitId, branch: Option<&str>) -> Result<Option<bool>, GitError> {
        let branches: Vec<_> = branch.into_iter().chain([&*self.place.base_branch]).collect();
        if self.is_in(landed, &branches)? {
            return Ok(Some(true));
        }
        let Some(remote) = &self.place.remote else { return Ok(Some(false)) };
        for branch in &branches {
            if !self.asked.contains_key(*branch) {
                let fetched = self.place.repository.fetch(remote, branch);
                if let Err(error) = &fetched {
                    tracing::debug!(%error, branch, "a landing could not be looked up");
                }
                self.asked.insert((*branch).to_owned(), fetched.is_ok());
            }
        }
        if self.is_in(landed, &branches)? {
            return Ok(Some(true));
        }
        let reached = branches.iter().all(|branch| self.asked.get(*branch) == Some(&true));
        Ok(reached.then_some(false))
    }

    fn is_in(&self, landed: &CommitId, branches: &[&str]) -> Result<bool, GitError> {
        let repository = &self.place.repository;
        if !repository.has_commit(landed) {
            return Ok(false);
        }
        for branch in branches {
            let here = match repository.base_branch(self.place.remote.as_deref(), branch) {
                Ok(base) => base.tip,
                Err(error) if error.is_branch_missing() => continue,
                Err(error) => return Err(error),
            };
            if repository.is_ancestor(landed, &here)? {
                return Ok(true);
            }
        }
        Ok(repository.branch_with(landed)?.is_some())
    }
}
