//! Reading an artifact that grows line by line.

use super::Artifacts;
use octopoid_core::model::ArtifactKey;
use octopoid_core::store::{ArtifactReader as _, Result};

/// Number of bytes that are read at once.
const PART: u64 = 256 << 10;
/// Longest line in bytes; a longer one is split.
const LINE: usize = 1 << 20;

/// An artifact, and how far it was read.
#[derive(Debug)]
pub(crate) struct ArtifactLines {
    artifacts: Artifacts,
    key: ArtifactKey,
    at: u64,
    /// The beginning of an incomplete line.
    open: Vec<u8>,
}

impl ArtifactLines {
    pub(crate) fn new(artifacts: Artifacts, key: ArtifactKey) -> Self {
        Self { artifacts, key, at: 0, open: Vec::new() }
    }

    /// Returns how far it was read, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Returns the next complete lines; `None` when all that is there was read.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<String>>> {
        let part = self.artifacts.read(&self.key, self.at, PART).await?;
        if part.bytes.is_empty() {
            return Ok(None);
        }
        self.at += part.bytes.len() as u64;
        self.open.extend_from_slice(&part.bytes);
        let mut lines = Vec::new();
        while let Some(end) = self.open.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.open.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned());
        }
        if self.open.len() > LINE {
            lines.extend(self.rest());
        }
        Ok(Some(lines))
    }

    /// Returns the incomplete last line, if there is one.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.open);
        (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{ArtifactKind, RunId, Scope, TaskId};
    use octopoid_core::orchestrator::{Layout, LocalArtifacts};
    use std::io::Write;

    #[tokio::test]
    async fn only_whole_and_new_lines_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let (layout, task) = (Layout::new(folder.path()), TaskId::numbered(1));
        std::fs::create_dir_all(layout.artifacts(&task)).unwrap();
        let mut file = std::fs::File::create(layout.attempt_log(&task, 1)).unwrap();
        let artifacts = Artifacts::new(Some(LocalArtifacts::new(layout, Scope::single())), None);
        let key = ArtifactKey::new(Scope::single(), task.clone(), RunId::of(&task, 1), ArtifactKind::Log);
        let mut lines = ArtifactLines::new(artifacts, key);
        file.write_all(b"one\r\ntw").unwrap();
        assert_eq!(lines.next().await.unwrap(), Some(vec!["one".to_owned()]));
        assert_eq!(lines.next().await.unwrap(), None);
        file.write_all(b"o\n\xffend").unwrap();
        assert_eq!(lines.next().await.unwrap(), Some(vec!["two".to_owned()]));
        assert_eq!(lines.rest().as_deref(), Some("\u{fffd}end"));
        assert_eq!(lines.rest(), None);
    }
}
