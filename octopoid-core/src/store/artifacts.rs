//! Store traits for artifacts: the files that runs leave for people.
//!
//! They are no part of [`Store`](super::Store): a database keeps no files. A server has both.

use super::{Result, StoreError};
use crate::model::{Artifact, ArtifactKey, Scope, TaskId, Timestamp};
use async_trait::async_trait;
use std::fmt::Debug;
use std::time::Duration;

/// Part of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ArtifactPart {
    /// Bytes of the part; empty where the artifact has none after the position.
    pub bytes: Vec<u8>,
    /// Length of the whole artifact so far.
    pub total: u64,
}

impl ArtifactPart {
    /// Returns a part of an artifact of this length.
    pub fn new(bytes: Vec<u8>, total: u64) -> Self {
        Self { bytes, total }
    }
}

/// Bound on the length of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactBound {
    most: u64,
}

impl Default for ArtifactBound {
    /// Returns the usual bound: 16 MiB.
    fn default() -> Self {
        Self::new(16 << 20)
    }
}

impl ArtifactBound {
    /// Last line of an artifact that has reached its bound.
    pub const LEFT_OUT: &str = "\n[the rest is left out: no more than this is kept]\n";

    /// Returns a bound of so many bytes, [`LEFT_OUT`](Self::LEFT_OUT) included.
    pub const fn new(most: u64) -> Self {
        Self { most }
    }

    /// Returns whether an artifact of this length has reached the bound.
    pub const fn is_reached(&self, length: u64) -> bool {
        length > self.most.saturating_sub(Self::LEFT_OUT.len() as u64)
    }

    /// Returns the part of `bytes` that fits into an artifact of this length, and the last line if that is not all of them.
    pub fn fit<'a>(&self, length: u64, bytes: &'a [u8]) -> (&'a [u8], Option<&'static str>) {
        let room = self.most.saturating_sub(Self::LEFT_OUT.len() as u64);
        if self.is_reached(length) {
            return (&[], None);
        }
        match usize::try_from(room - length) {
            Ok(room) if room < bytes.len() => (&bytes[..room], Some(Self::LEFT_OUT)),
            _ => (bytes, None),
        }
    }
}

/// Reader of artifacts.
#[async_trait]
pub trait ArtifactReader: Send + Sync + Debug {
    /// Reads a part of an artifact, which may still grow.
    ///
    /// # Behavior
    /// - Begins at the byte `from` and has at most `most` bytes; a store may give fewer, but not none while there are more.
    /// - From the end on, also beyond it, the part is empty.
    ///
    /// # Errors
    /// `NotFound`, also for an artifact of another scope; `Unavailable`.
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart>;

    /// Waits until an artifact has bytes after `from`, for at most `longest`. Returns whether it has some now.
    ///
    /// # Behavior
    /// - Tells the machine that writes the artifact that it is followed, so that it sends new bytes at once.
    /// - An artifact that does not exist yet is waited for.
    /// - The default returns `false` at once: a reader that got this answer looks again after a pause of its own.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn wait(&self, artifact: &ArtifactKey, from: u64, longest: Duration) -> Result<bool> {
        let _ = (artifact, from, longest);
        Ok(false)
    }

    /// Lists the artifacts of a task, by run and kind. A task without artifacts has an empty list.
    ///
    /// # Errors
    /// `NotFound` where the store knows the tasks and has no such task; `Unavailable`.
    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>>;
}

/// Store of artifacts. They only ever grow at their end, until they are removed.
#[async_trait]
pub trait ArtifactStore: ArtifactReader {
    /// Appends bytes that belong at the position `at`, and returns the length of the artifact.
    ///
    /// # Behavior
    /// - Creates the artifact if there is none.
    /// - What is there already is not written again, so that a repetition after a lost answer has one effect (I04).
    /// - Without bytes, only the length is returned, for any position; 0 if there is no such artifact.
    /// - A store bounds the length. What goes beyond is left out, the artifact ends with a line that says so, and the length that is
    ///   returned is less than `at` and the bytes together.
    ///
    /// # Errors
    /// `Conflict` where bytes before `at` are missing; `NotFound` where the store knows the runs and has no such run;
    /// `Unavailable`.
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64>;

    /// Removes all artifacts of a task.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()>;

    /// Lists the tasks all of whose artifacts were last appended to before a moment, so that they can be removed once they are old.
    /// The list is empty for a store that removes them by itself.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn unchanged_since(&self, before: Timestamp) -> Result<Vec<(Scope, TaskId)>>;
}

impl StoreError {
    /// Creates the error of an append that would leave a gap.
    pub fn artifact_gap(artifact: &ArtifactKey, length: u64, at: u64) -> Self {
        let words =
            format!("the {artifact} has {length} bytes, and these belong at {at}: send those before first");
        Self::new(super::ErrorKind::Conflict, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_and_said_once() {
        let end = ArtifactBound::LEFT_OUT.len() as u64;
        let bound = ArtifactBound::new(end + 5);
        assert_eq!(bound.fit(0, b"12345"), (&b"12345"[..], None));
        assert_eq!(bound.fit(3, b"456"), (&b"45"[..], Some(ArtifactBound::LEFT_OUT)));
        assert_eq!(bound.fit(5, b"6"), (&b""[..], Some(ArtifactBound::LEFT_OUT)));
        assert_eq!(bound.fit(end + 5, b"7"), (&b""[..], None));
    }
}
