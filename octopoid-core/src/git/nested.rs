//! Nested repositories in a worktree that are not submodules, as scaffolding tools create them: git commits such a folder as a
//! pointer to a commit that exists nowhere else (I32).

use super::commit::{commit_id, oid};
use super::program::failed;
use super::status::path_of;
use super::{GitError, Worktree, submodule};
use crate::model::CommitId;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Pointer (gitlink) to a commit of another repository, in the tree of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pointer {
    /// Path of the pointer.
    pub(crate) path: PathBuf,
    /// Commit that it points to.
    pub(crate) commit: CommitId,
    /// Whether the path was a pointer before.
    pub(crate) moved: bool,
}

/// Result of replacing pointers to nested repositories by their files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TakenIn {
    /// Folders whose files are now part of the work.
    pub(crate) folders: Vec<PathBuf>,
    /// Pointers whose commits are in no local repository.
    pub(crate) missing: Vec<Pointer>,
}

/// Largest depth of repositories nested in one another.
const DEPTH: usize = 4;

impl Worktree {
    /// Returns the pointers that the work adds and that are not listed in `.gitmodules`.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn nested_pointers(&self, base: &CommitId, head: &CommitId) -> Result<Vec<Pointer>, GitError> {
        let submodules = submodule::paths_in(&self.repository, head)?;
        let mut pointers = self.moved_pointers(base, head)?;
        pointers.retain(|pointer| !pointer.moved && !submodules.contains(&pointer.path));
        Ok(pointers)
    }

    /// Returns the pointers that the work adds or moves.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn moved_pointers(&self, base: &CommitId, head: &CommitId) -> Result<Vec<Pointer>, GitError> {
        Ok(submodule::moves(&self.repository, base, head)?
            .into_iter()
            .map(|change| Pointer { path: change.path, commit: change.to, moved: change.from.is_some() })
            .collect())
    }

    /// Replaces pointers to nested repositories by their files in every commit of the work.
    ///
    /// Moves the repositories themselves to `aside`, and resets the worktree to the new commits.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn take_in_nested(
        &self,
        base: &CommitId,
        head: &CommitId,
        aside: &Path,
    ) -> Result<TakenIn, GitError> {
        let mut taken = TakenIn::default();
        let mut head = head.clone();
        for _ in 0..DEPTH {
            let pointers = self.nested_pointers(base, &head)?;
            if pointers.is_empty() {
                break;
            }
            let paths: BTreeSet<PathBuf> = pointers.iter().map(|pointer| pointer.path.clone()).collect();
            for pointer in self.pointers_at(base, &head, &paths)? {
                if !self.fetch_nested(&pointer)? {
                    taken.missing.push(pointer);
                }
            }
            if !taken.missing.is_empty() {
                taken.missing.sort();
                return Ok(taken);
            }
            head = self.without_pointers(base, &head, &paths)?;
            taken.folders.extend(paths);
        }
        if taken.folders.is_empty() {
            return Ok(taken);
        }
        for folder in &taken.folders {
            self.move_aside(&folder.join(".git"), aside)?;
        }
        self.repository.git.ok(self.path(), &["reset", "--quiet", "--soft", head.as_str()])?;
        self.repository.git.ok(self.path(), &["read-tree", "HEAD"])?;
        taken.folders.sort();
        Ok(taken)
    }

    /// Turns nested repositories that no pointer refers to yet into plain folders, so that their files can be committed.
    ///
    /// Returns the folders.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn open_nested(&self, aside: &Path) -> Result<Vec<PathBuf>, GitError> {
        let mut opened = Vec::new();
        for _ in 0..DEPTH {
            let untracked = self.status()?.untracked;
            let nested: Vec<_> = untracked.into_iter().filter(|path| is_folder(path)).collect();
            if nested.is_empty() {
                break;
            }
            for folder in nested {
                self.move_aside(&folder.join(".git"), aside)?;
                opened.push(folder);
            }
        }
        Ok(opened)
    }

    /// Moves a path out of the worktree, to the same relative path below `aside`.
    ///
    /// # Errors
    /// Returns [`GitError::Io`] if a file cannot be read or written.
    pub(crate) fn move_aside(&self, path: &Path, aside: &Path) -> Result<(), GitError> {
        let (from, mut to) = (self.path().join(path), aside.join(path));
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(GitError::io(folder))?;
        }
        for number in 1u32.. {
            if std::fs::symlink_metadata(&to).is_err() {
                break;
            }
            to.set_extension(format!("{number}"));
        }
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(GitError::io(from)(error)),
            _ => Ok(()),
        }
    }

    /// Returns every pointer at one of the paths in any of the work's commits.
    fn pointers_at(
        &self,
        base: &CommitId,
        head: &CommitId,
        paths: &BTreeSet<PathBuf>,
    ) -> Result<BTreeSet<Pointer>, GitError> {
        let library = self.library();
        let mut found = BTreeSet::new();
        for id in self.repository.between(base, head)? {
            let tree = library.find_commit(id)?.tree()?;
            for path in paths {
                if let Ok(entry) = tree.get_path(path)
                    && entry.kind() == Some(ObjectType::Commit)
                {
                    found.insert(Pointer { path: path.clone(), commit: commit_id(entry.id()), moved: false });
                }
            }
        }
        Ok(found)
    }

    /// Fetches the commit of a pointer from the nested repository at its path. Returns whether the commit is available.
    fn fetch_nested(&self, pointer: &Pointer) -> Result<bool, GitError> {
        if self.repository.has_commit(&pointer.commit) {
            return Ok(true);
        }
        let nested = self.path().join(&pointer.path);
        if !nested.join(".git").exists() {
            return Ok(false);
        }
        let common = self.repository.common();
        let printed = self.repository.git.fetch_on_disk(common, &nested, pointer.commit.as_str())?;
        if !printed.success {
            let (path, reason) = (nested.display(), printed.complaint());
            tracing::info!(%path, reason, "a nested repository cannot be read");
        }
        Ok(self.repository.has_commit(&pointer.commit))
    }

    /// Recreates the work's commits with the files of nested repositories in place of the pointers.
    fn without_pointers(
        &self,
        base: &CommitId,
        head: &CommitId,
        paths: &BTreeSet<PathBuf>,
    ) -> Result<CommitId, GitError> {
        let library = self.library();
        library.odb()?.refresh()?;
        let mut new: BTreeMap<Oid, Oid> = BTreeMap::new();
        for id in self.repository.between(base, head)? {
            let commit = library.find_commit(id)?;
            let old = commit.tree()?;
            // A tree entry does not replace a pointer: the pointer has to be removed first.
            let (mut without, mut with) = (TreeUpdateBuilder::new(), TreeUpdateBuilder::new());
            for path in paths {
                if let Ok(entry) = old.get_path(path)
                    && entry.kind() == Some(ObjectType::Commit)
                {
                    without.remove(path);
                    with.upsert(path, library.find_commit(entry.id())?.tree_id(), FileMode::Tree);
                }
            }
            let cleared = library.find_tree(without.create_updated(library, &old)?)?;
            let tree = library.find_tree(with.create_updated(library, &cleared)?)?;
            let parents: Vec<_> = commit
                .parent_ids()
                .map(|parent| library.find_commit(new.get(&parent).copied().unwrap_or(parent)))
                .collect::<Result<_, _>>()?;
            let parents: Vec<_> = parents.iter().collect();
            let message = String::from_utf8_lossy(commit.message_raw_bytes()).into_owned();
            let made =
                library.commit(None, &commit.author(), &commit.committer(), &message, &tree, &parents)?;
            new.insert(id, made);
        }
        let head = oid(head)?;
        Ok(commit_id(new.get(&head).copied().unwrap_or(head)))
    }

    /// Returns the folders with nested repositories that are not listed in `.gitmodules`.
    ///
    /// Only their files can be kept.
    pub(super) fn nested_folders(&self) -> Result<Vec<PathBuf>, GitError> {
        let git = &self.repository.git;
        let submodules = submodule::paths_in(&self.repository, &self.head()?)?;
        let staged = git.printed(self.path(), &["ls-files", "--stage", "-z"])?;
        let pointers = staged.records().filter(|record| record.starts_with(b"160000 "));
        let of_pointers = pointers.filter_map(|record| {
            let at = record.iter().position(|byte| *byte == b'\t')?;
            Some(path_of(&record[at + 1..]))
        });
        let untracked = self.status()?.untracked.into_iter().filter(|path| is_folder(path));
        Ok(of_pointers
            .filter(|path| !submodules.contains(path))
            .chain(untracked)
            .filter(|path| self.path().join(path).join(".git").exists())
            .collect())
    }

    /// Adds the files of nested folders to an index, as plain files.
    pub(super) fn add_nested(&self, index: &str, folders: &[PathBuf]) -> Result<(), GitError> {
        let git = self.repository.git.with("GIT_INDEX_FILE", index);
        for folder in folders {
            let folder: PathBuf = folder.components().collect();
            let mut files = Vec::new();
            collect_files(&self.path().join(&folder), &mut files)?;
            let names: Vec<PathBuf> = files
                .iter()
                .filter_map(|file| Some(file.strip_prefix(self.path()).ok()?.to_owned()))
                .collect();
            let listed: Vec<u8> = names.iter().flat_map(|name| [bytes_of(name), b"\n"].concat()).collect();
            let arguments = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
            let hashed = git.run_with_input(self.path(), &arguments, &listed)?;
            if !hashed.success {
                return Err(failed(&arguments, &hashed));
            }
            let text = hashed.text();
            let mut entries = format!("0 {} 0\t", "0".repeat(40)).into_bytes();
            entries.extend([bytes_of(&folder), b"\0"].concat());
            for (name, hash) in names.iter().zip(text.lines()) {
                let runs = std::fs::metadata(self.path().join(name))
                    .is_ok_and(|file| file.permissions().mode() & 0o100 != 0);
                let mode = if runs { "100755" } else { "100644" };
                entries.extend(format!("{mode} {hash} 0\t").into_bytes());
                entries.extend([bytes_of(name), b"\0"].concat());
            }
            let arguments = ["update-index", "-z", "--index-info"];
            let updated = git.run_with_input(self.path(), &arguments, &entries)?;
            if !updated.success {
                return Err(failed(&arguments, &updated));
            }
        }
        Ok(())
    }
}

/// Returns whether git listed the path as a folder. It lists an untracked folder only if that is a repository.
fn is_folder(path: &Path) -> bool {
    bytes_of(path).ends_with(b"/")
}

fn bytes_of(path: &Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

/// Collects the regular files below a folder, except `.git` entries.
fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), GitError> {
    for entry in std::fs::read_dir(folder).map_err(GitError::io(folder))? {
        let entry = entry.map_err(GitError::io(folder))?;
        let kind = entry.file_type().map_err(GitError::io(folder))?;
        if entry.file_name() == ".git" {
            continue;
        }
        if kind.is_dir() {
            collect_files(&entry.path(), files)?;
        } else if kind.is_file() && !bytes_of(&entry.path()).contains(&b'\n') {
            files.push(entry.path());
        }
    }
    Ok(())
}
