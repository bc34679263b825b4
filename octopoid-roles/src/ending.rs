//! Ends that every runner puts into the same words.

use crate::crash_line::crash_line;
use crate::process::Stopped;
use octopoid_core::model::Usage;
use octopoid_core::runner::{AgentReport, StopReason};

/// The report of a program whose output is lost.
pub(crate) fn unreadable(error: &std::io::Error, usage: Usage) -> AgentReport {
    let reason = format!("what it printed cannot be read: {error}");
    let mut report = AgentReport::stopped(StopReason::Crashed { reason });
    report.usage = usage;
    report
}

/// The reason for an end by our own hand.
pub(crate) fn stopped(why: Stopped, max_output: u64) -> StopReason {
    match why {
        Stopped::Cancelled => StopReason::Cancelled,
        Stopped::TimedOut => StopReason::TimedOut,
        Stopped::Silent | Stopped::Lingering => StopReason::Silent,
        Stopped::TooMuchOutput => {
            StopReason::Crashed { reason: format!("printed more than {}", size(max_output)) }
        }
    }
}

/// The reason for an end that nobody saw.
pub(crate) fn lost() -> StopReason {
    StopReason::Crashed { reason: "it was killed, and left no exit status".to_owned() }
}

/// The reason for no start at all.
pub(crate) fn never_started() -> StopReason {
    StopReason::Unavailable {
        problem: "the program could not be started: the shell before it ended first".to_owned(),
        remedy: "see whether the disk is full".to_owned(),
    }
}

/// Describes a crash by its exit status and the line of stderr that says why; the run's log has the others.
pub(crate) fn crash(code: i32, stderr_end: &str) -> String {
    let status = match code {
        126 => "exit status 126 (it could not be executed)".to_owned(),
        127 => "exit status 127 (a program was not found)".to_owned(),
        129..=192 => format!("killed by signal {} (exit status {code})", code - 128),
        _ => format!("exit status {code}"),
    };
    match crash_line(stderr_end) {
        Some(line) => format!("{status}: {line}"),
        None => status,
    }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}
