//! Places of review comments in a repository.

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::{Anchor, CommitId, LineRange, PlacedComment, Position, ReviewComment, Side};
use crate::ops::review::{position, threads};
use git2::{Delta, DiffFindOptions};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

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
        let mut files = Files { repository: self, texts: HashMap::new(), renames: HashMap::new() };
        let mut places: HashMap<u64, Position> = HashMap::new();
        for comment in &comments {
            let Some(anchor) = &comment.anchor else { continue };
            let now = match anchor.side {
                Side::Old => base,
                Side::New => head,
            };
            places.insert(comment.id, files.position(anchor, now)?);
        }
        Ok(threads(comments, |comment| places.get(&comment.id).cloned()))
    }

    /// Returns the text of a file in a commit; bytes that are not UTF-8 are replaced. `None` if there is no such file.
    fn text_in(&self, commit: &CommitId, path: &str) -> Result<Option<String>, GitError> {
        Ok(self.file_in(commit, path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Returns the files that were renamed between two commits, by their old paths.
    fn renames(&self, from: &CommitId, to: &CommitId) -> Result<HashMap<String, String>, GitError> {
        let library = self.library()?;
        let tree =
            |commit: &CommitId| -> Result<_, GitError> { Ok(library.find_commit(oid(commit)?)?.tree()?) };
        let mut diff = library.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), None)?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
        let renamed = diff.deltas().filter(|delta| delta.status() == Delta::Renamed).filter_map(|delta| {
            let path = |file: git2::DiffFile<'_>| Some(file.path()?.to_str()?.to_owned());
            Some((path(delta.old_file())?, path(delta.new_file())?))
        });
        Ok(renamed.collect())
    }
}

/// Files and renames that several comments are about, each read once.
struct Files<'a> {
    repository: &'a Repository,
    texts: HashMap<(CommitId, String), Option<String>>,
    renames: HashMap<(CommitId, CommitId), HashMap<String, String>>,
}

impl Files<'_> {
    /// Returns where the lines of an anchor are in the commit `now`.
    fn position(&mut self, anchor: &Anchor, now: &CommitId) -> Result<Position, GitError> {
        let is_here = self.repository.has_commit(anchor.commit());
        self.read(now, &anchor.path)?;
        let is_there = self.text(now, &anchor.path).is_some();
        let path = match is_here && !is_there {
            true => self.renamed(anchor, now)?.unwrap_or_else(|| anchor.path.clone()),
            false => anchor.path.clone(),
        };
        self.read(now, &path)?;
        if is_here {
            self.read(anchor.commit(), &anchor.path)?;
        }
        let then = self.text(anchor.commit(), &anchor.path);
        Ok(position(anchor, then, self.text(now, &path).map(|text| (&*path, text))))
    }

    /// Reads a file, unless it was read before.
    fn read(&mut self, commit: &CommitId, path: &str) -> Result<(), GitError> {
        if let Entry::Vacant(place) = self.texts.entry((commit.clone(), path.to_owned())) {
            place.insert(self.repository.text_in(commit, path)?);
        }
        Ok(())
    }

    /// Returns the text of a file that was read; `None` if there is no such file.
    fn text(&self, commit: &CommitId, path: &str) -> Option<&str> {
        self.texts.get(&(commit.clone(), path.to_owned()))?.as_deref()
    }

    /// Returns the new path of an anchor's file, if it was renamed.
    fn renamed(&mut self, anchor: &Anchor, now: &CommitId) -> Result<Option<String>, GitError> {
        let renames = match self.renames.entry((anchor.commit().clone(), now.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(self.repository.renames(anchor.commit(), now)?),
        };
        Ok(renames.get(&anchor.path).cloned())
    }
}
