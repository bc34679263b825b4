//! The name of a new conversation, which is chosen before the start.

use octopoid_core::runner::detached::StartFolder;
use std::os::unix::fs::MetadataExt;
use uuid::Uuid;

/// The namespace of the names; any fixed value does.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f63_746f_706f_6964_5f63_6c61_7564_6501);

/// Creates a name for a folder that was just created. Every start gets another one, because the program refuses a name
/// that it has seen: paths and ids of runs come back when a repository is set up again, so the time goes into it.
pub(super) fn make(folder: &StartFolder) -> String {
    let made = std::fs::metadata(folder.path())
        .map(|metadata| format!("{}.{}", metadata.mtime(), metadata.mtime_nsec()))
        .unwrap_or_default();
    Uuid::new_v5(&NAMESPACE, format!("{}@{made}", folder.path().display()).as_bytes()).to_string()
}
