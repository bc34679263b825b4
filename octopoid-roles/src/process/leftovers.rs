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
/// `first` is the process that started all of them, where it is known.
pub(crate) async fn kill_all(value: &str, first: Option<i32>) {
    let entry: Vec<u8> = format!("{MARKER}={value}").into_bytes();
    for _ in 0..ROUNDS {
        let entry = entry.clone();
        let found = tokio::task::spawn_blocking(move || find(&entry, first)).await.unwrap_or_default();
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

/// How many process ids are tried one by one before the list of all processes is read.
const FEW: i32 = 512;

/// The processes that may descend from `first`. Process ids are given in order, so these are the ones from there to the
/// newest, unless ids are few and begin again from the start every now and then. Right after a short run that is a
/// handful, where the list of all processes is long.
fn candidates(first: Option<i32>) -> Vec<i32> {
    let number =
        |path: &str| std::fs::read_to_string(path).ok()?.split_whitespace().next_back()?.parse::<i32>().ok();
    let span = || {
        let (first, newest) = (first?, number("/proc/loadavg")?);
        let in_order = number("/proc/sys/kernel/pid_max")? > 1 << 20;
        (in_order && first <= newest && newest - first <= FEW).then_some(first..=newest)
    };
    match span() {
        Some(span) => span.collect(),
        None => std::fs::read_dir("/proc")
            .map(|list| list.flatten().filter_map(|item| item.file_name().to_str()?.parse().ok()).collect())
            .unwrap_or_default(),
    }
}

fn find(entry: &[u8], first: Option<i32>) -> Vec<i32> {
    let own = Pid::this().as_raw();
    let has_marker = |pid: &i32| {
        // Other users' processes cannot be read, and the dead have no environment.
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|one| one == entry))
    };
    candidates(first).into_iter().filter(|pid| *pid != own).filter(has_marker).collect()
}
