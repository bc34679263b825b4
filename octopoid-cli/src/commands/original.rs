//! Commands of the original Octopoid without a counterpart: each names its replacement.

use crate::error::{CliError, Result};

pub(super) fn install_commands() -> Result<()> {
    Err(CliError::refused("there are no slash commands to install").hint(
        "agents and people use the command itself: `octopoid status`, `enqueue`, `draft create`; `octopoid help` lists all",
    ))
}
