//! The files of a repository that an agent must not change: its configuration and its hooks (I18).

use super::{GitError, Repository};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What those files were before agents began. Take it while none is at work.
#[derive(Debug, Clone)]
pub struct Guard {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// A file that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampering {
    /// Which, within the repository's shared folder.
    pub path: PathBuf,
}

/// Settings that people change while agents work, by everyday commands, and that run nothing.
fn is_everyday(key: &str) -> bool {
    key.starts_with("branch.") || key.starts_with("gc.") || key == "extensions.worktreeconfig"
}

impl Guard {
    /// Remembers the files.
    ///
    /// # Errors
    /// [`GitError::Io`].
    pub fn take(repository: &Repository) -> Result<Self, GitError> {
        Ok(Self { files: read(repository.common())? })
    }

    /// Puts back what was changed, and keeps the changed versions in `aside`. Gives what was changed.
    ///
    /// # Errors
    /// [`GitError::Io`].
    pub fn restore(&self, repository: &Repository, aside: &Path) -> Result<Vec<Tampering>, GitError> {
        let common = repository.common();
        let now = read(common)?;
        let mut changed = Vec::new();
        let all: std::collections::BTreeSet<_> = self.files.keys().chain(now.keys()).collect();
        for path in all {
            let (old, new) = (self.files.get(path), now.get(path));
            if old == new || is_config(path) && same_settings(common, old, new) {
                continue;
            }
            let (here, kept) = (common.join(path), aside.join(path));
            if let Some(new) = new {
                let folder = kept.parent().unwrap_or(aside);
                std::fs::create_dir_all(folder).map_err(GitError::io(folder))?;
                std::fs::write(&kept, new).map_err(GitError::io(&kept))?;
            }
            match old {
                // Onto the file itself, so that its mode stays.
                Some(old) => std::fs::write(&here, old).map_err(GitError::io(&here))?,
                None => std::fs::remove_file(&here).map_err(GitError::io(&here))?,
            }
            changed.push(Tampering { path: path.clone() });
        }
        Ok(changed)
    }
}

fn is_config(path: &Path) -> bool {
    path == Path::new("config") || path == Path::new("config.worktree")
}

fn same_settings(folder: &Path, old: Option<&Vec<u8>>, new: Option<&Vec<u8>>) -> bool {
    let settings = |bytes: Option<&Vec<u8>>| -> Option<BTreeMap<String, Vec<Vec<u8>>>> {
        let file = tempfile::NamedTempFile::new_in(folder).ok()?;
        std::fs::write(file.path(), bytes.map_or(&[][..], Vec::as_slice)).ok()?;
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
            // A remote that is new sends nothing anywhere by itself.
            let known = |key: &str| {
                let remote = key.rsplit_once('.').map_or(key, |(remote, _)| remote);
                old.keys().any(|other| other.starts_with(remote))
            };
            new.retain(|key, _| !key.starts_with("remote.") || known(key));
            old == new
        }
        _ => false,
    }
}

fn read(common: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, GitError> {
    let mut files = BTreeMap::new();
    let mut open = vec![PathBuf::from("config"), "config.worktree".into(), "hooks".into(), "info".into()];
    while let Some(path) = open.pop() {
        let here = common.join(&path);
        let Ok(kind) = std::fs::symlink_metadata(&here) else { continue };
        if kind.is_dir() {
            for entry in std::fs::read_dir(&here).map_err(GitError::io(&here))? {
                open.push(path.join(entry.map_err(GitError::io(&here))?.file_name()));
            }
        } else if path.extension().is_some_and(|extension| extension == "sample") {
            // Git never runs the samples that it puts there itself.
        } else if kind.is_file() {
            files.insert(path, std::fs::read(&here).map_err(GitError::io(&here))?);
        } else if kind.is_symlink() {
            // Where it leads is what counts, so that a hook replaced by a link is noticed.
            let target = std::fs::read_link(&here).map_err(GitError::io(&here))?;
            files.insert(path, target.as_os_str().as_encoded_bytes().to_vec());
        }
    }
    Ok(files)
}
