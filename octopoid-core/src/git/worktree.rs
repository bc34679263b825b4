//! Worktrees of tasks.

use super::commit::{commit_id, oid};
use super::program::failed;
use super::repository::open_objects;
use super::{GitError, Repository, Status, status, submodule};
use crate::model::CommitId;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Linked worktree of a repository, with a detached HEAD.
pub(crate) struct Worktree {
    pub(super) repository: Repository,
    path: PathBuf,
    /// Handle of libgit2, opened once, because opening reads a dozen files.
    library: git2::Repository,
}

impl std::fmt::Debug for Worktree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worktree").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Lock files that a killed process leaves in a worktree's private folder.
const LOCKS: [&str; 3] = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock"];

/// File in a worktree's private folder that marks the worktree as ready for use.
const READY: &str = "octopoid-ready";

/// File in a worktree's private folder with the id of the task that the worktree was created for.
const OWNER: &str = "octopoid-task";

impl Repository {
    /// Returns whether git ignores a path in a checkout.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn ignores(&self, checkout: &Path, path: &Path) -> Result<bool, GitError> {
        let arguments: [&OsStr; 4] =
            ["check-ignore".as_ref(), "--quiet".as_ref(), "--".as_ref(), path.as_ref()];
        Ok(self.git.run(checkout, &arguments)?.success)
    }

    /// Creates a worktree at a commit.
    ///
    /// A stale registration of the path is replaced; a non-empty folder in the way is moved aside and kept (I23).
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn worktree_add(&self, path: &Path, commit: &CommitId) -> Result<Worktree, GitError> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(GitError::io(parent))?;
        }
        if std::fs::symlink_metadata(path).is_ok() && std::fs::remove_dir(path).is_err() {
            move_aside(path)?;
        }
        let text = path.to_str().ok_or_else(|| GitError::Io {
            path: path.to_owned(),
            source: std::io::Error::other("the path is not UTF-8"),
        })?;
        self.keep_registered(path)?;
        // `--force` twice: once for a path that is registered but missing, once more in case it is locked.
        self.git.ok(
            self.common(),
            &["worktree", "add", "--quiet", "--force", "--force", "--detach", text, commit.as_str()],
        )?;
        let worktree = Worktree::open(self, path)?;
        submodule::fill(self, path)?;
        Ok(worktree)
    }
}

/// Returns the path that is recorded in a linked worktree's private folder.
pub(super) fn registered_path(private: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = std::fs::read(private.join("gitdir")).ok()?;
    bytes.truncate(bytes.trim_ascii_end().len());
    // Newer versions of git may write it relative to that folder.
    let file = private.join(std::ffi::OsString::from_vec(bytes));
    file.parent().map(Path::to_owned)
}

/// Returns whether two paths are the same folder; the folder itself may be missing.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        let (parent, name) = (path.parent()?.canonicalize().ok()?, path.file_name()?);
        Some(parent.join(name))
    };
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

fn move_aside(path: &Path) -> Result<(), GitError> {
    for number in 1u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".kept-{number}"));
        let aside = PathBuf::from(name);
        if std::fs::symlink_metadata(&aside).is_err() {
            tracing::warn!(path = %path.display(), aside = %aside.display(), "a folder in the way was moved aside");
            return std::fs::rename(path, &aside).map_err(GitError::io(path));
        }
    }
    Ok(())
}

impl Worktree {
    /// Opens a worktree of a repository.
    ///
    /// # Errors
    /// Returns [`GitError::NotAWorktree`] if the folder is missing, incompletely created, or belongs to another repository.
    pub(crate) fn open(repository: &Repository, path: &Path) -> Result<Self, GitError> {
        let wrong =
            || GitError::NotAWorktree { path: path.to_owned(), repository: repository.root().to_owned() };
        let found = open_objects(path).map_err(|_| wrong())?;
        let common: PathBuf = found.commondir().components().collect();
        let same = match (common.canonicalize(), repository.common().canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => common == repository.common(),
        };
        // The two must point at each other, because an agent can write anything into the worktree's `.git` file.
        let mutual = registered_path(found.path()).is_some_and(|registered| is_same(&registered, path));
        // Git locks a worktree while creating it; a crash leaves it locked, with some of the files.
        let half_made = std::fs::read_to_string(found.path().join("locked"))
            .is_ok_and(|reason| reason.trim() == "initializing");
        if !found.is_worktree() || !same || !mutual || half_made || found.head().is_err() {
            return Err(wrong());
        }
        Ok(Self { repository: repository.clone(), path: path.to_owned(), library: found })
    }

    /// Returns the folder of the worktree.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the repository that the worktree belongs to.
    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns the worktree's private folder in the repository, with its HEAD, index and locks.
    pub(crate) fn private(&self) -> &Path {
        self.library.path()
    }

    pub(super) fn library(&self) -> &git2::Repository {
        &self.library
    }

    /// Returns the newest commit.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails.
    pub(crate) fn head(&self) -> Result<CommitId, GitError> {
        Ok(commit_id(self.library().head()?.peel_to_commit()?.id()))
    }

    /// Returns whether there are uncommitted changes: untracked files count, ignored ones do not.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn is_dirty(&self) -> Result<bool, GitError> {
        status::is_dirty(&self.repository.git, &self.path)
    }

    /// Returns the differences between the worktree and its newest commit.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn status(&self) -> Result<Status, GitError> {
        status::status(&self.repository.git, &self.path, status::Scope::Everything)
    }

    /// Rebuilds the index from the newest commit, discarding its old entries, and returns how the files differ from the commit.
    ///
    /// Afterwards nothing that an agent put into the index, such as `--skip-worktree`, `--assume-unchanged` or the time and size
    /// of another file, can hide a change: every file is read and compared. Staged changes become changes of the files; content
    /// that was only staged is lost.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn rebuild_index(&self) -> Result<Status, GitError> {
        let git = &self.repository.git;
        git.ok(&self.path, &["read-tree", "HEAD"])?;
        if self.is_sparse()? {
            git.ok(&self.path, &["sparse-checkout", "reapply"])?;
        }
        self.status()
    }

    /// Writes files to the worktree as they are in a commit. The index and HEAD do not change.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn show_files_of(&self, commit: &CommitId, files: &[PathBuf]) -> Result<(), GitError> {
        let source = format!("--source={commit}");
        let options = ["--literal-pathspecs", "restore", "--quiet", "--worktree", &source, "--"];
        let mut arguments: Vec<&OsStr> = options.into_iter().map(OsStr::new).collect();
        arguments.extend(files.iter().map(|file| file.as_os_str()));
        self.repository.git.ok(&self.path, &arguments).map(drop)
    }

    /// Returns whether [`Worktree::set_ready`] was called for the worktree.
    pub(crate) fn is_ready(&self) -> bool {
        self.private().join(READY).exists()
    }

    /// Marks the worktree as ready for use.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn set_ready(&self) -> Result<(), GitError> {
        let path = self.private().join(READY);
        std::fs::write(&path, "").map_err(GitError::io(path))
    }

    /// Returns the task that the worktree was created for, as recorded by [`Worktree::set_owner`].
    pub(crate) fn owner(&self) -> Option<String> {
        std::fs::read_to_string(self.private().join(OWNER)).ok()
    }

    /// Records the task that the worktree was created for.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn set_owner(&self, task: &str) -> Result<(), GitError> {
        let path = self.private().join(OWNER);
        std::fs::write(&path, task).map_err(GitError::io(path))
    }

    pub(super) fn is_sparse(&self) -> Result<bool, GitError> {
        // Only a worktree with its own patterns can be sparse, and most have none: no need to run git.
        if !self.private().join("info/sparse-checkout").exists() {
            return Ok(false);
        }
        let arguments = ["config", "--type=bool", "--get", "core.sparseCheckout"];
        Ok(self.repository.git.run(&self.path, &arguments)?.text().trim() == "true")
    }

    /// Repairs what a killed process left in the worktree: lock files, and an unfinished rebase or merge.
    ///
    /// Its changes to files are kept first (I23).
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn recover(&self) -> Result<(), GitError> {
        for lock in LOCKS {
            match std::fs::remove_file(self.private().join(lock)) {
                Ok(()) => {
                    tracing::info!(worktree = %self.path.display(), lock, "removed a lock that was left")
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(GitError::io(self.private().join(lock))(error)),
            }
        }
        let left = |name: &str| self.private().join(name).exists();
        if left("rebase-merge") || left("rebase-apply") {
            self.save_leftovers()?;
            let git = &self.repository.git;
            let command = if left("rebase-apply/applying") { "am" } else { "rebase" };
            if !git.run(&self.path, &[command, "--abort"])?.success {
                git.ok(&self.path, &[command, "--quit"])?;
                git.ok(&self.path, &["reset", "--quiet", "--hard"])?;
            }
        } else if left("MERGE_HEAD") || left("CHERRY_PICK_HEAD") || left("REVERT_HEAD") {
            self.save_leftovers()?;
            self.repository.git.ok(&self.path, &["reset", "--quiet", "--hard"])?;
        }
        if self.library().head().is_ok_and(|head| head.is_branch()) {
            // An agent switched to another branch; the worktree stays at its commit, without occupying that branch.
            self.repository.git.ok(&self.path, &["checkout", "--quiet", "--detach"])?;
        }
        Ok(())
    }

    /// Commits everything that is not ignored, with the agent as the author; returns `None` if there is nothing to commit.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn commit_all(&self, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        if !self.is_dirty()? {
            return Ok(None);
        }
        self.commit_added("--all", message, agent)
    }

    /// Like [`Worktree::commit_all`], without untracked files.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn commit_tracked(&self, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        if self.status()?.changed.is_empty() {
            return Ok(None);
        }
        self.commit_added("--update", message, agent)
    }

    fn commit_added(&self, what: &str, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        let git = &self.repository.git;
        // Includes files outside of a sparse checkout.
        git.ok(&self.path, &["add", "--sparse", what])?;
        let email = format!("{agent}@octopoid.invalid");
        let author = format!("--author={agent} <{email}>");
        let (name, email) = (format!("user.name={agent}"), format!("user.email={email}"));
        let mut arguments = Vec::new();
        if !self.repository.has_identity() {
            arguments.extend(["-c", name.as_str(), "-c", email.as_str()]);
        }
        arguments.extend(["commit", "--quiet", "--no-verify", &author, "-m", message]);
        let printed = git.run(&self.path, &arguments)?;
        if printed.success {
            return Ok(Some(self.head()?));
        }
        // Only modes or times had changed.
        if !self.is_dirty()? {
            return Ok(None);
        }
        Err(failed(&arguments, &printed))
    }

    /// Moves to a commit and discards everything else; call [`Worktree::save_leftovers`] first to keep it.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if git fails.
    pub(crate) fn reset_hard(&self, commit: &CommitId) -> Result<(), GitError> {
        let git = &self.repository.git;
        git.ok(&self.path, &["checkout", "--quiet", "--force", "--detach", commit.as_str()])?;
        if self.is_dirty()? {
            // `--force` twice: nested repositories are removed too.
            git.ok(&self.path, &["clean", "--quiet", "--force", "--force", "-d"])?;
        }
        self.reset_submodules()?;
        submodule::fill(&self.repository, &self.path)
    }
}

impl Repository {
    /// Keeps the commits of a worktree that git still lists for this path; creating a new one there would lose them.
    fn keep_registered(&self, path: &Path) -> Result<(), GitError> {
        let Ok(entries) = std::fs::read_dir(self.common().join("worktrees")) else { return Ok(()) };
        for entry in entries.flatten() {
            if !registered_path(&entry.path()).is_some_and(|registered| is_same(&registered, path)) {
                continue;
            }
            let head = std::fs::read_to_string(entry.path().join("HEAD")).unwrap_or_default();
            // A branch that is checked out keeps its own commits.
            let Ok(head) = CommitId::new(head.trim()) else { continue };
            if self.has_commit(&head) && !self.is_on_a_branch(&head)? {
                self.keep(path, oid(&head)?)?;
            }
        }
        Ok(())
    }

    /// Keeps a commit of a worktree under a ref, so that git's garbage collection does not remove it.
    pub(super) fn keep(&self, path: &Path, id: git2::Oid) -> Result<String, GitError> {
        let folder = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("refs/octopoid/kept/{folder}-{}", &id.to_string()[..10]);
        self.library()?.reference(&name, id, true, "kept by octopoid")?;
        self.own_moves.note(&name, Some(&commit_id(id)));
        Ok(name)
    }
}
