//! Where a plugin's calls for one run arrive.

use octopoid_plugin::Error;
use std::fmt::Debug;

/// The host's end of one run. Called on the plugin's threads.
pub(super) trait Port: Send + Sync + Debug {
    /// Takes a line of the log. Returns at once.
    fn log(&self, level: u32, event_json: &str);
    /// Whether the run is to stop. Returns at once.
    fn cancelled(&self) -> bool;
    /// Carries out an operation, and waits for it.
    fn call(&self, op: &str, request_json: &str) -> Result<String, Error>;
}
