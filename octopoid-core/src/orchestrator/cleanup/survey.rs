//! Survey: the items on this disk and in git that clean-up may remove, identified by name.

use super::item::Item;
use super::plan::Standing;
use crate::git::{AGENT_BRANCHES, GitError, Registration, Repository, TRASH, Worktree};
use crate::model::{CommitId, ProjectId, RunId, TaskId};
use crate::orchestrator::disk::layout::Layout;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Selection of the items to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// All items on this machine.
    All,
    /// Items of these tasks.
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

/// Owner of an item, derived from its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Task(TaskId),
    /// Task that lands a project: the one that submitted this branch.
    Project(ProjectId, String),
    Nothing,
}

/// Item that was found, known only by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) item: Item,
    pub(crate) owner: Owner,
    pub(crate) checked_out: Option<PathBuf>,
}

/// What is known of an owner's task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) task: Option<TaskId>,
    pub(crate) standing: Standing,
    /// Commit that was submitted.
    pub(crate) submitted: Option<CommitId>,
    /// Branch on which the task lands, if it names one.
    pub(crate) branch: Option<String>,
}

impl Known {
    pub(crate) fn nothing(standing: Standing) -> Self {
        Self { task: None, standing, submitted: None, branch: None }
    }
}

/// Repository and folder of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) repository: Repository,
    pub(crate) layout: Layout,
    pub(crate) base_branch: String,
    pub(crate) remote: Option<String>,
}

impl Place {
    /// Returns the items on this machine, identified by their names; what they contain is not examined.
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

    /// Returns the entries of git's worktree list that are in the installation's folder, with their paths under that folder.
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

    /// Returns the folders of runs that have ended: the journal has an entry for each run that has not.
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

    /// Returns the tasks whose runs are in the journal, except for the run `except`.
    pub(crate) fn in_use(&self, except: Option<&RunId>) -> Result<BTreeSet<TaskId>, GitError> {
        let runs = list(&self.layout.runs())?;
        Ok(runs
            .iter()
            .filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".json"))
            .filter(|run| except.is_none_or(|except| except.as_str() != *run))
            .filter_map(|run| TaskId::new(run.rsplit_once('.')?.0).ok())
            .collect())
    }
}

/// Returns the owner of a folder, which has the name of its task; a folder that was moved aside has a longer name.
fn owner_of(path: &Path) -> Owner {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    TaskId::new(&*name).map_or(Owner::Nothing, Owner::Task)
}

/// Returns the owner of a branch: `<task>-<second>`, or `project-<name>-<commit>`.
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

pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, GitError> {
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
