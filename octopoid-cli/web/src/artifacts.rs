//! Artifacts of runs, from wherever they are.

use octopoid_core::model::{Artifact, ArtifactKey, Scope, TaskId};
use octopoid_core::store::{ArtifactReader, Result};
use std::sync::Arc;
use std::time::Duration;

/// Most bytes that are read at once.
const PART: u64 = 512 << 10;

/// Readers of artifacts: the first that has one gives it.
#[derive(Debug, Default)]
pub(crate) struct Artifacts(Vec<Arc<dyn ArtifactReader>>);

/// Whole lines of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Lines {
    /// Text; bytes that are not UTF-8 are replaced.
    pub(crate) text: String,
    /// Position in bytes at which the next lines begin.
    pub(crate) next: u64,
}

impl Artifacts {
    pub(crate) fn add(&mut self, reader: Arc<dyn ArtifactReader>) {
        self.0.push(reader);
    }

    /// Lists the artifacts of a task, each once.
    pub(crate) async fn list(&self, scope: &Scope, task: &TaskId) -> Vec<Artifact> {
        let mut all: Vec<Artifact> = Vec::new();
        for reader in &self.0 {
            // One that cannot be asked, or does not know the task, has nothing to show.
            for one in reader.list(scope, task).await.unwrap_or_default() {
                if !all.iter().any(|known| known.run == one.run && known.kind == one.kind) {
                    all.push(one);
                }
            }
        }
        all
    }

    /// Reads whole lines of an artifact from a position on; `None` if there is no such artifact.
    ///
    /// # Errors
    /// As [`ArtifactReader::read`], but for one that is not there.
    pub(crate) async fn lines(&self, artifact: &ArtifactKey, from: u64) -> Result<Option<Lines>> {
        for reader in &self.0 {
            match reader.read(artifact, from, PART).await {
                Ok(part) => return Ok(Some(lines(&part.bytes, from))),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Waits until an artifact has bytes after a position, for at most `longest`. Returns whether it has some now; `false` also
    /// where no reader can wait.
    pub(crate) async fn wait(&self, artifact: &ArtifactKey, from: u64, longest: Duration) -> bool {
        for reader in &self.0 {
            if matches!(reader.wait(artifact, from, longest).await, Ok(true)) {
                return true;
            }
        }
        false
    }

    /// Reads a whole artifact, up to a bound; `None` if there is no such artifact.
    ///
    /// # Errors
    /// As [`Artifacts::lines`].
    pub(crate) async fn whole(&self, artifact: &ArtifactKey, most: usize) -> Result<Option<String>> {
        let Some(mut whole) = self.lines(artifact, 0).await? else { return Ok(None) };
        while whole.text.len() < most {
            match self.lines(artifact, whole.next).await? {
                Some(more) if more.next > whole.next => {
                    whole.text.push_str(&more.text);
                    whole.next = more.next;
                }
                _ => break,
            }
        }
        Ok(Some(whole.text))
    }
}

/// Returns the whole lines of a part that begins at a position.
fn lines(bytes: &[u8], from: u64) -> Lines {
    let is_full = bytes.len() as u64 >= PART;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map(|end| end + 1);
    // A line that is longer than a part is split.
    let length = whole.unwrap_or(if is_full { bytes.len() } else { 0 });
    Lines { text: String::from_utf8_lossy(&bytes[..length]).into_owned(), next: from + length as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_given_and_none_twice() {
        let expected = |text: &str, next| Lines { text: text.to_owned(), next };
        assert_eq!(lines(b"one\ntw", 0), expected("one\n", 4));
        assert_eq!(lines(b"tw", 4), expected("", 4));
        assert_eq!(lines(b"two\n", 4), expected("two\n", 8));
        assert_eq!(lines(b"\xff\n", 0), expected("\u{fffd}\n", 2));
        let long = vec![b'x'; usize::try_from(PART).unwrap()];
        assert_eq!(lines(&long, 7).next, PART + 7);
    }
}
