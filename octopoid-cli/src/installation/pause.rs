//! Pausing and resuming: a marker file that a running orchestrator watches and that outlives it.

use super::Installation;
use crate::error::{IoContext, Result};

impl Installation {
    /// Pauses the orchestrator in a person's name, the running one and those that follow. Returns whether it was paused
    /// before.
    pub(crate) fn pause(&self, by: &str) -> Result<bool> {
        let marker = self.pause_marker();
        let was = marker.exists();
        std::fs::create_dir_all(self.layout.runtime()).doing("make the folder for the pause marker")?;
        std::fs::write(&marker, format!("paused by {by}\n")).doing("write the pause marker")?;
        Ok(was)
    }

    /// Resumes the orchestrator. Returns whether it was paused.
    pub(crate) fn resume(&self) -> Result<bool> {
        match std::fs::remove_file(self.pause_marker()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).doing("remove the pause marker"),
        }
    }
}
