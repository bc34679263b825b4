//! The environment variable by which every process of a start is found.
//!
//! Agents start their shells in sessions of their own, which no signal to the process group reaches. All of them inherit
//! the environment, though. So processes are found by a variable there: a parent that is gone, as that of a daemon is, hides
//! nothing, and nothing has to be set up before.

use super::{Identity, Signal};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs;
use std::time::Duration;

/// How often processes are searched for and killed: one that is killed may have started another just before. A process
/// that the kernel holds does not go away, however often it is killed.
const ROUNDS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// How many process ids are tried one by one before the list of all processes is read.
const FEW: i32 = 512;

/// How often an empty environment is read again: for a moment while it executes a program, that of a process is empty.
const READS_DURING_EXEC: u32 = 100;

/// An environment variable that names what a program was started for.
///
/// The value holds a path, such as that of the run's folder: paths are unique on a machine, where ids of runs are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    name: String,
    value: String,
}

impl Marker {
    /// Creates a marker from the name and the value of the variable.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Returns the name of the variable.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value of the variable.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns whether a process carries the marker; `false` without `/proc`, and for processes of other users.
    pub fn is_on(&self, pid: i32) -> bool {
        carries(pid, &self.entry())
    }

    /// Kills every process that carries the marker, until there is none; does nothing without `/proc`.
    ///
    /// `first` is the process that started all of them, where it is known: the search is faster then.
    pub async fn kill_all(&self, first: Option<&Identity>) {
        let first = first.map(Identity::pid);
        for _ in 0..ROUNDS {
            let entry = self.entry();
            let found = tokio::task::spawn_blocking(move || find(&entry, first)).await.unwrap_or_default();
            if found.is_empty() {
                return;
            }
            tracing::debug!(marker = self.value, processes = ?found, "killing processes that were left running");
            for pid in found {
                // Gone by itself is as good.
                let _ = kill(Pid::from_raw(pid), Signal::Kill.to_nix());
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::warn!(marker = self.value, "processes that were left running cannot be killed");
    }

    fn entry(&self) -> Vec<u8> {
        format!("{}={}", self.name, self.value).into_bytes()
    }
}

/// Returns whether a process has an entry in its environment. Other users' processes cannot be read, and the dead have none.
fn carries(pid: i32, entry: &[u8]) -> bool {
    for _ in 0..READS_DURING_EXEC {
        let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
        if !environment.is_empty() {
            return environment.split(|byte| *byte == 0).any(|one| one == entry);
        }
        // The kernel's own threads and the dead have no program.
        if fs::read_link(format!("/proc/{pid}/exe")).is_err() {
            return false;
        }
        std::thread::yield_now();
    }
    false
}

fn find(entry: &[u8], first: Option<i32>) -> Vec<i32> {
    let own = Pid::this().as_raw();
    candidates(first).into_iter().filter(|pid| *pid != own && carries(*pid, entry)).collect()
}

/// Returns the processes that may descend from `first`. Process ids are given in order, so these are the ones from there to
/// the newest, unless ids are few and begin again from the start every now and then. Right after a short run that is a
/// handful, where the list of all processes is long.
fn candidates(first: Option<i32>) -> Vec<i32> {
    let number =
        |path: &str| fs::read_to_string(path).ok()?.split_whitespace().next_back()?.parse::<i32>().ok();
    let span = || {
        let (first, newest) = (first?, number("/proc/loadavg")?);
        let in_order = number("/proc/sys/kernel/pid_max")? > 1 << 20;
        (in_order && first <= newest && newest - first <= FEW).then_some(first..=newest)
    };
    match span() {
        Some(span) => span.collect(),
        None => fs::read_dir("/proc")
            .map(|list| list.flatten().filter_map(|item| item.file_name().to_str()?.parse().ok()).collect())
            .unwrap_or_default(),
    }
}
