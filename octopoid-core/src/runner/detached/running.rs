//! The agent processes of a run that are running.

use super::folder::StartFolder;
use std::path::Path;
use std::time::Duration;

/// A running agent process, as it is found in the files of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentProcess {
    /// The process id, which leads the agent's process group.
    pub pid: i32,
    /// How long it has been running; zero where that is unknown.
    pub age: Duration,
}

/// Returns the running agent processes of a run, also those that another process started, in the order of their ids.
///
/// `files` is the folder of the run's agent calls.
pub fn agent_processes(files: &Path) -> Vec<AgentProcess> {
    let Ok(calls) = std::fs::read_dir(files) else { return Vec::new() };
    let starts = calls.flatten().filter_map(|call| StartFolder::newest(&call.path()));
    let live = starts.filter(|start| start.exit_code().is_none()).filter_map(|start| start.process());
    let mut found: Vec<_> = live
        .filter(|identity| identity.is_alive())
        .map(|identity| AgentProcess { pid: identity.pid(), age: identity.age() })
        .collect();
    found.sort_by_key(|process| process.pid);
    found
}
