//! The identity of a process, which a reused process id does not have.

use super::Signal;
use nix::sys::signal::{kill, killpg};
use nix::unistd::{Pid, SysconfVar, sysconf};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use std::time::Duration;

/// A process that leads a process group: its id, when it started, and in which boot of the machine.
///
/// It can be written to a file and read by another process, also after a restart of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pid: i32,
    /// In the kernel's ticks since it booted; `None` without `/proc`.
    start: Option<u64>,
    boot: Option<String>,
}

impl Identity {
    /// Returns the identity of a process that is running.
    pub fn of(pid: u32) -> Self {
        let pid = i32::try_from(pid).unwrap_or(i32::MAX);
        Self { pid, start: stat(pid).map(|stat| stat.start), boot: boot() }
    }

    /// Returns the process id.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Returns whether the process is running. A process that ended and was not waited for is not.
    pub fn is_alive(&self) -> bool {
        if !self.is_of_this_boot() {
            return false;
        }
        match self.start {
            Some(start) => stat(self.pid).is_some_and(|stat| stat.start == start && !stat.dead),
            None => kill(Pid::from_raw(self.pid), None).is_ok(),
        }
    }

    /// Returns whether the process was started since the machine booted.
    pub fn is_of_this_boot(&self) -> bool {
        self.boot == boot()
    }

    /// Returns for how long the process has been running; zero where that is unknown.
    pub fn age(&self) -> Duration {
        let age = || {
            let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
            let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
            let ticks = u32::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
            let start = u32::try_from(self.start? / u64::from(ticks)).ok()?;
            Duration::try_from_secs_f64(uptime - f64::from(start)).ok()
        };
        age().unwrap_or_default()
    }

    /// Sends a signal to the process group, if the process that leads it is running.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            self.signal_group(signal);
        }
    }

    /// Sends a signal to the process group, also when its leader has ended. Only while the leader is our child, or was until
    /// just now, does its id still mean this group.
    pub(super) fn signal_group(&self, signal: Signal) {
        // To the system 0 is our own group, and 1 every process there is.
        if self.pid <= 1 {
            return;
        }
        // A group that is already gone is what was wanted.
        let _ = killpg(Pid::from_raw(self.pid), signal.to_nix());
    }
}

struct Stat {
    start: u64,
    dead: bool,
}

fn stat(pid: i32) -> Option<Stat> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may hold anything.
    let after = text.iter().rposition(|byte| *byte == b')')?;
    let text = std::str::from_utf8(text.get(after + 1..)?).ok()?;
    let mut fields = text.split_whitespace();
    let state = fields.next()?;
    Some(Stat { start: fields.nth(18)?.parse().ok()?, dead: matches!(state, "Z" | "X") })
}

fn boot() -> Option<String> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read =
        || std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned());
    BOOT.get_or_init(read).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_process_id_is_another_process() {
        let me = Identity::of(std::process::id());
        assert!(me.is_alive());
        assert!(me.start.is_none_or(|_| me.age() < Duration::from_secs(3600)));
        if let Some(start) = me.start {
            let other = Identity { start: Some(start + 1), ..me.clone() };
            assert!(!other.is_alive());
            let before_the_restart = Identity { boot: Some("another".into()), ..me };
            assert!(!before_the_restart.is_alive());
        }
    }
}
