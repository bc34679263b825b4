//! Stopping a program: signals, then force.

use nix::sys::signal;
use std::time::Duration;

/// A signal that asks a program to end, or ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// `SIGINT`, as from Ctrl-C.
    Interrupt,
    /// `SIGTERM`.
    Terminate,
    /// `SIGKILL`, which no program can handle.
    Kill,
}

impl Signal {
    /// Returns the number of the signal.
    pub fn number(self) -> i32 {
        self.to_nix() as i32
    }

    pub(super) fn to_nix(self) -> signal::Signal {
        match self {
            Signal::Interrupt => signal::Signal::SIGINT,
            Signal::Terminate => signal::Signal::SIGTERM,
            Signal::Kill => signal::Signal::SIGKILL,
        }
    }
}

/// How a program is stopped: one signal after the other, each followed by a grace period, and `SIGKILL` in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopPlan {
    /// The signals that are sent before `SIGKILL`.
    pub signals: Vec<Signal>,
    /// How long the program may take to end after each signal. Five seconds by default.
    pub grace: Duration,
    /// How long a program may stay, without printing anything, after it has given its result. Thirty seconds by default.
    pub linger: Duration,
}

impl StopPlan {
    /// Creates a plan that sends these signals before `SIGKILL`.
    pub fn new(signals: impl IntoIterator<Item = Signal>) -> Self {
        Self {
            signals: signals.into_iter().collect(),
            grace: Duration::from_secs(5),
            linger: Duration::from_secs(30),
        }
    }

    /// Sets how long the program may take to end after each signal.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long a program may stay, without printing anything, after it has given its result.
    #[must_use]
    pub fn with_linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }
}
