//! The receiver of a plugin's calls for one run.

use octopoid_plugin::Error;
use std::fmt::Debug;

/// Receives the calls of one run, on the plugin's threads.
pub(super) trait Port: Send + Sync + Debug {
    /// Takes an event of the log. Returns at once.
    fn log(&self, level: u32, event_json: &str);
    /// Returns whether the run is to stop. Returns at once.
    fn cancelled(&self) -> bool;
    /// Carries out an operation, and returns its result as JSON. Blocks.
    fn call(&self, op: &str, request_json: &str) -> Result<String, Error>;
}
