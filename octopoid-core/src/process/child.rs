//! A program that was started, and ends with this process.

use super::{Identity, Marker, Signal, StopPlan};
use std::io;
use std::process::ExitStatus;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;

/// A running program that leads a process group. Dropping it kills the group.
#[derive(Debug)]
pub struct Child {
    child: tokio::process::Child,
    identity: Identity,
    marker: Option<Marker>,
    kill_on_drop: bool,
}

impl Child {
    pub(super) fn new(child: tokio::process::Child, identity: Identity, marker: Option<Marker>) -> Self {
        Self { child, identity, marker, kill_on_drop: true }
    }

    /// Returns which process it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Takes the pipe to its standard input, where it was started with one.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes the pipe from its standard output, where it was started with one.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the pipe from its standard error, where it was started with one.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Lets the program live on when this is dropped.
    pub fn detach(&mut self) {
        self.kill_on_drop = false;
    }

    /// Waits for the program's end. May be dropped and called again.
    ///
    /// # Errors
    /// When the system does not tell the status.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Returns the program's status, if it has ended.
    ///
    /// # Errors
    /// When the system does not tell the status.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Stops the program as the plan says, and then kills what it left running.
    ///
    /// # Errors
    /// When the system does not tell the status.
    pub async fn stop(&mut self, plan: &StopPlan) -> io::Result<ExitStatus> {
        for signal in &plan.signals {
            self.identity.signal(*signal);
            if timeout(plan.grace, self.wait()).await.is_ok() {
                break;
            }
        }
        self.kill().await
    }

    /// Kills the program with its process group, and every process that carries its marker. A program that has ended
    /// before keeps its status.
    ///
    /// # Errors
    /// When the system does not tell the status.
    pub async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.identity.signal_group(Signal::Kill);
        if let Some(marker) = &self.marker {
            marker.kill_all(None).await;
        }
        let status = self.wait().await;
        // There is nothing left to kill, and its id may become another group's.
        self.kill_on_drop = false;
        status
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Tokio reaps it.
        if self.kill_on_drop {
            self.identity.signal_group(Signal::Kill);
        }
    }
}
