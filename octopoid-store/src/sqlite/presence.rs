//! Check that the file that was opened is still the one under its name.
//!
//! A database that is removed, by `git clean` for example, stays readable for processes that have it open, while others create a
//! new one under its name. A process that has it open notices before each use, saves its content beside it, and stops using it.

use octopoid_core::model::Timestamp;
use octopoid_core::store::{ErrorKind, Result, StoreError};
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Suffix of a saved copy's name, after that of the database.
const SAVED: &str = ".saved-";

/// The file that was opened.
#[derive(Debug)]
pub(super) struct Presence {
    path: PathBuf,
    inode: (u64, u64),
    /// Where a copy is saved when the database's folder is gone too.
    folder: Option<PathBuf>,
    /// What became of it, once it was gone.
    gone: OnceLock<String>,
}

impl Presence {
    /// Remembers the file that is open now. `folder` takes the copy where the file's own folder is gone.
    pub(super) fn of(path: &Path, folder: Option<PathBuf>) -> Result<Self> {
        // Under its full name, so that it is found from any working directory.
        let path = path.canonicalize().map_err(|error| unreadable(path, error))?;
        let inode = inode(&path).map_err(|error| unreadable(&path, error))?;
        Ok(Self { path, inode, folder, gone: OnceLock::new() })
    }

    /// Checks that the file is there.
    ///
    /// # Errors
    /// `Gone`, from the first time on that it was not.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(words) = self.gone.get() {
            return Err(StoreError::new(ErrorKind::Gone, words.clone()));
        }
        match inode(&self.path) {
            Ok(inode) if inode == self.inode => Ok(()),
            Ok(_) => Err(self.is("was replaced by another file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.is("was removed")),
            // The disk's trouble is for the statements to report.
            Err(_) => Ok(()),
        }
    }

    /// Whether it is known to be gone, and what was in it was dealt with.
    pub(super) fn is_over(&self) -> bool {
        self.gone.get().is_some()
    }

    fn is(&self, what: &str) -> StoreError {
        StoreError::new(
            ErrorKind::Gone,
            format!("the database {} {what} while it was in use", self.path.display()),
        )
    }

    /// Saves a copy of the database, once, and returns the error of every request from then on.
    pub(super) fn save(&self, connection: &Connection, gone: &StoreError, now: Timestamp) -> StoreError {
        let words = self.gone.get_or_init(|| {
            let words = match self.copy(connection, now) {
                Ok(copy) => format!(
                    "{gone}; what was in it is saved in {}, and nothing more is written",
                    copy.display()
                ),
                Err(error) => format!("{gone}; it could not be saved ({error}), and nothing more is written"),
            };
            tracing::error!("{words}");
            words
        });
        StoreError::new(ErrorKind::Gone, words.clone())
    }

    /// Writes a new file with all that is in the database, readable by its owner alone.
    fn copy(&self, connection: &Connection, now: Timestamp) -> std::io::Result<PathBuf> {
        let beside = self.path.parent().filter(|folder| folder.is_dir());
        let Some(folder) = beside.or(self.folder.as_deref()) else {
            return Err(std::io::Error::other("its folder is gone too"));
        };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let moment: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let copy = folder.join(format!("{name}{SAVED}{moment}"));
        // SQLite writes into a file only where that is empty, so nothing is ever overwritten.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy)?;
        let into = copy.to_string_lossy();
        let saved = connection.execute("VACUUM INTO ?1", [into.as_ref()]).map_err(std::io::Error::other);
        if let Err(error) = saved.and_then(|_| File::open(&copy)?.sync_all()) {
            let _ = std::fs::remove_file(&copy);
            return Err(error);
        }
        Ok(copy)
    }
}

/// Lists the copies that were saved of a database that was removed while it was in use, the oldest first.
pub fn saved_copies(path: impl AsRef<Path>) -> Vec<PathBuf> {
    let path = path.as_ref();
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
    let start = format!("{}{SAVED}", name.to_string_lossy());
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&start));
    let mut found: Vec<_> = files.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    found.sort();
    found
}

fn inode(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

fn unreadable(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::unavailable(format!("cannot open `{}`: {error}", path.display())).with_source(error)
}
