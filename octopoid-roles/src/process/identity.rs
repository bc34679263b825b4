//! Which process it is, so that a reused process id is not mistaken for it.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, SysconfVar, sysconf};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use std::time::Duration;

/// The process that leads an agent's process group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pid: i32,
    /// When it started, in the kernel's ticks since it booted; none where there is no `/proc`.
    start: Option<u64>,
    /// Which boot of the machine that was.
    boot: Option<String>,
}

impl Identity {
    /// The identity of a process that lives now.
    pub(crate) fn of(pid: u32) -> Self {
        let pid = i32::try_from(pid).unwrap_or(i32::MAX);
        Self { pid, start: stat(pid).map(|stat| stat.start), boot: boot() }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it still runs. A process that nobody has waited for yet does not.
    pub(crate) fn is_alive(&self) -> bool {
        if !self.is_of_this_boot() {
            return false;
        }
        match self.start {
            Some(start) => stat(self.pid).is_some_and(|stat| stat.start == start && !stat.dead),
            None => kill(Pid::from_raw(self.pid), None).is_ok(),
        }
    }

    /// Whether the machine was not restarted since.
    pub(crate) fn is_of_this_boot(&self) -> bool {
        self.boot == boot()
    }

    /// For how long it has been running; zero where that cannot be known.
    pub(crate) fn age(&self) -> Duration {
        let age = || {
            let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
            let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
            let ticks = u32::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
            let start = u32::try_from(self.start? / u64::from(ticks)).ok()?;
            Duration::try_from_secs_f64(uptime - f64::from(start)).ok()
        };
        age().unwrap_or_default()
    }

    /// Sends a signal to the whole group, if its leader still is the one we mean.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            // It may end at this very moment, which is what is wanted.
            let _ = killpg(Pid::from_raw(self.pid), signal);
        }
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
