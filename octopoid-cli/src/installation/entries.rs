//! The entries of a folder.

use crate::config::Problem;
use octopoid_roles::regular_file::special;
use std::path::{Path, PathBuf};

/// The entries of one kind, by name, and the problems with others.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) paths: Vec<PathBuf>,
    /// An unreadable folder, and entries that are neither files nor folders.
    pub(crate) problems: Vec<Problem>,
}

impl Entries {
    /// Reads a folder without its hidden entries. A missing folder is empty.
    pub(crate) fn of(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Self {
        let mut found = Self::default();
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !folder.is_symlink() => {
                return found;
            }
            Err(error) => {
                let problem = format!("the folder cannot be read: {error}");
                found.add(folder, problem, "make it a folder that you can read, or remove it");
                return found;
            }
        };
        let hidden =
            |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let paths = entries.flatten().map(|entry| entry.path()).filter(|path| !hidden(path));
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        for path in paths {
            match special(&path) {
                Some(kind) => {
                    found.add(&path, format!("it is {kind}, and is not read"), "remove it from that folder");
                }
                None if wanted(&path) => found.paths.push(path),
                None => {}
            }
        }
        found
    }

    fn add(&mut self, file: &Path, problem: String, fix: &str) {
        self.problems.push(Problem { file: file.to_owned(), line: None, problem, fix: fix.to_owned() });
    }
}
