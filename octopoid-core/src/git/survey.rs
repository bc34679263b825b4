//! What of Octopoid's is in a repository, and where else the same commits are.

use super::commit::{commit_id, oid};
use super::worktree::{is_same, registered_path};
use super::{GitError, Repository, Worktree};
use crate::model::CommitId;
use git2::Oid;
use std::fs;
use std::path::{Path, PathBuf};

/// An entry of git's list of worktrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    /// Its folder in the repository.
    pub(crate) private: PathBuf,
    /// Where its worktree is, or was.
    pub(crate) path: PathBuf,
    /// Its newest commit; none where a branch is checked out.
    pub(crate) head: Option<CommitId>,
    /// The branch that is checked out.
    pub(crate) branch: Option<String>,
}

/// The names of the branches of agents, without `refs/heads/`.
pub(crate) const AGENT_BRANCHES: &str = "agent/";

impl Repository {
    /// Git's list of worktrees. An entry that cannot be read is not on it.
    pub(crate) fn registrations(&self) -> Result<Vec<Registration>, GitError> {
        let folder = self.common().join("worktrees");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(GitError::io(&folder)(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let private = entry.map_err(GitError::io(&folder))?.path();
            let Some(path) = registered_path(&private) else { continue };
            let head = fs::read_to_string(private.join("HEAD")).unwrap_or_default();
            let branch = head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned);
            all.push(Registration { path, head: CommitId::new(head.trim()).ok(), branch, private });
        }
        all.sort_by(|one, other| one.private.cmp(&other.private));
        Ok(all)
    }

    /// Whether a registration belongs to no worktree: its folder is gone, or is something else by now.
    pub(crate) fn is_stale(&self, registration: &Registration) -> bool {
        let worktree = Worktree::open(self, &registration.path);
        !worktree.is_ok_and(|worktree| is_same(worktree.private(), &registration.private))
    }

    /// The references whose names match a pattern of git's, with their commits.
    pub(crate) fn references(&self, pattern: &str) -> Result<Vec<(String, CommitId)>, GitError> {
        let library = self.library()?;
        let mut found = Vec::new();
        for reference in library.references_glob(pattern)? {
            let reference = reference?;
            let (Ok(name), Ok(commit)) = (reference.name(), reference.peel_to_commit()) else { continue };
            found.push((name.to_owned(), commit_id(commit.id())));
        }
        found.sort();
        Ok(found)
    }

    /// Deletes a reference as long as it is at a commit; one that is gone is fine. Returns whether it is
    /// gone now.
    pub(crate) fn delete_reference(&self, name: &str, at: &CommitId) -> Result<bool, GitError> {
        let there = {
            let library = self.library()?;
            match library.find_reference(name) {
                Ok(reference) => commit_id(reference.peel_to_commit()?.id()),
                Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        };
        if there != *at {
            return Ok(false);
        }
        match name.strip_prefix("refs/heads/") {
            // Refused where it is checked out.
            Some(branch) => self.delete_branch(branch)?,
            None => self.library()?.find_reference(name)?.delete()?,
        }
        Ok(true)
    }

    /// A local branch that contains a commit, other than those of agents.
    pub(crate) fn branch_with(&self, commit: &CommitId) -> Result<Option<String>, GitError> {
        let library = self.library()?;
        let wanted = oid(commit)?;
        if library.find_commit(wanted).is_err() {
            return Ok(None);
        }
        for branch in library.branches(Some(git2::BranchType::Local))? {
            let branch = branch?.0;
            let Ok(Some(name)) = branch.name() else { continue };
            let Some(tip) = branch.get().target().filter(|_| !name.starts_with(AGENT_BRANCHES)) else {
                continue;
            };
            if tip == wanted || library.graph_descendant_of(tip, wanted)? {
                return Ok(Some(name.to_owned()));
            }
        }
        Ok(None)
    }

    /// Whether a local branch of any kind contains a commit.
    pub(crate) fn is_named(&self, commit: &CommitId) -> Result<bool, GitError> {
        self.is_on_a_branch(commit)
    }

    /// Gives a commit a name under `refs/octopoid/kept/`, which is returned.
    pub(crate) fn keep_commit(&self, what: &str, commit: &CommitId) -> Result<String, GitError> {
        self.keep(Path::new(what), oid(commit)?)
    }

    /// The first file of a folder that is not in one of these commits under the same path with the same content. What the
    /// repository ignores does not count, nor does a `.git` file at the top.
    pub(crate) fn first_not_in(
        &self,
        folder: &Path,
        commits: &[CommitId],
    ) -> Result<Option<PathBuf>, GitError> {
        let library = self.library()?;
        let mut trees = Vec::new();
        for commit in commits.iter().filter(|commit| self.has_commit(commit)) {
            trees.push(library.find_commit(oid(commit)?)?.tree()?);
        }
        let known = |path: &Path, id: Oid| {
            trees.iter().any(|tree| tree.get_path(path).is_ok_and(|entry| entry.id() == id))
        };
        let mut open = vec![PathBuf::new()];
        while let Some(inner) = open.pop() {
            let here = folder.join(&inner);
            for entry in fs::read_dir(&here).map_err(GitError::io(&here))? {
                let entry = entry.map_err(GitError::io(&here))?;
                let (path, kind) = (inner.join(entry.file_name()), entry.file_type());
                let kind = kind.map_err(GitError::io(&here))?;
                if entry.file_name() == ".git" {
                    // A repository of its own.
                    if kind.is_dir() || inner != Path::new("") {
                        return Ok(Some(path));
                    }
                    continue;
                }
                if library.is_path_ignored(&path).unwrap_or(false) {
                    continue;
                }
                if kind.is_dir() {
                    open.push(path);
                    continue;
                }
                let content = match kind.is_symlink() {
                    true => fs::read_link(entry.path())
                        .map(|target| std::os::unix::ffi::OsStringExt::into_vec(target.into_os_string())),
                    false if kind.is_file() => fs::read(entry.path()),
                    false => return Ok(Some(path)),
                };
                let content = content.map_err(GitError::io(&entry.path()))?;
                if !known(&path, Oid::hash_object(git2::ObjectType::Blob, &content)?) {
                    return Ok(Some(path));
                }
            }
        }
        Ok(None)
    }
}

impl Worktree {
    /// A repository inside the worktree that holds something which a commit of the worktree cannot hold: one that git does
    /// not know, or a submodule with changes of its own.
    pub(crate) fn inner_repository(&self) -> Result<Option<PathBuf>, GitError> {
        let arguments =
            ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=none"];
        let printed = self.repository.git.ok(self.path(), &arguments)?;
        let mut lines = printed.split('\0');
        while let Some(line) = lines.next() {
            let mut words = line.splitn(9, ' ');
            let found = match words.next() {
                // Files are listed one by one, so what is listed as a folder is a repository.
                Some("?") => line[2..].strip_suffix('/'),
                Some(kind @ ("1" | "2")) => {
                    let submodule = words.nth(1).unwrap_or_default();
                    let path = words.nth(5);
                    if kind == "2" {
                        lines.next();
                    }
                    path.filter(|_| submodule.starts_with('S') && submodule != "S...")
                }
                _ => None,
            };
            if let Some(path) = found {
                return Ok(Some(PathBuf::from(path)));
            }
        }
        Ok(None)
    }

    /// Whether repositories of submodules were made for it, whose commits may be nowhere else.
    pub(crate) fn has_submodules(&self) -> bool {
        self.private().join("modules").is_dir()
    }
}
