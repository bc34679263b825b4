//! Items of Octopoid in a repository, and other places that contain the same commits. Used by clean-up.

use super::commit::{commit_id, oid};
use super::worktree::{is_same, registered_path};
use super::{GitError, Repository, Worktree};
use crate::model::CommitId;
use git2::Oid;
use std::fs;
use std::path::{Path, PathBuf};

/// Entry of git's worktree list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    /// Private folder of the worktree in the repository.
    pub(crate) private: PathBuf,
    /// Current or former path of the worktree.
    pub(crate) path: PathBuf,
    /// Newest commit; `None` if a branch is checked out.
    pub(crate) head: Option<CommitId>,
    /// Branch that is checked out.
    pub(crate) branch: Option<String>,
}

/// Prefix of the names of agents' branches, without `refs/heads/`.
pub(crate) const AGENT_BRANCHES: &str = "agent/";

impl Repository {
    /// Returns git's worktree list. Unreadable entries are skipped.
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

    /// Returns whether a registration has no worktree: the folder is gone, or is something else now.
    pub(crate) fn is_stale(&self, registration: &Registration) -> bool {
        let worktree = Worktree::open(self, &registration.path);
        !worktree.is_ok_and(|worktree| is_same(worktree.private(), &registration.private))
    }

    /// Returns the refs whose names match a git pattern, with their commits.
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

    /// Deletes a ref if it points to a commit. It is not an error if the ref does not exist. Returns whether the ref is gone now.
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
            // Fails if the branch is checked out.
            Some(branch) => self.delete_branch(branch)?,
            None => self.library()?.find_reference(name)?.delete()?,
        }
        Ok(true)
    }

    /// Returns a local branch that contains a commit, other than those of agents.
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

    /// Returns whether a local branch of any kind contains a commit.
    pub(crate) fn is_named(&self, commit: &CommitId) -> Result<bool, GitError> {
        self.is_on_a_branch(commit)
    }

    /// Keeps a commit under `refs/octopoid/kept/` and returns the ref.
    pub(crate) fn keep_commit(&self, what: &str, commit: &CommitId) -> Result<String, GitError> {
        self.keep(Path::new(what), oid(commit)?)
    }

    /// Returns the first file of a folder that is not in one of these commits with the same path and content.
    ///
    /// Ignored files do not count, nor does a `.git` file at the top.
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
                    // A nested repository.
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
    /// Returns a repository inside the worktree with content that a commit of the worktree cannot hold.
    ///
    /// That is a nested repository, or a submodule with changes.
    pub(crate) fn inner_repository(&self) -> Result<Option<PathBuf>, GitError> {
        let arguments =
            ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=none"];
        let printed = self.repository.git.ok(self.path(), &arguments)?;
        let mut lines = printed.split('\0');
        while let Some(line) = lines.next() {
            let mut words = line.splitn(9, ' ');
            let found = match words.next() {
                // Files are listed individually, so a path that is listed as a folder is a repository.
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

    /// Returns whether repositories of submodules were created for the worktree, whose commits may exist nowhere else.
    pub(crate) fn has_submodules(&self) -> bool {
        self.private().join("modules").is_dir()
    }
}
