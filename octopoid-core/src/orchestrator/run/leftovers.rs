//! What a script that had to be stopped has left running outside of its process group.
//!
//! A script may start sessions of its own (`setsid`), which no signal to its group reaches. All that it begins inherits its
//! environment, though, and one variable there names the step that it belongs to. So the processes are looked through for
//! that: a parent that is gone, as that of a daemon is, hides nothing, and nothing has to be set up before.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;

/// Names the step by the folder of its run. Paths are unique on a machine, where ids of runs are not: another repository
/// has a `task-1.1` too.
pub(super) const MARKER: &str = "OCTOPOID_STEP";

/// What is killed may begin something else just before, so it is looked again. So often at most: a process that the kernel
/// holds fast does not go away.
const ROUNDS: u32 = 100;

/// Kills every process with this value of the marker. Does nothing where there is no `/proc`. Blocks for a moment.
pub(super) fn kill_all(value: &str) {
    let entry = format!("{MARKER}={value}").into_bytes();
    for _ in 0..ROUNDS {
        let found = find(&entry);
        if found.is_empty() {
            return;
        }
        for pid in found {
            // Gone by itself is as good.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        std::thread::yield_now();
    }
    tracing::warn!(step = value, "processes of a script that was stopped cannot be killed");
}

fn find(entry: &[u8]) -> Vec<i32> {
    let Ok(list) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = list.flatten().filter_map(|item| item.file_name().to_str()?.parse::<i32>().ok());
    // Other users' processes cannot be read, and the dead have no environment.
    let has_marker = |pid: &i32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|one| one == entry))
    };
    pids.filter(|pid| *pid != Pid::this().as_raw()).filter(has_marker).collect()
}
