//! The name of a new conversation, chosen before the start so that a crash does not lose it.

use crate::process::StartFolder;
use octopoid_core::model::SessionId;
use std::os::unix::fs::MetadataExt;
use uuid::Uuid;

/// The file that keeps it.
pub(super) const FILE: &str = "session";
/// Any fixed value does.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f63_746f_706f_6964_5f63_6c61_7564_6501);

/// Makes the name for a folder that was just made. It is another one for every start, because the program refuses a name
/// that it has seen: paths and ids of runs come back when a repository is set up anew, so the time goes into it.
pub(super) fn make(folder: &StartFolder) -> String {
    let made = std::fs::metadata(folder.path())
        .map(|metadata| format!("{}.{}", metadata.mtime(), metadata.mtime_nsec()))
        .unwrap_or_default();
    Uuid::new_v5(&NAMESPACE, format!("{}@{made}", folder.path().display()).as_bytes()).to_string()
}

/// The name that was made for a start.
pub(super) fn of(folder: &StartFolder) -> Option<SessionId> {
    let name = std::fs::read_to_string(folder.path().join(FILE)).ok()?;
    SessionId::new(name.trim()).ok()
}

/// Returns whether a start of this call before this one was at work.
pub(super) fn was_cut_off(folder: &StartFolder) -> bool {
    folder.earlier().any(|earlier| earlier.has_started() && !earlier.is_discarded())
}

/// Returns the conversation that a start goes on in: that of a start of the same call which was cut off, or the wanted one. None
/// once it has shown that it is not there any more.
pub(super) fn to_resume(folder: &StartFolder, wanted: Option<&SessionId>) -> Option<SessionId> {
    if folder.follows_a_discarded_one() {
        return None;
    }
    let begun = folder.earlier().filter(|earlier| earlier.has_started()).find_map(|earlier| of(&earlier));
    begun.or_else(|| wanted.cloned())
}
