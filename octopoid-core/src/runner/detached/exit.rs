//! How a program ended, and what that means to a runner.

use super::crash_line::crash_line;
use crate::model::StopReason;
use crate::process::Signal;
use serde::{Deserialize, Serialize};

/// Why a program was stopped before its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopCause {
    /// The call was cancelled.
    Cancelled,
    /// The program took longer than it may.
    TimedOut,
    /// The program printed nothing for longer than it may.
    Silent,
    /// The program printed more than it may.
    TooMuchOutput,
    /// The program had given its result, and did not end.
    Lingering,
}

impl StopCause {
    /// Returns whether the program was waited for in vain, and did nothing wrong: a result that it gave before counts.
    pub fn is_hang(self) -> bool {
        match self {
            StopCause::TimedOut | StopCause::Silent | StopCause::Lingering => true,
            StopCause::Cancelled | StopCause::TooMuchOutput => false,
        }
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// It ended by itself, with this exit status: 128 and the number of the signal where one ended it.
    Code(i32),
    /// It was stopped.
    Stopped(StopCause),
    /// It was killed together with the shell before it, so its exit status is unknown.
    Lost,
    /// The shell before it ended first.
    NeverStarted,
}

impl Exit {
    /// Returns whether the program hung: it was stopped, and a result that it gave before counts.
    pub fn is_hang(self) -> bool {
        match self {
            Exit::Stopped(cause) => cause.is_hang(),
            Exit::Code(_) | Exit::Lost | Exit::NeverStarted => false,
        }
    }

    /// Returns the number of the signal that ended the program, where it was not sent by us.
    pub fn signal(self) -> Option<i32> {
        match self {
            Exit::Code(code @ 129..=192) => Some(code - 128),
            Exit::Lost => Some(Signal::Kill.number()),
            Exit::Code(_) | Exit::Stopped(_) | Exit::NeverStarted => None,
        }
    }
}

/// The end of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub exit: Exit,
    /// The last lines of its standard error.
    pub stderr_tail: String,
    /// How many bytes it was allowed to print.
    pub max_output: u64,
}

impl Ended {
    /// Creates an end.
    pub fn new(exit: Exit, stderr_tail: impl Into<String>, max_output: u64) -> Self {
        Self { exit, stderr_tail: stderr_tail.into(), max_output }
    }

    /// Returns what the end means for a program whose exit status says whether it succeeded.
    pub fn stop_reason(&self) -> StopReason {
        match self.exit {
            Exit::Code(0) => StopReason::Completed,
            Exit::Code(code) => StopReason::Crashed { reason: self.describe_crash(code) },
            Exit::Stopped(StopCause::Cancelled) => StopReason::Cancelled,
            Exit::Stopped(StopCause::TimedOut) => StopReason::TimedOut,
            Exit::Stopped(StopCause::Silent | StopCause::Lingering) => StopReason::Silent,
            Exit::Stopped(StopCause::TooMuchOutput) => {
                StopReason::Crashed { reason: format!("printed more than {}", size(self.max_output)) }
            }
            Exit::Lost => StopReason::Crashed { reason: "it was killed, and left no exit status".to_owned() },
            Exit::NeverStarted => StopReason::Unavailable {
                problem: "the program could not be started: the shell before it ended first".to_owned(),
                remedy: "see whether the disk is full".to_owned(),
            },
        }
    }

    /// Describes a crash in one line: the exit status, and the [line of standard error](Self::error_line) that says why.
    pub fn describe_crash(&self, code: i32) -> String {
        let status = match code {
            126 => "exit status 126 (it could not be executed)".to_owned(),
            127 => "exit status 127 (a program was not found)".to_owned(),
            129..=192 => format!("killed by signal {} (exit status {code})", code - 128),
            _ => format!("exit status {code}"),
        };
        match self.error_line() {
            Some(line) => format!("{status}: {line}"),
            None => status,
        }
    }

    /// Returns the line of standard error that names the error: of a stack trace its exception or message, otherwise the last
    /// line that says something.
    pub fn error_line(&self) -> Option<&str> {
        crash_line(&self.stderr_tail)
    }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}
