//! Processes that agents leave behind stay below the orchestrator, so that a command that one of them gives is seen to come
//! from a run (I39).
//!
//! A process whose parent has ended goes to the nearest *subreaper* above it, instead of to the system's first process.
//! What ends there is collected here as well.

use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// For how long an ended child is left to the code that started it, which waits for it at once. A child that is still
/// there afterwards was started by another process.
const GRACE: Duration = Duration::from_secs(60);

/// Keeps orphans below this process, and collects those that end, as long as it lives.
#[derive(Debug)]
pub(super) struct Subreaper {
    task: JoinHandle<()>,
}

impl Subreaper {
    /// Returns `None` where the system does not offer it.
    pub(super) fn begin() -> Option<Self> {
        // Without the list of children they could not be collected.
        children()?;
        let ended = signal(SignalKind::child()).ok()?;
        become_subreaper().then(|| Self { task: tokio::spawn(collect(ended)) })
    }
}

impl Drop for Subreaper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(target_os = "linux")]
fn become_subreaper() -> bool {
    nix::sys::prctl::set_child_subreaper(true).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn become_subreaper() -> bool {
    false
}

async fn collect(mut ended: Signal) {
    let mut seen = BTreeSet::new();
    loop {
        // Nothing has to be looked at until a child ends.
        if seen.is_empty() && ended.recv().await.is_none() {
            return;
        }
        tokio::time::sleep(GRACE).await;
        let dead: BTreeSet<_> = children().unwrap_or_default().into_iter().filter_map(Dead::read).collect();
        for child in dead.intersection(&seen) {
            // Collected meanwhile is as good.
            let _ = waitpid(Pid::from_raw(child.pid), Some(WaitPidFlag::WNOHANG));
        }
        seen = dead.difference(&seen).copied().collect();
    }
}

/// The children of the main thread, which are those that it started and those that were left to this process.
fn children() -> Option<Vec<i32>> {
    let own = std::process::id();
    let list = std::fs::read_to_string(format!("/proc/self/task/{own}/children")).ok()?;
    Some(list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// A child that has ended and was not collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Dead {
    pid: i32,
    /// When it started, since ids are given again.
    start: u64,
}

impl Dead {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(pid, &std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(pid: i32, stat: &str) -> Option<Self> {
        // The program's name stands in parentheses and may contain anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let ended = fields.next()? == "Z";
        let start = fields.nth(18)?.parse().ok()?;
        ended.then_some(Self { pid, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_ended_is_collected() {
        let stat = |state: &str| format!("7 (a) b) {state} 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0");
        assert_eq!(Dead::parse(7, &stat("Z")), Some(Dead { pid: 7, start: 4711 }));
        assert_eq!(Dead::parse(7, &stat("S")), None);
    }
}
