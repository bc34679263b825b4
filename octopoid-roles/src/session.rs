//! The name of the conversation of a call, kept in the folder of its start so that a crash does not lose it.

use octopoid_core::model::SessionId;
use octopoid_core::runner::detached::StartFolder;

/// The name of the file with the name of the conversation.
pub(crate) const FILE: &str = "session";

/// The end of the prompt of an agent that was cut off in the middle of this very call.
pub(crate) const CUT_OFF: &str = "

# Go on

You have begun with this in this very conversation, and were cut off: the machine or the orchestrator went down. Look at what is
there, and go on from where you stopped.
";

/// Returns the name of the conversation of a start.
pub(crate) fn of(folder: &StartFolder) -> Option<SessionId> {
    let name = std::fs::read_to_string(folder.path().join(FILE)).ok()?;
    SessionId::new(name.trim()).ok()
}

/// Returns whether an earlier start of this call was cut off in its work.
pub(crate) fn was_cut_off(folder: &StartFolder) -> bool {
    folder.earlier().any(|earlier| earlier.has_started() && !earlier.is_discarded())
}

/// Returns the conversation that a start goes on in: that of an earlier start of this call which was cut off, or the wanted one;
/// `None` once a start has found it gone.
pub(crate) fn to_resume(folder: &StartFolder, wanted: Option<&SessionId>) -> Option<SessionId> {
    if folder.earlier().any(|earlier| earlier.is_discarded()) {
        return None;
    }
    let begun = folder.earlier().filter(|earlier| earlier.has_started()).find_map(|earlier| of(&earlier));
    begun.or_else(|| wanted.cloned())
}
