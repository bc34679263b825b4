//! Names of the objects, and what they say.

use object_store::path::Path;
use object_store::{ObjectMeta, UpdateVersion};
use octopoid_core::model::{ArtifactKey, ArtifactKind, RunId, Scope, TaskId};

/// Where an artifact belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) scope: Scope,
    pub(super) task: TaskId,
    pub(super) run: RunId,
    pub(super) kind: ArtifactKind,
}

impl Location {
    pub(super) fn of(artifact: &ArtifactKey) -> Self {
        let ArtifactKey { scope, task, run, kind, .. } = artifact.clone();
        Self { scope, task, run, kind }
    }

    /// Reads the path of an object; `None` for what is no piece of an artifact.
    pub(super) fn read(path: &Path, prefix: &Path) -> Option<Self> {
        let parts: Vec<_> = path.prefix_match(prefix)?.map(|part| part.as_ref().to_owned()).collect();
        let [scope, task, run, kind, _] = parts.try_into().ok()?;
        let (scope, task) = (Scope::new(scope).ok()?, TaskId::new(task).ok()?);
        Some(Self { scope, task, run: RunId::new(run).ok()?, kind: kind.parse().ok()? })
    }

    /// Returns the path below which its pieces are.
    pub(super) fn below(&self, prefix: &Path) -> Path {
        let task = prefix.clone().join(self.scope.as_str()).join(self.task.as_str());
        task.join(self.run.as_str()).join(self.kind.as_str())
    }
}

/// Object of an artifact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// Position of its first byte in the artifact.
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) version: UpdateVersion,
}

impl Piece {
    pub(super) fn of(meta: &ObjectMeta) -> Option<Self> {
        let start = meta.location.filename()?.parse().ok()?;
        let version = UpdateVersion { e_tag: meta.e_tag.clone(), version: meta.version.clone() };
        Some(Self { start, length: meta.size, version })
    }

    /// Returns the position after its last byte.
    pub(super) fn end(&self) -> u64 {
        self.start + self.length
    }

    pub(super) fn path(&self, artifact: &ArtifactKey, prefix: &Path) -> Path {
        Self::path_at(self.start, artifact, prefix)
    }

    /// Returns the path of the piece that begins at a position. Names are in the order of positions.
    pub(super) fn path_at(start: u64, artifact: &ArtifactKey, prefix: &Path) -> Path {
        Location::of(artifact).below(prefix).join(format!("{start:020}"))
    }
}

/// Returns the pieces that follow each other from the beginning, in order.
pub(super) fn whole(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut pieces: Vec<_> = pieces.collect();
    pieces.sort_by_key(|piece| piece.start);
    let mut end = 0;
    pieces.retain(|piece| {
        let follows = piece.start == end;
        if follows {
            end = piece.end();
        }
        follows
    });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_where_it_is_written() {
        let task = TaskId::new("Odd.name_-x").unwrap();
        let key = ArtifactKey::new(
            Scope::new("mine").unwrap(),
            task.clone(),
            RunId::of(&task, 3),
            ArtifactKind::TestOutput,
        );
        for prefix in [Path::default(), Path::from("a/b")] {
            let path = Piece::path_at(7, &key, &prefix);
            assert_eq!(Location::read(&path, &prefix), Some(Location::of(&key)));
            assert_eq!(path.filename(), Some("00000000000000000007"));
            for foreign in ["mine/x", "mine/task-1/task-1.1/secrets/0", "a/b/c/d/e/f/g"] {
                assert_eq!(Location::read(&Path::from(foreign), &prefix), None, "{foreign}");
            }
        }
    }

    #[test]
    fn what_does_not_follow_is_no_part_of_it() {
        let piece = |start, length| {
            let version = UpdateVersion { e_tag: None, version: None };
            Piece { start, length, version }
        };
        let starts =
            |pieces: Vec<Piece>| whole(pieces.into_iter()).iter().map(|one| one.start).collect::<Vec<_>>();
        assert_eq!(starts(vec![piece(5, 5), piece(0, 5)]), [0, 5]);
        assert_eq!(starts(vec![piece(0, 5), piece(6, 5), piece(11, 1)]), [0]);
        assert_eq!(starts(vec![piece(4, 5)]), [0_u64; 0]);
    }
}
