//! Rebase of work onto a newer base.

use super::program::failed;
use super::{GitError, Worktree, submodule};
use crate::model::CommitId;
use std::collections::BTreeMap;

/// Result of a rebase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rebased {
    /// Work is on top of the requested commit.
    Onto {
        /// Newest commit of the work.
        head: CommitId,
        /// Whether anything had to be done.
        moved: bool,
        /// Number of commits of the work; zero if the base already contains all changes.
        commits: u32,
    },
    /// Work conflicts with the base, and a decision is needed. The worktree is unchanged.
    Conflict(Conflict),
}

/// Conflict between the work and its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Commit of the base.
    pub(crate) onto: CommitId,
    /// Files in conflict.
    pub(crate) files: Vec<ConflictFile>,
}

/// Both sides of a file in conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConflictFile {
    /// Path of the file.
    pub(crate) path: String,
    /// Content in the base; `None` if the base has no such file. Long content is truncated, with a note.
    pub(crate) ours: Option<String>,
    /// Content in the work; `None` if the work has no such file. Long content is truncated, with a note.
    pub(crate) theirs: Option<String>,
}

/// Largest length of each shown side, in bytes.
const SHOWN: usize = 4096;

/// Settings that override what users may have configured for their own rebases.
const PLAIN: [&str; 9] = [
    "rebase.updateRefs=false",
    "rebase.rebaseMerges=false",
    "rebase.autoSquash=false",
    "rebase.backend=merge",
    "rebase.missingCommitsCheck=ignore",
    "merge.conflictStyle=merge",
    "merge.ff=true",
    "merge.verifySignatures=false",
    "merge.autoStash=false",
];

impl Worktree {
    /// Rebases the work onto a commit of the base branch. Changes that the base already contains are dropped.
    ///
    /// Work that contains merges is merged with the base instead, so that conflicts resolved in them stay resolved. Uncommitted
    /// changes, such as a file that a build has rewritten, are kept as by [`Worktree::save_leftovers`] and then removed.
    ///
    /// `from` is the commit that the work started from, if it is known. If the base branch no longer contains that commit,
    /// because it was reset or rewritten, the dropped commits are not reintroduced with the work.
    ///
    /// # Errors
    /// Returns a [`GitError`]; the worktree is unchanged then.
    pub(crate) fn rebase(&self, onto: &CommitId, from: Option<&CommitId>) -> Result<Rebased, GitError> {
        let repository = &self.repository;
        let before = self.head()?;
        let mut dropped = None;
        if let Some(from) = from.filter(|from| repository.has_commit(from))
            && !repository.is_ancestor(from, onto)?
            && repository.is_ancestor(from, &before)?
        {
            dropped = Some(from);
        }
        if dropped.is_none() && repository.is_ancestor(onto, &before)? {
            let commits = repository.count_commits(onto, &before)?;
            return Ok(Rebased::Onto { head: before, moved: false, commits });
        }
        if self.is_dirty()? {
            self.set_aside(&before)?;
        }
        // A merge would reintroduce the dropped commits.
        let merges = dropped.is_none() && self.has_merges(onto, &before)?;
        let identity = self.identity();
        let settings = PLAIN.iter().copied().chain(identity.iter().map(String::as_str));
        let mut arguments: Vec<&str> = settings.flat_map(|setting| ["-c", setting]).collect();
        if merges {
            arguments.extend(["merge", "--quiet", "--ff", "--no-edit", "--no-gpg-sign", onto.as_str()]);
        } else {
            arguments.extend(["rebase", "--quiet", "--empty=drop", "--no-autostash", "--no-gpg-sign"]);
            match dropped {
                Some(from) => arguments.extend(["--onto", onto.as_str(), from.as_str()]),
                None => arguments.push(onto.as_str()),
            }
        }
        let printed = repository.git.run(self.path(), &arguments)?;
        if printed.success {
            let head = self.head()?;
            if !repository.is_ancestor(onto, &head)? {
                return Err(failed(&arguments, &printed));
            }
            submodule::fill(repository, self.path())?;
            let commits = repository.count_commits(onto, &head)?;
            return Ok(Rebased::Onto { head, moved: true, commits });
        }
        let mut files = self.conflicts()?;
        if merges {
            // In `git merge`, "ours" is what is checked out, which is the work.
            for file in &mut files {
                std::mem::swap(&mut file.ours, &mut file.theirs);
            }
        }
        let stop = if merges { ["merge", "--abort"] } else { ["rebase", "--abort"] };
        if self.private().join("rebase-merge").exists() || self.private().join("MERGE_HEAD").exists() {
            repository.git.ok(self.path(), &stop)?;
        }
        if self.head()? != before {
            self.reset_hard(&before)?;
        }
        if files.is_empty() {
            return Err(failed(&arguments, &printed));
        }
        if repository.contains_work(onto, &before)? {
            // Squashed there: the individual commits conflict with the base, but all changes together do not.
            self.reset_hard(onto)?;
            return Ok(Rebased::Onto { head: onto.clone(), moved: true, commits: 0 });
        }
        Ok(Rebased::Conflict(Conflict { onto: onto.clone(), files }))
    }

    fn has_merges(&self, base: &CommitId, head: &CommitId) -> Result<bool, GitError> {
        let library = self.library();
        for id in self.repository.between(base, head)? {
            if library.find_commit(id)?.parent_count() > 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns settings that name a committer, if git has none.
    fn identity(&self) -> Vec<String> {
        if self.repository.has_identity() {
            return Vec::new();
        }
        vec!["user.name=octopoid".to_owned(), "user.email=octopoid@octopoid.invalid".to_owned()]
    }

    fn conflicts(&self) -> Result<Vec<ConflictFile>, GitError> {
        let printed = self.repository.git.printed(self.path(), &["ls-files", "--unmerged", "-z"])?;
        // For each file, the blobs of base (1), ours (2) and theirs (3).
        let mut sides: BTreeMap<String, [Option<git2::Oid>; 3]> = BTreeMap::new();
        for record in printed.records() {
            let Some((about, path)) = split_at_byte(record, b'\t') else { continue };
            let about = String::from_utf8_lossy(about);
            let mut about = about.split(' ').skip(1);
            let (Some(blob), Some(stage)) = (about.next(), about.next()) else { continue };
            let (Ok(blob), Ok(stage @ 1..=3)) = (git2::Oid::from_str(blob), stage.parse::<usize>()) else {
                continue;
            };
            sides.entry(String::from_utf8_lossy(path).into_owned()).or_default()[stage - 1] = Some(blob);
        }
        let library = self.library();
        let side = |blob: Option<git2::Oid>| {
            let blob = library.find_blob(blob?).ok()?;
            if blob.is_binary() {
                return Some(format!("[binary, {} bytes]", blob.size()));
            }
            let text = String::from_utf8_lossy(blob.content()).into_owned();
            if text.len() <= SHOWN {
                return Some(text);
            }
            let cut = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            Some(format!("{}\n[{} more bytes; see the file itself]", &text[..cut], text.len() - cut))
        };
        let files = sides.into_iter();
        Ok(files
            .map(|(path, [_, ours, theirs])| ConflictFile { path, ours: side(ours), theirs: side(theirs) })
            .collect())
    }
}

fn split_at_byte(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == wanted)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}
