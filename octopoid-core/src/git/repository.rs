//! A repository and its branches.

use super::commit::{commit_id, oid, tree_id};
use super::own_moves::OwnMoves;
use super::{Git, GitError};
use crate::model::{CommitId, TreeId};
use git2::{BranchType, ErrorCode};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Git repository: its location, and how the `git` program is run on it. Cheap to clone.
#[derive(Clone)]
pub struct Repository {
    root: PathBuf,
    common: PathBuf,
    /// Main checkout, which a repository folder in another place does not record.
    main: Option<PathBuf>,
    pub(super) git: Git,
    /// Unused handles of libgit2. A handle serves one thread at a time, and opening one reads a dozen files.
    idle: Arc<Mutex<Vec<git2::Repository>>>,
    /// Flag that is set once git was found to have an identity.
    pub(super) identity: Arc<OnceLock<()>>,
    /// Ref moves made by the orchestrator, as opposed to an agent or a user.
    pub(super) own_moves: Arc<OwnMoves>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("root", &self.root)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// Handle of libgit2 that is returned to the pool when dropped.
pub(super) struct Library {
    handle: Option<git2::Repository>,
    idle: Arc<Mutex<Vec<git2::Repository>>>,
}

impl Deref for Library {
    type Target = git2::Repository;

    fn deref(&self) -> &git2::Repository {
        match &self.handle {
            Some(handle) => handle,
            None => unreachable!("the handle is only taken when this is dropped"),
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.handle.take());
    }
}

/// Opens a repository for its objects and refs. Its index is not read, because libgit2 does not support all index formats of git.
pub(super) fn open_objects(path: &Path) -> Result<git2::Repository, git2::Error> {
    let opened = git2::Repository::open(path)?;
    opened.set_index(&mut git2::Index::new()?)?;
    Ok(opened)
}

impl Repository {
    /// Opens the repository of a folder, which may be its checkout, anything below that, a linked worktree, or a bare repository.
    ///
    /// # Errors
    /// Returns [`GitError::NotARepository`] if the folder is in no repository.
    pub fn open(path: impl AsRef<Path>, git: Git) -> Result<Self, GitError> {
        let path = path.as_ref();
        // Opened from the checkout, so that the checkout is known even if the repository folder is in another place.
        let (flags, no_end) = (git2::RepositoryOpenFlags::empty(), [] as [&std::ffi::OsStr; 0]);
        let found = git2::Repository::open_ext(path, flags, no_end).map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::NotARepository { path: path.to_owned() },
            _ => GitError::from(error),
        })?;
        let common = found.commondir().to_owned();
        let root = found.workdir().unwrap_or_else(|| found.path()).to_owned();
        // If opened from a linked worktree, the repository's configuration may give the main checkout.
        let main = match found.is_worktree() {
            true => git2::Repository::open(&common)?.workdir().map(Path::to_owned),
            false => found.workdir().map(Path::to_owned),
        };
        // libgit2 returns folders with a trailing slash.
        Ok(Self {
            main: main.map(|main| main.components().collect()),
            root: root.components().collect(),
            common: common.components().collect(),
            git,
            idle: Arc::default(),
            identity: Arc::default(),
            own_moves: Arc::default(),
        })
    }

    /// Returns the folder of the checkout, or the repository itself if it is bare.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the main checkout; `None` for a bare repository.
    pub(super) fn main_checkout(&self) -> Option<&Path> {
        self.main.as_deref()
    }

    /// Returns the common folder, which all worktrees share: refs, objects, configuration, hooks.
    pub fn common(&self) -> &Path {
        &self.common
    }

    pub(super) fn library(&self) -> Result<Library, GitError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => open_objects(&self.common)?,
        };
        Ok(Library { handle: Some(handle), idle: self.idle.clone() })
    }

    /// Returns whether the repository is bare.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub fn is_bare(&self) -> Result<bool, GitError> {
        Ok(self.library()?.is_bare())
    }

    /// Returns the branch that is checked out; `None` if HEAD is detached or there is no commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub fn current_branch(&self) -> Result<Option<String>, GitError> {
        let repository = git2::Repository::open(&self.root)?;
        match repository.head() {
            Ok(head) if head.is_branch() => Ok(head.shorthand().ok().map(str::to_owned)),
            Ok(_) => Ok(None),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the names of the remotes.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub fn remotes(&self) -> Result<Vec<String>, GitError> {
        let repository = self.library()?;
        let names = repository.remotes()?;
        Ok(names.iter().flatten().flatten().map(str::to_owned).collect())
    }

    /// Returns the newest commit of a branch.
    ///
    /// # Errors
    /// Returns [`GitError::Empty`] if the repository has no commit, and [`GitError::BranchMissing`] if the branch does not exist.
    pub fn tip(&self, branch: &str) -> Result<CommitId, GitError> {
        let repository = self.library()?;
        match repository.find_branch(branch, BranchType::Local) {
            Ok(found) => Ok(commit_id(found.get().peel_to_commit()?.id())),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => {
                if repository.branches(Some(BranchType::Local))?.next().is_none() {
                    return Err(GitError::Empty { path: self.root.clone() });
                }
                Err(GitError::BranchMissing { branch: branch.to_owned(), path: self.root.clone() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the newest commit of a remote's branch, as last fetched.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn remote_tip(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, GitError> {
        let repository = self.library()?;
        match repository.find_reference(&format!("refs/remotes/{remote}/{branch}")) {
            Ok(found) => Ok(Some(commit_id(found.peel_to_commit()?.id()))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether the repository contains the commit.
    pub fn has_commit(&self, commit: &CommitId) -> bool {
        let Ok(repository) = self.library() else { return false };
        oid(commit).is_ok_and(|id| repository.find_commit(id).is_ok())
    }

    /// Returns the tree of a commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn tree_of(&self, commit: &CommitId) -> Result<TreeId, GitError> {
        Ok(tree_id(self.library()?.find_commit(oid(commit)?)?.tree_id()))
    }

    /// Creates a branch, or moves it.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, for example because the branch is checked out.
    pub(crate) fn set_branch(&self, name: &str, commit: &CommitId) -> Result<(), GitError> {
        let repository = self.library()?;
        let target = repository.find_commit(oid(commit)?)?;
        repository.branch(name, &target, true)?;
        self.own_moves.note(&format!("refs/heads/{name}"), Some(commit));
        Ok(())
    }

    /// Deletes a branch. It is not an error if the branch does not exist.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn delete_branch(&self, name: &str) -> Result<(), GitError> {
        match self.library()?.find_branch(name, BranchType::Local) {
            Ok(mut branch) => {
                branch.delete()?;
                self.own_moves.note(&format!("refs/heads/{name}"), None);
                Ok(())
            }
            Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
