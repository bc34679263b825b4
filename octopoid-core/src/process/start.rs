//! Starting a program: the only place that does.

use super::child::Child;
use super::{Command, Identity, LaunchPolicy, Launcher, Marker, Signal};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{self, ExitStatus, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// A program that is about to be started, and what its standard streams are connected to: nothing, unless set.
#[derive(Debug)]
#[must_use]
pub struct Start {
    command: Command,
    policy: LaunchPolicy,
    launcher: Arc<dyn Launcher>,
    marker: Option<Marker>,
    stdin: Stdio,
    stdout: Stdio,
    stderr: Stdio,
}

impl Start {
    /// Creates a start of a command, by a launcher that is told the policy.
    pub fn new(command: Command, policy: LaunchPolicy, launcher: Arc<dyn Launcher>) -> Self {
        Self {
            command,
            policy,
            launcher,
            marker: None,
            stdin: Stdio::null(),
            stdout: Stdio::null(),
            stderr: Stdio::null(),
        }
    }

    /// Sets the marker that the program and all its descendants carry in their environment.
    pub fn marker(mut self, marker: Marker) -> Self {
        self.marker = Some(marker);
        self
    }

    /// Sets what the program reads from.
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Sets where the program's standard output goes.
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = stdout.into();
        self
    }

    /// Sets where the program's standard error goes.
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = stderr.into();
        self
    }

    /// Starts the program in a process group of its own. It is killed with its group when the child is dropped, unless it
    /// was [detached](Child::detach).
    ///
    /// # Errors
    /// When the launcher refuses, or the program cannot be started: it is not there, or cannot be executed.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(self) -> io::Result<Child> {
        let marker = self.marker.clone();
        let mut command = self.prepare()?;
        command.process_group(0);
        let child = tokio::process::Command::from(command).spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("the program has no process id"))?;
        let identity = Identity::of(pid);
        Ok(Child::new(child, identity, marker))
    }

    /// Starts the program in our own process group, so that it can use our terminal: a pager, an editor, a shell.
    ///
    /// # Errors
    /// As for [`Start::spawn`].
    pub fn foreground(self) -> io::Result<process::Child> {
        self.prepare()?.spawn()
    }

    /// Runs the program in our own process group to its end, and returns what it printed. Blocks.
    ///
    /// # Errors
    /// As for [`Start::spawn`], and when its output cannot be read.
    pub fn output(mut self) -> io::Result<Output> {
        (self.stdout, self.stderr) = (Stdio::piped(), Stdio::piped());
        self.prepare()?.output()
    }

    /// Runs the program in a process group of its own, which is killed when it takes longer than `most`, and returns what it
    /// printed; `None` when it was killed. Blocks.
    ///
    /// # Errors
    /// As for [`Start::output`].
    pub fn output_within(mut self, most: Duration) -> io::Result<Option<Output>> {
        // Files, not pipes: what the program leaves running (ssh's shared connection, a credential cache) keeps the other
        // end of a pipe open long after it has ended.
        let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        (self.stdout, self.stderr) = (stdout.try_clone()?.into(), stderr.try_clone()?.into());
        let mut command = self.prepare()?;
        command.process_group(0);
        let Some(status) = wait_within(command.spawn()?, most)? else { return Ok(None) };
        Ok(Some(Output { status, stdout: read_all(stdout)?, stderr: read_all(stderr)? }))
    }

    /// Returns the command as it is started, in the group of this process.
    fn prepare(self) -> io::Result<process::Command> {
        let mut command = self.command;
        if let Some(marker) = &self.marker {
            command = command.env(marker.name(), marker.value());
        }
        let wrapped = self.launcher.wrap(command, &self.policy)?;
        let mut command = process::Command::new(wrapped.program);
        command
            .args(wrapped.arguments)
            .env_clear()
            .envs(wrapped.environment)
            .stdin(self.stdin)
            .stdout(self.stdout)
            .stderr(self.stderr);
        if let Some(directory) = wrapped.directory {
            command.current_dir(directory);
        }
        Ok(command)
    }
}

/// Waits for a child that leads a group; kills the group, and returns `None`, when it takes too long.
fn wait_within(mut child: process::Child, most: Duration) -> io::Result<Option<ExitStatus>> {
    let group = Identity::of(child.id());
    let (ended, end) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let watchdog = scope.spawn(move || {
            let late = end.recv_timeout(most) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                group.signal_group(Signal::Kill);
            }
            late
        });
        let status = child.wait();
        drop(ended);
        let late = watchdog.join().unwrap_or(false);
        status.map(|status| (!late || status.success()).then_some(status))
    })
}

fn read_all(mut file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
