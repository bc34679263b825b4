//! Snapshot of a repository's refs and of the HEADs of its checkouts, which a run must not move (I31).

use super::ref_move::{Moved, RefMove, real};
use super::status::path_of;
use super::{GitError, Repository};
use crate::model::CommitId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Targets of every ref and of the HEAD of every checkout at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refs {
    /// Targets by full name; a symbolic ref has the target `ref: NAME`.
    pub(super) refs: BTreeMap<String, String>,
    /// HEADs by the folder of the checkout.
    pub(super) heads: BTreeMap<PathBuf, String>,
    /// Number of the orchestrator's own moves at the time of the snapshot.
    #[serde(skip)]
    pub(super) own_moves: u64,
}

impl Refs {
    /// Reads the refs and HEADs of a repository.
    ///
    /// # Errors
    /// Returns a [`GitError`] if git fails.
    pub(crate) fn read(repository: &Repository) -> Result<Self, GitError> {
        // First, so that the orchestrator's moves during the reading count as later ones.
        let own_moves = repository.own_moves.count();
        let mut refs = BTreeMap::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for found in repository.library()?.references()? {
            let found = found?;
            let target = match (found.target(), found.symbolic_target_bytes()) {
                (Some(object), _) => object.to_string(),
                (None, Some(symbolic)) => format!("ref: {}", text(symbolic)),
                (None, None) => continue,
            };
            refs.insert(text(found.name_bytes()), target);
        }
        let mut heads = BTreeMap::new();
        let mut add = |folder: PathBuf, private: &Path| {
            if let Ok(head) = std::fs::read_to_string(private.join("HEAD")) {
                heads.insert(folder, head.trim_end().to_owned());
            }
        };
        let main = repository.main_checkout().unwrap_or(repository.common());
        add(main.to_owned(), repository.common());
        if let Ok(linked) = std::fs::read_dir(repository.common().join("worktrees")) {
            for private in linked.flatten().map(|entry| entry.path()) {
                let Ok(gitdir) = std::fs::read(private.join("gitdir")) else { continue };
                if let Some(folder) = private.join(path_of(gitdir.trim_ascii_end())).parent() {
                    add(folder.to_owned(), &private);
                }
            }
        }
        Ok(Self { refs, heads, own_moves })
    }

    /// Returns the commit of a remote's branch.
    pub(crate) fn remote_tip(&self, remote: &str, branch: &str) -> Option<CommitId> {
        CommitId::new(self.refs.get(&format!("refs/remotes/{remote}/{branch}"))?).ok()
    }

    /// Returns the folders of all checkouts.
    pub(super) fn checkouts(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.heads.keys().map(|folder| real(folder))
    }

    /// Returns the checkouts whose HEAD is on a branch.
    pub(super) fn checkouts_of(&self, name: &str) -> BTreeSet<PathBuf> {
        let on = |head: &str| head.strip_prefix("ref: ") == Some(name);
        self.heads.iter().filter(|(_, head)| on(head)).map(|(folder, _)| real(folder)).collect()
    }

    /// Returns what has another target in `after`. Added and removed worktrees, and the HEAD of `own`, are ignored.
    pub(super) fn moves(&self, after: &Self, own: &Path) -> Vec<RefMove> {
        let heads =
            self.heads.iter().filter(|(folder, _)| real(folder) != own).filter_map(|(folder, before)| {
                let now = after.heads.get(folder)?;
                (now != before).then(|| RefMove {
                    what: Moved::Head(folder.clone()),
                    before: Some(before.clone()),
                    after: Some(now.clone()),
                })
            });
        let names: BTreeSet<_> = self.refs.keys().chain(after.refs.keys()).collect();
        let refs = names.into_iter().filter_map(|name| {
            let (before, after) = (self.refs.get(name), after.refs.get(name));
            (before != after).then(|| RefMove {
                what: Moved::Ref(name.clone()),
                before: before.cloned(),
                after: after.cloned(),
            })
        });
        heads.chain(refs).collect()
    }
}
