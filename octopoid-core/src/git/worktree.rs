//! A task's worktree.

use super::commit::{commit_id, oid};
use super::program::failed;
use super::repository::open_objects;
use super::{GitError, Repository, Status, status, submodule};
use crate::model::CommitId;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A linked worktree of a repository, with a detached HEAD.
pub(crate) struct Worktree {
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

/// The file in a worktree's own folder that says that the worktree is ready for use.
const READY: &str = "octopoid-ready";

/// The file in a worktree's own folder that says which task it was made for.
const OWNER: &str = "octopoid-task";

impl Repository {
    /// Returns whether git ignores a path in a checkout.
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn ignores(&self, checkout: &Path, path: &Path) -> Result<bool, GitError> {
        let arguments: [&OsStr; 4] =
            ["check-ignore".as_ref(), "--quiet".as_ref(), "--".as_ref(), path.as_ref()];
        Ok(self.git.run(checkout, &arguments)?.success)
    }

    /// Makes a worktree at a commit. A stale registration of the path is replaced; a folder that is in the way and
    /// holds anything is moved aside and kept (I23).
    ///
    /// # Errors
    /// [`GitError`].
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
    pub(crate) fn open(repository: &Repository, path: &Path) -> Result<Self, GitError> {
        let wrong =
            || GitError::NotAWorktree { path: path.to_owned(), repository: repository.root().to_owned() };
        let found = open_objects(path).map_err(|_| wrong())?;
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
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The repository that it belongs to.
    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
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
    pub(crate) fn head(&self) -> Result<CommitId, GitError> {
        Ok(commit_id(self.library().head()?.peel_to_commit()?.id()))
    }

    /// Returns whether anything is not committed: untracked files count, ignored ones do not.
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn is_dirty(&self) -> Result<bool, GitError> {
        status::is_dirty(&self.repository.git, &self.path)
    }

    /// Returns how it differs from its newest commit.
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn status(&self) -> Result<Status, GitError> {
        status::status(&self.repository.git, &self.path, status::Scope::Everything)
    }

    /// Makes the index from the newest commit, without its old entries, and returns how the files differ from it.
    ///
    /// What an agent has put into the index, such as `--skip-worktree`, `--assume-unchanged` or the time and size of another
    /// file, hides nothing afterwards: every file is read and compared. Staged changes become changes of the files; what was
    /// only staged is gone.
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn rebuild_index(&self) -> Result<Status, GitError> {
        let git = &self.repository.git;
        git.ok(&self.path, &["read-tree", "HEAD"])?;
        if self.is_sparse()? {
            git.ok(&self.path, &["sparse-checkout", "reapply"])?;
        }
        self.status()
    }

    /// Puts files into the worktree as a commit has them. The index and HEAD stay as they are.
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn show_files_of(&self, commit: &CommitId, files: &[PathBuf]) -> Result<(), GitError> {
        let source = format!("--source={commit}");
        let options = ["--literal-pathspecs", "restore", "--quiet", "--worktree", &source, "--"];
        let mut arguments: Vec<&OsStr> = options.into_iter().map(OsStr::new).collect();
        arguments.extend(files.iter().map(|file| file.as_os_str()));
        self.repository.git.ok(&self.path, &arguments).map(drop)
    }

    /// Returns whether [`Worktree::set_ready`] was called for it.
    pub(crate) fn is_ready(&self) -> bool {
        self.private().join(READY).exists()
    }

    /// Notes that everything is done that makes it ready for use.
    ///
    /// # Errors
    /// [`GitError::Io`].
    pub(crate) fn set_ready(&self) -> Result<(), GitError> {
        let path = self.private().join(READY);
        std::fs::write(&path, "").map_err(GitError::io(path))
    }

    /// Returns the task that it was made for, as [`Worktree::set_owner`] noted it.
    pub(crate) fn owner(&self) -> Option<String> {
        std::fs::read_to_string(self.private().join(OWNER)).ok()
    }

    /// Notes the task that it was made for.
    ///
    /// # Errors
    /// [`GitError::Io`].
    pub(crate) fn set_owner(&self, task: &str) -> Result<(), GitError> {
        let path = self.private().join(OWNER);
        std::fs::write(&path, task).map_err(GitError::io(path))
    }

    pub(super) fn is_sparse(&self) -> Result<bool, GitError> {
        // Only a worktree with patterns of its own can be sparse, and most have none: no need to ask git.
        if !self.private().join("info/sparse-checkout").exists() {
            return Ok(false);
        }
        let arguments = ["config", "--type=bool", "--get", "core.sparseCheckout"];
        Ok(self.repository.git.run(&self.path, &arguments)?.text().trim() == "true")
    }

    /// Heals what a process that was killed in here left: locks, and a rebase or merge half done. What that had in its
    /// files is kept first (I23).
    ///
    /// # Errors
    /// [`GitError`].
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
            // An agent switched to a branch of its own; the work stays where it is, without holding that branch.
            self.repository.git.ok(&self.path, &["checkout", "--quiet", "--detach"])?;
        }
        Ok(())
    }

    /// Commits everything that is not ignored, with the agent as its author; returns none when there is nothing.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn commit_all(&self, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        if !self.is_dirty()? {
            return Ok(None);
        }
        self.commit_added("--all", message, agent)
    }

    /// Like [`Worktree::commit_all`], without files that git does not track.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn commit_tracked(&self, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        if self.status()?.changed.is_empty() {
            return Ok(None);
        }
        self.commit_added("--update", message, agent)
    }

    fn commit_added(&self, what: &str, message: &str, agent: &str) -> Result<Option<CommitId>, GitError> {
        let git = &self.repository.git;
        // Also what lies outside of a sparse checkout.
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
        // Only the modes or times had changed after all.
        if !self.is_dirty()? {
            return Ok(None);
        }
        Err(failed(&arguments, &printed))
    }

    /// Moves to a commit and throws everything else away: keep it first with [`Worktree::save_leftovers`].
    ///
    /// # Errors
    /// [`GitError::Program`].
    pub(crate) fn reset_hard(&self, commit: &CommitId) -> Result<(), GitError> {
        let git = &self.repository.git;
        git.ok(&self.path, &["checkout", "--quiet", "--force", "--detach", commit.as_str()])?;
        if self.is_dirty()? {
            // Twice forced: a nested repository goes too.
            git.ok(&self.path, &["clean", "--quiet", "--force", "--force", "-d"])?;
        }
        self.reset_submodules()?;
        submodule::fill(&self.repository, &self.path)
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
        self.own_moves.note(&name, Some(&commit_id(id)));
        Ok(name)
    }
}
