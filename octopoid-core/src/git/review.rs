//! Places of review comments in a repository.

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::{Anchor, CommitId, LineRange, PlacedComment, Position, ReviewComment, Side};
use crate::ops::review::{position, threads};
use git2::{Delta, DiffFindOptions};
use std::collections::HashMap;
use std::path::Path;

impl Repository {
    /// Returns the anchor of some lines of a file on one side of the work `base..head`; `None` where the file does not have them.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, such as for a commit that is not here.
    pub fn review_anchor(
        &self,
        (base, head): (&CommitId, &CommitId),
        path: &str,
        side: Side,
        lines: LineRange,
    ) -> Result<Option<Anchor>, GitError> {
        let commit = match side {
            Side::Old => base,
            Side::New => head,
        };
        let text = self.text_in(commit, path)?;
        Ok(text.and_then(|text| Anchor::of_file(path, side, lines, (base.clone(), head.clone()), &text)))
    }

    /// Returns review comments with their replies and where each is in the work `base..head` (I40).
    ///
    /// A comment whose commits are not here any more is looked for by the lines that it keeps.
    ///
    /// # Errors
    /// Returns [`GitError::Library`] if libgit2 fails, such as for a `head` that is not here.
    pub fn place_review_comments(
        &self,
        comments: Vec<ReviewComment>,
        (base, head): (&CommitId, &CommitId),
    ) -> Result<Vec<PlacedComment>, GitError> {
        let mut places: HashMap<u64, Position> = HashMap::new();
        let mut texts = HashMap::new();
        for comment in &comments {
            let Some(anchor) = &comment.anchor else { continue };
            let now = match anchor.side {
                Side::Old => base,
                Side::New => head,
            };
            let mut text = |commit: &CommitId, path: &str| -> Result<Option<String>, GitError> {
                let key = (commit.clone(), path.to_owned());
                if let Some(known) = texts.get(&key) {
                    return Ok(Option::clone(known));
                }
                let read = self.text_in(commit, path)?;
                texts.insert(key, read.clone());
                Ok(read)
            };
            let is_here = self.has_commit(anchor.commit());
            let then = if is_here { text(anchor.commit(), &anchor.path)? } else { None };
            let mut path = anchor.path.clone();
            let mut found = text(now, &path)?;
            if found.is_none()
                && is_here
                && let Some(renamed) = self.renamed(anchor.commit(), now, &path)?
            {
                found = text(now, &renamed)?;
                path = renamed;
            }
            let place = position(anchor, then.as_deref(), found.as_deref().map(|text| (&*path, text)));
            places.insert(comment.id, place);
        }
        Ok(threads(comments, |comment| places.get(&comment.id).cloned()))
    }

    /// Returns the text of a file in a commit; bytes that are not UTF-8 are replaced. `None` if there is no such file.
    fn text_in(&self, commit: &CommitId, path: &str) -> Result<Option<String>, GitError> {
        Ok(self.file_in(commit, path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Returns the new path of a file that was renamed between two commits.
    fn renamed(&self, from: &CommitId, to: &CommitId, path: &str) -> Result<Option<String>, GitError> {
        let library = self.library()?;
        let tree =
            |commit: &CommitId| -> Result<_, GitError> { Ok(library.find_commit(oid(commit)?)?.tree()?) };
        let mut diff = library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
        let renamed = diff.deltas().find(|delta| {
            delta.status() == Delta::Renamed && delta.old_file().path() == Some(Path::new(path))
        });
        let new = renamed.and_then(|delta| Some(delta.new_file().path()?.to_str()?.to_owned()));
        Ok(new)
    }
}
