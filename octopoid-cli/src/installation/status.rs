//! The status that a running orchestrator writes.

use super::Installation;
use octopoid_core::orchestrator::{Status, running_pid};

/// What the running orchestrator says of itself; none when none runs. A file that a dead one left does not count.
pub(crate) fn running_status(installation: &Installation) -> Option<Status> {
    running_pid(&installation.layout)?;
    let bytes = octopoid_roles::regular_file::read(installation.layout.status()).ok()?;
    serde_json::from_slice(&bytes).ok()
}
