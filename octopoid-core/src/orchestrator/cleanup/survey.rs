//! What is on this disk, and what git knows of it.

use super::item::Item;
use super::plan::{Content, Finding, Standing};
use crate::git::{AGENT_BRANCHES, GitError, Registration, Repository, TRASH, Worktree};
use crate::model::{CommitId, ProjectId, RunId, TaskId};
use crate::orchestrator::layout::Layout;
use crate::orchestrator::run::base;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Whose things to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everything that is here.
    All,
    /// What is here of these tasks.
    Tasks(BTreeSet<TaskId>),
}

impl Whose {
    fn has(&self, task: &TaskId) -> bool {
        match self {
            Whose::All => true,
            Whose::Tasks(tasks) => tasks.contains(task),
        }
    }
}

/// Whose something is, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Task(TaskId),
    /// The task that lands a project: the one that handed in this branch.
    Project(ProjectId, String),
    Nothing,
}

/// One thing, by its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) item: Item,
    pub(crate) owner: Owner,
    pub(crate) checked_out: Option<PathBuf>,
}

/// A task, as far as clean-up is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) task: Option<TaskId>,
    pub(crate) standing: Standing,
    /// The commit that was handed in.
    pub(crate) submitted: Option<CommitId>,
    /// The branch that it lands on, where that is its own.
    pub(crate) branch: Option<String>,
}

impl Known {
    pub(crate) fn nothing(standing: Standing) -> Self {
        Self { task: None, standing, submitted: None, branch: None }
    }
}

/// The repository and the folder of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) repository: Repository,
    pub(crate) layout: Layout,
    pub(crate) base_branch: String,
    pub(crate) remote: Option<String>,
}

impl Place {
    /// What is here, by name. Opens no worktree.
    pub(crate) fn survey(&self, whose: &Whose) -> Result<Vec<Found>, GitError> {
        let registrations = self.registrations()?;
        let mut found = self.folders(whose, &registrations)?;
        let worktrees: BTreeSet<_> = found
            .iter()
            .filter_map(|found| match &found.item {
                Item::Worktree { path, .. } => Some(path.clone()),
                _ => None,
            })
            .collect();
        for registration in registrations {
            let owner = owner_of(&registration.path);
            let wanted = matches!(&owner, Owner::Task(task) if whose.has(task));
            if !wanted || worktrees.contains(&registration.path) || !self.repository.is_stale(&registration) {
                continue;
            }
            let Registration { private, path, head, .. } = registration;
            let item = Item::Registration { entry: private, path, head };
            found.push(Found { item, owner, checked_out: None });
        }
        found.extend(self.branches(whose)?);
        if *whose == Whose::All {
            for (name, commit) in self.repository.references("refs/octopoid/kept/*")? {
                let item = Item::KeptCommit { name, commit };
                found.push(Found { item, owner: Owner::Nothing, checked_out: None });
            }
            found.extend(self.run_files()?);
        }
        Ok(found)
    }

    /// The entries of git's list that lie in our folder, under the paths by which we know them.
    fn registrations(&self) -> Result<Vec<Registration>, GitError> {
        let folder = self.layout.worktrees();
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let ours = |mut registration: Registration| {
            let parent = registration.path.parent()?;
            if parent != folder && parent.canonicalize().ok()? != real {
                return None;
            }
            registration.path = folder.join(registration.path.file_name()?);
            Some(registration)
        };
        Ok(self.repository.registrations()?.into_iter().filter_map(ours).collect())
    }

    fn folders(&self, whose: &Whose, registrations: &[Registration]) -> Result<Vec<Found>, GitError> {
        let folder = self.layout.worktrees();
        let paths: Vec<PathBuf> = match whose {
            Whose::All => list(&folder)?,
            Whose::Tasks(tasks) => tasks.iter().map(|task| self.layout.worktree(task)).collect(),
        };
        let mut found = Vec::new();
        for path in paths {
            if path.file_name().is_some_and(|name| name == TRASH) {
                let trash =
                    |path| Found { item: Item::Trash { path }, owner: Owner::Nothing, checked_out: None };
                match fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
                    true => found.extend(list(&path)?.into_iter().map(trash)),
                    false => found.push(Found { item: Item::Folder { path }, ..trash(PathBuf::new()) }),
                }
                continue;
            }
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let owner = match metadata.is_dir() {
                true => owner_of(&path),
                false => Owner::Nothing,
            };
            let registered = registrations.iter().any(|registration| registration.path == path);
            let head = match registered && metadata.is_dir() {
                true => Worktree::open(&self.repository, &path).ok().and_then(|tree| tree.head().ok()),
                false => None,
            };
            let item = match head {
                Some(head) => Item::Worktree { path, head },
                None => Item::Folder { path },
            };
            found.push(Found { item, owner, checked_out: None });
        }
        Ok(found)
    }

    fn branches(&self, whose: &Whose) -> Result<Vec<Found>, GitError> {
        let mut places = vec![format!("refs/heads/{AGENT_BRANCHES}")];
        places.extend(self.remote.iter().map(|remote| format!("refs/remotes/{remote}/{AGENT_BRANCHES}")));
        let mut found = Vec::new();
        for place in places {
            let patterns: Vec<_> = match whose {
                Whose::All => vec![format!("{place}*")],
                Whose::Tasks(tasks) => tasks
                    .iter()
                    .map(|task| format!("{place}{task}-*"))
                    .chain([format!("{place}project-*")])
                    .collect(),
            };
            for pattern in patterns {
                for (name, tip) in self.repository.references(&pattern)? {
                    let owner = owner_of_branch(&name[place.len()..]);
                    let wanted = match &owner {
                        Owner::Task(task) => whose.has(task),
                        Owner::Project(..) => true,
                        Owner::Nothing => false,
                    };
                    let known = found.iter().any(|found: &Found| found.item.place() == name);
                    if wanted && !known {
                        found.push(Found { item: Item::Branch { name, tip }, owner, checked_out: None });
                    }
                }
            }
        }
        if found.is_empty() {
            return Ok(found);
        }
        let mut checked_out: BTreeMap<_, _> = self
            .repository
            .registrations()?
            .into_iter()
            .filter_map(|registration| {
                let path = match self.layout.worktrees().join(registration.path.file_name()?) {
                    ours if ours.canonicalize().ok() == registration.path.canonicalize().ok() => ours,
                    _ => registration.path.clone(),
                };
                Some((registration.branch?, path))
            })
            .collect();
        if let Some(branch) = self.repository.current_branch()? {
            checked_out.insert(branch, self.repository.root().to_owned());
        }
        for found in &mut found {
            let Item::Branch { name, .. } = &found.item else { continue };
            found.checked_out =
                name.strip_prefix("refs/heads/").and_then(|name| checked_out.get(name)).cloned();
        }
        Ok(found)
    }

    /// Folders of runs that have ended: the journal has an entry for each that has not.
    fn run_files(&self) -> Result<Vec<Found>, GitError> {
        let all = list(&self.layout.runs())?;
        let is_known = |path: &Path| {
            let entry = |ending: &str| {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                fs::symlink_metadata(PathBuf::from(name)).is_ok()
            };
            entry(".json") || entry(".json.damaged")
        };
        let files = all.into_iter().filter(|path| path.is_dir() && !path.is_symlink() && !is_known(path));
        Ok(files
            .map(|path| Found { item: Item::RunFiles { path }, owner: Owner::Nothing, checked_out: None })
            .collect())
    }

    /// The tasks whose runs the journal has, other than this one.
    pub(crate) fn in_use(&self, except: Option<&RunId>) -> Result<BTreeSet<TaskId>, GitError> {
        let runs = list(&self.layout.runs())?;
        Ok(runs
            .iter()
            .filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".json"))
            .filter(|run| except.is_none_or(|except| except.as_str() != *run))
            .filter_map(|run| TaskId::new(run.rsplit_once('.')?.0).ok())
            .collect())
    }

    /// Looks closely at what may be removed: at what belongs to tasks that will go on, only its name counts.
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
                // What landed has its submodules' commits where others can get them; nothing says so of other work.
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
            // A registration with a branch, or with a commit that is gone, has nothing to lose.
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

    /// A branch that stays and contains the commit, here or as the remote was last seen.
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

    /// Whether a commit is what was handed in and landed, an earlier part of that, or the same changes.
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

/// Which landings are in the base branch here. Each branch is fetched at most once.
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
            let here = match base(repository, self.place.remote.as_deref(), branch) {
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

/// A folder is named after its task; one that was moved aside has the task's name and more.
fn owner_of(path: &Path) -> Owner {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    TaskId::new(&*name).map_or(Owner::Nothing, Owner::Task)
}

/// Whose a branch is: `<task>-<second>`, or `project-<name>-<commit>`.
fn owner_of_branch(name: &str) -> Owner {
    let Some((who, end)) = name.rsplit_once('-') else { return Owner::Nothing };
    if end.len() == 14 && end.bytes().all(|byte| byte.is_ascii_digit()) {
        return TaskId::new(who).map_or(Owner::Nothing, Owner::Task);
    }
    let project = who.strip_prefix("project-").and_then(|name| ProjectId::new(name).ok());
    match project {
        Some(project) if end.len() == 10 && end.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Owner::Project(project, format!("{AGENT_BRANCHES}{name}"))
        }
        _ => Owner::Nothing,
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, GitError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(GitError::io(folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(GitError::io(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_told_by_their_names() {
        let task = |name: &str| Owner::Task(TaskId::new(name).unwrap());
        assert_eq!(owner_of_branch("task-7-20231114221320"), task("task-7"));
        assert_eq!(owner_of_branch("fix-a-b-20231114221320"), task("fix-a-b"));
        assert!(
            matches!(owner_of_branch("project-web-0123456789"), Owner::Project(name, _) if name.as_str() == "web")
        );
        for foreign in ["mine", "task-7", "task-7-2023", "project-web-main", "a/b-20231114221320"] {
            assert_eq!(owner_of_branch(foreign), Owner::Nothing, "{foreign}");
        }
    }
}
