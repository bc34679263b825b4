//! Removal of worktrees in steps, any of which may be interrupted by a kill.
//!
//! A folder is first renamed into the trash, then its registration is moved there too, then the files are deleted. After a kill
//! at any line, either the worktree is whole, or its registration is stale, or something is in the trash; the next clean-up
//! handles each of these.

use super::{GitError, Repository, Worktree};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Name of the folder among the worktrees that contains what is being deleted.
pub(crate) const TRASH: &str = ".trash";

impl Worktree {
    /// Removes the worktree with all its content. For worktrees whose work has landed or that never had any.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn discard(self) -> Result<(), GitError> {
        let (repository, private) = (self.repository.clone(), self.private().to_owned());
        let path = self.path().to_owned();
        let trash = trash_beside(&path);
        drop(self);
        let moved = move_to_trash(&path, &trash)?;
        repository.unregister(&private, &trash)?;
        delete(&moved)?;
        empty_trash(&trash)
    }
}

impl Repository {
    /// Removes one worktree from git's list, by moving its registration into the trash.
    pub(crate) fn unregister(&self, private: &Path, trash: &Path) -> Result<(), GitError> {
        // A path that an agent wrote into its `.git` file must not cause anything else to be moved.
        let ours = private.parent().and_then(|folder| folder.canonicalize().ok());
        if ours.is_none() || ours != self.common().join("worktrees").canonicalize().ok() {
            return Ok(());
        }
        match move_to_trash(private, trash) {
            Err(GitError::Io { source, .. }) if source.kind() == ErrorKind::CrossesDevices => {
                delete_registration(private)
            }
            other => other.map(drop),
        }
    }
}

/// Returns the path of the trash for a worktree's parent folder.
pub(crate) fn trash_beside(worktree: &Path) -> PathBuf {
    worktree.with_file_name(TRASH)
}

/// Renames a file or folder into the trash, under an unused name.
pub(crate) fn move_to_trash(path: &Path, trash: &Path) -> Result<PathBuf, GitError> {
    let name = path.file_name().unwrap_or_default();
    for number in 1u32.. {
        match fs::create_dir(trash) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(GitError::io(trash)(error)),
            _ => {}
        }
        match fs::symlink_metadata(trash) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(GitError::io(trash)(io::Error::other("it is not a folder; remove it"))),
            // Another process removed the empty trash.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(GitError::io(trash)(error)),
        }
        let mut free = name.to_owned();
        free.push(format!("-{number}"));
        let place = trash.join(free);
        if fs::symlink_metadata(&place).is_ok() {
            continue;
        }
        match fs::rename(path, &place) {
            Ok(()) => return Ok(place),
            // Another process took the name, or removed the empty trash.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() => {}
            Err(error) => return Err(GitError::io(path)(error)),
        }
    }
    Err(GitError::io(trash)(io::Error::other("it is full")))
}

/// Deletes the trash and everything in it.
pub(crate) fn empty_trash(trash: &Path) -> Result<(), GitError> {
    let entries = match fs::read_dir(trash) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(GitError::io(trash)(error)),
    };
    let mut failed = None;
    for entry in entries {
        let path = entry.map_err(GitError::io(trash))?.path();
        // A path that cannot be deleted does not prevent the deletion of the others.
        if let Err(error) = delete(&path) {
            failed.get_or_insert(error);
        }
    }
    // Fails if another process has added something in the meantime.
    let _ = fs::remove_dir(trash);
    failed.map_or(Ok(()), Err)
}

/// Deletes a file, a link or a folder with its content, even if folders are not writable.
pub(crate) fn delete(path: &Path) -> Result<(), GitError> {
    let folder = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(GitError::io(path)(error)),
    };
    let removed = match folder {
        false => fs::remove_file(path),
        true => fs::remove_dir_all(path).or_else(|error| match error.kind() {
            ErrorKind::PermissionDenied => {
                make_writable(path)?;
                fs::remove_dir_all(path)
            }
            _ => Err(error),
        }),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(GitError::io(path)),
    }
}

/// Makes every folder below writable for the owner; package caches forbid that.
fn make_writable(folder: &Path) -> io::Result<()> {
    let mut permissions = fs::symlink_metadata(folder)?.permissions();
    permissions.set_mode(permissions.mode() | 0o700);
    fs::set_permissions(folder, permissions)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

/// Deletes a registration on another file system than the trash.
///
/// The file with the path of the worktree is deleted last, so that the remainder after a kill is recognized as stale.
fn delete_registration(private: &Path) -> Result<(), GitError> {
    let entries = match fs::read_dir(private) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(GitError::io(private)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(GitError::io(private))?;
        if entry.file_name() != "gitdir" {
            delete(&entry.path())?;
        }
    }
    delete(private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_are_not_writable_are_deleted_too() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache/package");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("file"), "x").unwrap();
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o500)).unwrap();
        delete(&folder.path().join("cache")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_in_the_trash_is_deleted_and_what_it_leads_to_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (trash, precious) = (folder.path().join(TRASH), folder.path().join("precious"));
        fs::create_dir_all(trash.join("task-1-1")).unwrap();
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "x").unwrap();
        std::os::unix::fs::symlink(&precious, trash.join("link")).unwrap();
        std::os::unix::fs::symlink(&precious, trash.join("task-1-1/link")).unwrap();
        empty_trash(&trash).unwrap();
        assert!(!trash.exists() && precious.join("file").exists());
    }

    #[test]
    fn a_trash_that_leads_elsewhere_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let (trash, worktree) = (folder.path().join(TRASH), folder.path().join("task-1"));
        fs::create_dir(&worktree).unwrap();
        fs::create_dir(folder.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &trash).unwrap();
        assert!(move_to_trash(&worktree, &trash).is_err());
        assert!(worktree.exists());
    }

    #[test]
    fn a_registration_on_another_file_system_is_deleted_whole_and_one_that_is_gone_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("task-1");
        fs::create_dir_all(private.join("refs/bisect")).unwrap();
        for name in ["HEAD", "gitdir", "index", "refs/bisect/bad"] {
            fs::write(private.join(name), "x").unwrap();
        }
        delete_registration(&private).unwrap();
        assert!(!private.exists());
        delete_registration(&private).unwrap();
    }

    #[test]
    fn names_in_the_trash_are_never_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (trash, worktree) = (folder.path().join(TRASH), folder.path().join("task-1"));
        let moved: Vec<_> = (0..3)
            .map(|_| {
                fs::create_dir(&worktree).unwrap();
                move_to_trash(&worktree, &trash).unwrap()
            })
            .collect();
        let names: Vec<_> = moved.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["task-1-1", "task-1-2", "task-1-3"]);
    }
}
