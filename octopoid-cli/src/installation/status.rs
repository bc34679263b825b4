//! The status that a running orchestrator writes.

use super::Installation;
use octopoid_core::orchestrator::{Status, running_pid};

/// Reads the status of the running orchestrator; none if none runs. The file of a dead one does not count.
pub(crate) fn running_status(installation: &Installation) -> Option<Status> {
    running_pid(&installation.layout)?;
    let bytes = octopoid_roles::regular_file::read(installation.layout.status()).ok()?;
    serde_json::from_slice(&bytes).ok()
}
