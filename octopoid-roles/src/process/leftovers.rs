//! Processes that an agent left behind.
//!
//! Agents start their shells in sessions of their own, so the process group of the agent does not hold them. All of them
//! inherit its environment, though, and one variable there names the start that they belong to.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::Duration;

/// Names the folder of the start. Paths are unique on a machine, where ids of runs are not: another repository has a
/// `task-1.1` too.
pub(crate) const MARKER: &str = "OCTOPOID_CALL";

const ROUNDS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// Kills every process with this value of the marker, until there is none. Does nothing where there is no `/proc`.
pub(crate) async fn kill_all(value: &str) {
    let entry: Vec<u8> = format!("{MARKER}={value}").into_bytes();
    for _ in 0..ROUNDS {
        let entry = entry.clone();
        let found = tokio::task::spawn_blocking(move || find(&entry)).await.unwrap_or_default();
        if found.is_empty() {
            return;
        }
        tracing::debug!(call = value, processes = ?found, "killing what the agent left running");
        for pid in found {
            // Gone by itself is as good.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        tokio::time::sleep(PAUSE).await;
    }
    tracing::warn!(call = value, "processes of the agent cannot be killed");
}

fn find(entry: &[u8]) -> Vec<i32> {
    let own = Pid::this().as_raw();
    let Ok(list) = std::fs::read_dir("/proc") else { return Vec::new() };
    list.flatten()
        .filter_map(|item| item.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| *pid != own)
        .filter(|pid| {
            // Other users' processes cannot be read, and the dead have no environment.
            std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|one| one == entry))
        })
        .collect()
}
