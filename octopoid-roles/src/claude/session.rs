//! The name of a conversation. That of a new one is chosen before the start, so that a crash does not lose it.

use octopoid_core::model::SessionId;
use octopoid_core::runner::detached::StartFolder;
use std::os::unix::fs::MetadataExt;
use uuid::Uuid;

/// The name of the file with the name of the conversation.
pub(super) const FILE: &str = "session";
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

/// Returns the name that was created for a start.
pub(super) fn of(folder: &StartFolder) -> Option<SessionId> {
    let name = std::fs::read_to_string(folder.path().join(FILE)).ok()?;
    SessionId::new(name.trim()).ok()
}

/// Returns whether an earlier start of this call was cut off in its work.
pub(super) fn was_cut_off(folder: &StartFolder) -> bool {
    folder.earlier().any(|earlier| earlier.has_started() && !earlier.is_discarded())
}

/// Returns the conversation that a start goes on in: that of an earlier start of this call which was cut off, or the wanted one;
/// `None` once a start has found it gone.
pub(super) fn to_resume(folder: &StartFolder, wanted: Option<&SessionId>) -> Option<SessionId> {
    if folder.earlier().any(|earlier| earlier.is_discarded()) {
        return None;
    }
    let begun = folder.earlier().filter(|earlier| earlier.has_started()).find_map(|earlier| of(&earlier));
    begun.or_else(|| wanted.cloned())
}
