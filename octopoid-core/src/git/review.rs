//! Places of review comments in a repository.

use super::commit::oid;
use super::{GitError, Repository};
use crate::model::{Anchor, CommitId, LineRange, PlacedComment, Position, ReviewComment, Side};
use crate::ops::review::{position, threads};
use git2::{ObjectType, Oid, Tree, TreeEntry};
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

    /// Returns the anchor of a file as such on one side of the work `base..head`; `None` where that side does not have it.
    ///
    /// # Errors
    /// As [`Repository::review_anchor`].
    pub fn review_file_anchor(
        &self,
        (base, head): (&CommitId, &CommitId),
        path: &str,
        side: Side,
    ) -> Result<Option<Anchor>, GitError> {
        let commit = match side {
            Side::Old => base,
            Side::New => head,
        };
        let is_there = self.text_in(commit, path)?.is_some();
        Ok(is_there.then(|| Anchor::of_whole_file(path, side, (base.clone(), head.clone()))))
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

    /// Returns the text of a file in a commit; bytes that are not UTF-8 are replaced, in its path as in its text. `None` if there is
    /// no such file.
    fn text_in(&self, commit: &CommitId, path: &str) -> Result<Option<String>, GitError> {
        let library = self.library()?;
        let tree = library.find_commit(oid(commit)?)?.tree()?;
        let Some((id, kind)) = entry(&library, tree, path)? else { return Ok(None) };
        Ok(match kind {
            Some(ObjectType::Blob) => {
                Some(String::from_utf8_lossy(library.find_blob(id)?.content()).into_owned())
            }
            // As a diff shows a submodule.
            Some(ObjectType::Commit) => Some(format!("Subproject commit {id}\n")),
            _ => None,
        })
    }

    /// Returns the files that were renamed between two commits, by their old paths, as git finds them.
    fn renames(&self, from: &CommitId, to: &CommitId) -> Result<HashMap<String, String>, GitError> {
        let options = [
            "-c",
            "diff.renameLimit=1000",
            "diff-tree",
            "-r",
            "-z",
            "--name-status",
            "--find-renames",
            "--diff-filter=R",
        ];
        let arguments: Vec<&str> = options.into_iter().chain([from.as_str(), to.as_str()]).collect();
        let printed = self.git.printed(self.root(), &arguments)?;
        let mut records = printed.records().map(|record| String::from_utf8_lossy(record).into_owned());
        let mut renames = HashMap::new();
        // The similarity, such as `R095`, and the two paths.
        while let (Some(_), Some(old), Some(new)) = (records.next(), records.next(), records.next()) {
            renames.insert(old, new);
        }
        Ok(renames)
    }
}

/// Finds what a path names; bytes of names that are not UTF-8 are replaced. `None` where it names nothing, and where it may be
/// one of several.
fn entry<'a>(
    library: &'a git2::Repository,
    mut tree: Tree<'a>,
    path: &str,
) -> Result<Option<(Oid, Option<ObjectType>)>, git2::Error> {
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let is_it = |entry: &TreeEntry<'_>| String::from_utf8_lossy(entry.name_bytes()) == part;
        let found: Vec<_> = tree.iter().filter(is_it).map(|entry| (entry.id(), entry.kind())).collect();
        let [(id, kind)] = found[..] else { return Ok(None) };
        match (parts.peek(), kind) {
            (None, _) => return Ok(Some((id, kind))),
            (Some(_), Some(ObjectType::Tree)) => tree = library.find_tree(id)?,
            (Some(_), _) => return Ok(None),
        }
    }
    Ok(None)
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
