//! Guard of the files in a repository that an agent must not change: its configuration and its hooks (I18).

use super::{GitError, Repository, Worktree};
use std::collections::BTreeMap;
use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Snapshot of the guarded files before agents start. Must be taken while no agent is working.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    files: BTreeMap<PathBuf, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    File {
        content: Vec<u8>,
        mode: u32,
    },
    /// Target of a link, which is compared so that a hook replaced by a link is detected.
    Link(PathBuf),
}

/// Guarded file that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tampering {
    /// Path of the file, relative to the repository's common folder.
    pub(crate) path: PathBuf,
}

/// Returns whether a setting is one that people change by everyday commands while agents work.
///
/// Such a setting neither runs a program nor changes how git reads content.
fn is_everyday(key: &str) -> bool {
    /// Complete sections.
    const SECTIONS: [&str; 9] =
        ["advice.", "branch.", "color.", "column.", "fetch.", "gc.", "log.", "pull.", "user."];
    const SETTINGS: [&str; 9] = [
        "core.abbrev",
        "core.sparsecheckout",
        "core.sparsecheckoutcone",
        "extensions.worktreeconfig",
        "index.sparse",
        "init.defaultbranch",
        "push.autosetupremote",
        "push.default",
        "push.followtags",
    ];
    let runs_something = key == "gc.recentobjectshook" || key.ends_with(".mergeoptions");
    !runs_something && (SETTINGS.contains(&key) || SECTIONS.iter().any(|section| key.starts_with(section)))
}

/// Files that affect only the user's own checkout.
const OF_CHECKOUT: [&str; 1] = ["info/sparse-checkout"];

/// Guarded entries of a repository's common folder.
const OF_REPOSITORY: [&str; 4] = ["config", "config.worktree", "hooks", "info"];

/// Guarded entries of a worktree's private folder: those that determine its repository and which files are checked out.
const OF_WORKTREE: [&str; 4] = ["config.worktree", "info", "commondir", "gitdir"];

impl Guard {
    /// Takes a snapshot of the guarded files.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn take(repository: &Repository) -> Result<Self, GitError> {
        Ok(Self { files: of_repository(repository)? })
    }

    /// Restores changed files, and keeps the changed versions in `aside`. Returns the files that had been changed.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn restore(&self, repository: &Repository, aside: &Path) -> Result<Vec<Tampering>, GitError> {
        restore(&self.files, &of_repository(repository)?, repository.common(), aside)
    }
}

/// Snapshot of a worktree's guarded files before its agent starts.
#[derive(Debug, Clone)]
pub(crate) struct GuardedWorktree {
    /// Private folder of the worktree in the repository.
    private: PathBuf,
    files: BTreeMap<PathBuf, Entry>,
    /// File in the worktree that points to the private folder.
    link: PathBuf,
    content: Vec<u8>,
}

impl Worktree {
    /// Takes a snapshot of the worktree's guarded files.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn guard(&self) -> Result<GuardedWorktree, GitError> {
        let link = self.path().join(".git");
        Ok(GuardedWorktree {
            private: self.private().to_owned(),
            files: read(self.private(), &OF_WORKTREE)?,
            content: std::fs::read(&link).map_err(GitError::io(&link))?,
            link,
        })
    }
}

impl GuardedWorktree {
    /// Restores changed files, and keeps the changed versions in `aside`. Returns the files that had been changed.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn restore(&self, aside: &Path) -> Result<Vec<Tampering>, GitError> {
        let now = read(&self.private, &OF_WORKTREE)?;
        let mut changed = restore(&self.files, &now, &self.private, aside)?;
        let is_file = std::fs::symlink_metadata(&self.link).is_ok_and(|found| found.is_file());
        if is_file && std::fs::read(&self.link).is_ok_and(|content| content == self.content) {
            return Ok(changed);
        }
        // If the whole folder is missing, the worktree is created again later.
        if self.link.parent().is_some_and(Path::is_dir) {
            if std::fs::symlink_metadata(&self.link).is_ok() {
                std::fs::create_dir_all(aside).map_err(GitError::io(aside))?;
                let kept = aside.join("git");
                clear(&kept)?;
                std::fs::rename(&self.link, &kept).map_err(GitError::io(&self.link))?;
            }
            std::fs::write(&self.link, &self.content).map_err(GitError::io(&self.link))?;
            changed.push(Tampering { path: PathBuf::from(".git") });
        }
        Ok(changed)
    }
}

fn of_repository(repository: &Repository) -> Result<BTreeMap<PathBuf, Entry>, GitError> {
    let mut files = read(repository.common(), &OF_REPOSITORY)?;
    files.retain(|path, _| !OF_CHECKOUT.iter().any(|own| path == Path::new(own)));
    Ok(files)
}

fn restore(
    files: &BTreeMap<PathBuf, Entry>,
    now: &BTreeMap<PathBuf, Entry>,
    top: &Path,
    aside: &Path,
) -> Result<Vec<Tampering>, GitError> {
    let mut changed = Vec::new();
    let all: std::collections::BTreeSet<_> = files.keys().chain(now.keys()).collect();
    for path in all {
        let (old, new) = (files.get(path), now.get(path));
        if old == new || is_config(path) && same_settings(old, new) {
            continue;
        }
        if let Some(new) = new {
            let kept = aside.join(path);
            make_room(aside, path)?;
            new.write(&kept)?;
        }
        let here = top.join(path);
        match old {
            Some(old) => {
                make_room(top, path)?;
                old.write(&here)?;
            }
            // It may be gone together with the link or the folder that contained it.
            None => clear(&here)?,
        }
        changed.push(Tampering { path: path.clone() });
    }
    Ok(changed)
}

fn is_config(path: &Path) -> bool {
    path == Path::new("config") || path == Path::new("config.worktree")
}

/// Ensures that the parent folders of a file are folders, not links to other places.
fn make_room(top: &Path, path: &Path) -> Result<(), GitError> {
    std::fs::create_dir_all(top).map_err(GitError::io(top))?;
    let mut folder = top.to_owned();
    for part in path.parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            found => {
                if found.is_ok() {
                    std::fs::remove_file(&folder).map_err(GitError::io(&folder))?;
                }
                std::fs::create_dir(&folder).map_err(GitError::io(&folder))?;
            }
        }
    }
    Ok(())
}

/// Removes the file or folder at a path, without following links.
fn clear(path: &Path) -> Result<(), GitError> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(GitError::io(path)(error))
        }
        _ => Ok(()),
    }
}

impl Entry {
    fn content(entry: Option<&Self>) -> Option<&[u8]> {
        match entry {
            None => Some(&[]),
            Some(Self::File { content, .. }) => Some(content),
            Some(Self::Link(_)) => None,
        }
    }

    /// Writes the entry to a path atomically, and never through a link.
    fn write(&self, path: &Path) -> Result<(), GitError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".octopoid");
        let new = path.with_file_name(name);
        clear(&new)?;
        match self {
            Self::Link(target) => std::os::unix::fs::symlink(target, &new).map_err(GitError::io(&new))?,
            Self::File { content, mode } => {
                // Not readable for other users before its mode is set.
                let mut options = OpenOptions::new();
                let file = options.write(true).create_new(true).mode(0o600).open(&new);
                file.and_then(|mut file| {
                    file.write_all(content)?;
                    file.set_permissions(Permissions::from_mode(*mode))
                })
                .map_err(GitError::io(&new))?;
            }
        }
        if path.is_dir() && !path.is_symlink() {
            clear(path)?;
        }
        std::fs::rename(&new, path).map_err(GitError::io(path))
    }
}

fn same_settings(old: Option<&Entry>, new: Option<&Entry>) -> bool {
    let settings = |entry: Option<&Entry>| -> Option<BTreeMap<String, Vec<Vec<u8>>>> {
        let file = tempfile::NamedTempFile::new().ok()?;
        std::fs::write(file.path(), Entry::content(entry)?).ok()?;
        let config = git2::Config::open(file.path()).ok()?;
        let mut all: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        let mut entries = config.entries(None).ok()?;
        while let Some(entry) = entries.next() {
            let entry = entry.ok()?;
            let key = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            if !is_everyday(&key) {
                all.entry(key).or_default().push(entry.value_bytes().to_vec());
            }
        }
        Some(all)
    };
    match (settings(old), settings(new)) {
        (Some(old), Some(mut new)) => {
            // A new remote sends nothing by itself, as long as it only has addresses.
            let harmless = |key: &str| {
                let Some((remote, setting)) = key.rsplit_once('.') else { return false };
                let known =
                    old.keys().any(|other| other.rsplit_once('.').is_some_and(|(one, _)| one == remote));
                remote.starts_with("remote.")
                    && !known
                    && matches!(setting, "url" | "fetch" | "pushurl" | "tagopt")
            };
            new.retain(|key, _| !harmless(key));
            old == new
        }
        _ => false,
    }
}

fn read(top: &Path, names: &[&str]) -> Result<BTreeMap<PathBuf, Entry>, GitError> {
    let mut files = BTreeMap::new();
    let mut open: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
    while let Some(path) = open.pop() {
        let here = top.join(&path);
        let Ok(kind) = std::fs::symlink_metadata(&here) else { continue };
        // Git itself rewrites this list of branches during maintenance.
        if path == Path::new("info/refs") {
            continue;
        }
        if kind.is_dir() {
            for entry in std::fs::read_dir(&here).map_err(GitError::io(&here))? {
                open.push(path.join(entry.map_err(GitError::io(&here))?.file_name()));
            }
        } else if path.extension().is_some_and(|extension| extension == "sample") {
            // Git never runs the samples that it installs.
        } else if kind.is_file() {
            let content = std::fs::read(&here).map_err(GitError::io(&here))?;
            files.insert(path, Entry::File { content, mode: kind.permissions().mode() & 0o777 });
        } else if kind.is_symlink() {
            files.insert(path, Entry::Link(std::fs::read_link(&here).map_err(GitError::io(&here))?));
        }
    }
    Ok(files)
}
