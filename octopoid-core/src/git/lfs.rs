//! Git LFS: content that is stored outside of commits, which contain only pointers to it (I32).
//!
//! Git pushes the pointers; the objects are uploaded by a hook, and the orchestrator's git commands run no hooks.

use super::commit::oid;
use super::program::failed;
use super::remote::LONGEST;
use super::{GitError, Repository};
use crate::model::CommitId;
use git2::{Delta, FileMode, Oid};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// First bytes of a pointer.
const VERSION: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Largest length of a pointer in bytes.
const LONGEST_POINTER: usize = 1024;

/// Number of objects in one call of git: their ids have to fit on a command line.
const AT_ONCE: usize = 500;

impl Repository {
    /// Returns the LFS objects that the commits between `base` and `head` point to, each with one of its paths.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn lfs_objects(
        &self,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<BTreeMap<String, PathBuf>, GitError> {
        let commits = self.between(base, head)?;
        self.with_objects(&[(oid(base)?, oid(head)?)], |library| {
            let mut objects = BTreeMap::new();
            for id in &commits {
                let commit = library.find_commit(*id)?;
                // Changes that a merge brings in are in another of the commits, or were in the base branch before.
                let before = match commit.parents().next() {
                    Some(parent) => Some(parent.tree()?),
                    None => None,
                };
                let diff = library.diff_tree_to_tree(before.as_ref(), Some(&commit.tree()?), None)?;
                for delta in diff.deltas().filter(|delta| delta.status() != Delta::Deleted) {
                    let file = delta.new_file();
                    // Commits of submodules are objects of other repositories.
                    if !matches!(file.mode(), FileMode::Blob | FileMode::BlobExecutable) {
                        continue;
                    }
                    if let (Some(object), Some(path)) = (pointed_at(library, file.id())?, file.path()) {
                        objects.insert(object, path.to_owned());
                    }
                }
            }
            Ok(objects)
        })
    }

    /// Uploads LFS objects to a remote, so that their content is available where the pointers are.
    ///
    /// # Errors
    /// Returns [`GitError::Program`] if an object is missing here or the server rejects it.
    pub(crate) fn lfs_push<'a>(
        &self,
        remote: &str,
        objects: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), GitError> {
        let objects: Vec<&str> = objects.into_iter().map(String::as_str).collect();
        for some in objects.chunks(AT_ONCE) {
            let mut arguments = vec!["lfs", "push", "--object-id", remote];
            arguments.extend(some);
            let printed = self.git.run_within(self.root(), &arguments, LONGEST)?;
            if !printed.success {
                return Err(failed(&arguments, &printed));
            }
        }
        Ok(())
    }

    /// Returns the paths of the objects whose content is not in this repository.
    ///
    /// If a remote is given, they are fetched from its server first.
    ///
    /// # Errors
    /// Returns a [`GitError`] if `git` cannot be run.
    pub(crate) fn lfs_missing<'a>(
        &self,
        remote: Option<&str>,
        head: &CommitId,
        objects: &'a BTreeMap<String, PathBuf>,
    ) -> Result<Vec<&'a PathBuf>, GitError> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let storage = self.lfs_storage()?;
        let is_here = |object: &str| {
            storage.join("objects").join(&object[..2]).join(&object[2..4]).join(object).is_file()
        };
        if let Some(remote) = remote
            && !objects.keys().all(|object| is_here(object))
        {
            let arguments = ["lfs", "fetch", remote, head.as_str()];
            let printed = self.git.run_within(self.root(), &arguments, LONGEST)?;
            if !printed.success {
                tracing::info!(reason = printed.complaint(), "objects of LFS could not be fetched");
            }
        }
        Ok(objects.iter().filter(|(object, _)| !is_here(object)).map(|(_, path)| path).collect())
    }

    /// Returns the folder in which LFS keeps its objects.
    fn lfs_storage(&self) -> Result<PathBuf, GitError> {
        let printed = self.git.run(self.common(), &["config", "--get", "lfs.storage"])?;
        let told = printed.text();
        Ok(self.common().join(if told.trim().is_empty() { "lfs" } else { told.trim() }))
    }
}

/// Returns the object that a blob points to, if the blob is a pointer.
fn pointed_at(library: &git2::Repository, blob: Oid) -> Result<Option<String>, git2::Error> {
    let odb = library.odb()?;
    // Large blobs are not read.
    match odb.read_header(blob) {
        Ok((length, git2::ObjectType::Blob)) if length <= LONGEST_POINTER => {}
        Ok(_) => return Ok(None),
        Err(error) => return Err(error),
    }
    Ok(parse(odb.read(blob)?.data()))
}

/// Parses the text of a pointer and returns the id of its object.
fn parse(text: &[u8]) -> Option<String> {
    if !text.starts_with(VERSION) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let object = text.lines().find_map(|line| line.strip_prefix("oid sha256:"))?;
    let is_hash = object.len() == 64 && object.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| object.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pointers_are_taken_for_pointers() {
        let object = "4d".repeat(32);
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{object}\nsize 12\n");
        assert_eq!(parse(pointer.as_bytes()), Some(object.clone()));
        assert_eq!(parse(format!("oid sha256:{object}\n").as_bytes()), None);
        assert_eq!(parse(b"version https://git-lfs.github.com/spec/v1\noid sha256:../../etc\n"), None);
        assert_eq!(parse(b""), None);
    }
}
