//! A task's worktree.

use super::commit::{commit_id, oid};
use super::{GitError, Repository, submodule};
use crate::model::CommitId;
use git2::{IndexAddOption, StatusOptions};
use std::path::{Path, PathBuf};

/// A linked worktree of a repository, with a detached HEAD.
pub struct Worktree {
    pub(super) repository: Repository,
    path: PathBuf,
    /// libgit2's view of it, opened once: opening reads a dozen files.
    library: git2::Repository,
}

impl std::fmt::Debug for Worktree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worktree").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Locks that a process which was killed leaves in a worktree's own folder.
const LOCKS: [&str; 3] = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock"];

impl Repository {
    /// Makes a worktree at a commit. A stale registration of the path is replaced; a folder that is in the way and
    /// holds anything is moved aside and kept (I23).
    ///
    /// # Errors
    /// [`GitError`].
    pub fn worktree_add(&self, path: &Path, commit: &CommitId) -> Result<Worktree, GitError> {
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
        // Twice: once for a path that is registered and gone, once for one that is locked besides.
        self.git.ok(
            self.common(),
            &["worktree", "add", "--quiet", "--force", "--force", "--detach", text, commit.as_str()],
        )?;
        let worktree = Worktree::open(self, path)?;
        submodule::fill(self, path)?;
        Ok(worktree)
    }
}

/// Where a linked worktree's own folder says that it is.
pub(super) fn registered_path(private: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = std::fs::read(private.join("gitdir")).ok()?;
    bytes.truncate(bytes.trim_ascii_end().len());
    // Newer versions of git can write it relative to that folder.
    let file = private.join(std::ffi::OsString::from_vec(bytes));
    file.parent().map(Path::to_owned)
}

/// Whether two paths are one folder; the folder itself may be gone.
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
    /// [`GitError::NotAWorktree`] when the folder is missing, half made, or belongs to another repository.
    pub fn open(repository: &Repository, path: &Path) -> Result<Self, GitError> {
        let wrong =
            || GitError::NotAWorktree { path: path.to_owned(), repository: repository.root().to_owned() };
        let found = git2::Repository::open(path).map_err(|_| wrong())?;
        let common: PathBuf = found.commondir().components().collect();
        let same = match (common.canonicalize(), repository.common().canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => common == repository.common(),
        };
        // The two must point at each other: an agent can write anything into the folder's half of it.
        let mutual = registered_path(found.path()).is_some_and(|registered| is_same(&registered, path));
        // Git locks one that it is still making; a crash leaves it so, with some of the files.
        let half_made = std::fs::read_to_string(found.path().join("locked"))
            .is_ok_and(|reason| reason.trim() == "initializing");
        if !found.is_worktree() || !same || !mutual || half_made || found.head().is_err() {
            return Err(wrong());
        }
        Ok(Self { repository: repository.clone(), path: path.to_owned(), library: found })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its own folder in the repository, with its HEAD, index and locks.
    pub(crate) fn private(&self) -> &Path {
        self.library.path()
    }

    pub(super) fn library(&self) -> &git2::Repository {
        &self.library
    }

    /// The newest commit.
    ///
    /// # Errors
    /// [`GitError::Library`].
    pub fn head(&self) -> Result<CommitId, GitError> {
        Ok(commit_id(self.library().head()?.peel_to_commit()?.id()))
    }

    /// Whether anything is not committed, files that git does not know included, ignored ones not.
    ///
    /// # Errors
    /// [`GitError::Library`].
    pub fn is_dirty(&self) -> Result<bool, GitError> {
        let repository = self.library();
        // The `git` program writes the index too.
        repository.index()?.read(false)?;
        let mut options = StatusOptions::new();
        options.include_untracked(true).include_ignored(false).exclude_submodules(true);
        Ok(!repository.statuses(Some(&mut options))?.is_empty())
    }

    /// Heals what a process that was killed in here left: locks, and a rebase or merge half done. What that had in its
    /// files is kept first (I23).
    ///
    /// # Errors
    /// [`GitError`].
    pub fn recover(&self) -> Result<(), GitError> {
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
            // An agent switched to a branch of its own; the work stays where it is, without holding that branch.
            self.repository.git.ok(&self.path, &["checkout", "--quiet", "--detach"])?;
        }
        Ok(())
    }

    /// Commits everything that is not ignored; none when there is nothing.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn commit_all(&self, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        if !self.is_dirty()? {
            return Ok(None);
        }
        let git = &self.repository.git;
        git.ok(&self.path, &["add", "--all"])?;
        let (name, email);
        let mut arguments = Vec::new();
        if !self.repository.has_identity() {
            name = format!("user.name={agent}");
            email = format!("user.email={agent}@octopoid.invalid");
            arguments.extend(["-c", name.as_str(), "-c", email.as_str()]);
        }
        arguments.extend(["commit", "--quiet", "--no-verify", "-m", message]);
        let printed = git.run(&self.path, &arguments)?;
        if printed.success {
            return Ok(Some(self.head()?));
        }
        // Only the modes or times had changed after all.
        if !self.is_dirty()? {
            return Ok(None);
        }
        Err(GitError::Program { command: "commit".to_owned(), message: printed.complaint() })
    }

    /// Moves to a commit and throws everything else away: keep it first with [`Worktree::save_leftovers`].
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub fn reset_hard(&self, commit: &CommitId) -> Result<(), GitError> {
        let git = &self.repository.git;
        git.ok(&self.path, &["checkout", "--quiet", "--force", "--detach", commit.as_str()])?;
        if self.is_dirty()? {
            git.ok(&self.path, &["clean", "--quiet", "--force", "-d"])?;
        }
        Ok(())
    }

    /// Keeps the present state, committed or not, under `refs/octopoid/kept/`, and gives the name; none when a branch
    /// has it all anyway. Changes nothing in the worktree.
    ///
    /// # Errors
    /// [`GitError::Library`].
    pub fn save_leftovers(&self) -> Result<Option<String>, GitError> {
        let repository = self.library();
        let head = repository.head()?.peel_to_commit()?;
        let dirty = self.is_dirty()?;
        if !dirty && self.repository.is_on_a_branch(&commit_id(head.id()))? {
            return Ok(None);
        }
        let id = if dirty {
            // Only in memory: the index on disk stays as it is.
            let mut index = repository.index()?;
            index.read(true)?;
            index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
            index.update_all(["*"], None)?;
            if index.has_conflicts() {
                let paths: Vec<_> = index
                    .conflicts()?
                    .flatten()
                    .filter_map(|conflict| conflict.our.or(conflict.their).or(conflict.ancestor))
                    .map(|entry| entry.path)
                    .collect();
                for path in paths {
                    let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
                    index.conflict_remove(&path)?;
                    if self.path.join(&path).exists() {
                        index.add_path(&path)?;
                    }
                }
            }
            let tree = repository.find_tree(index.write_tree()?)?;
            let signature = git2::Signature::new("octopoid", "octopoid@octopoid.invalid", &head.time())?;
            repository.commit(None, &signature, &signature, "What was left uncommitted", &tree, &[&head])?
        } else {
            head.id()
        };
        self.repository.keep(&self.path, id).map(Some)
    }
}

impl Repository {
    /// Keeps the commits of a worktree that git still has on its list for this path; making a new one there forgets them.
    fn keep_registered(&self, path: &Path) -> Result<(), GitError> {
        let Ok(entries) = std::fs::read_dir(self.common().join("worktrees")) else { return Ok(()) };
        for entry in entries.flatten() {
            if !registered_path(&entry.path()).is_some_and(|registered| is_same(&registered, path)) {
                continue;
            }
            let head = std::fs::read_to_string(entry.path().join("HEAD")).unwrap_or_default();
            // One that is on a branch has its commits there.
            let Ok(head) = CommitId::new(head.trim()) else { continue };
            if self.has_commit(&head) && !self.is_on_a_branch(&head)? {
                self.keep(path, oid(&head)?)?;
            }
        }
        Ok(())
    }

    /// Gives a commit of a worktree a name, so that no clean-up of git's takes it away.
    pub(super) fn keep(&self, path: &Path, id: git2::Oid) -> Result<String, GitError> {
        let folder = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("refs/octopoid/kept/{folder}-{}", &id.to_string()[..10]);
        self.library()?.reference(&name, id, true, "kept by octopoid")?;
        Ok(name)
    }

    /// Whether a local branch contains the commit.
    pub(super) fn is_on_a_branch(&self, commit: &CommitId) -> Result<bool, GitError> {
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
}
