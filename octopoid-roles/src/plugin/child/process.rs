//! A child process that hosts a plugin, with the line to it.

use super::frame::{FromChild, MOST, ToChild};
use super::stderr::Stderr;
use futures_util::{SinkExt, StreamExt};
use nix::sys::signal::Signal;
use octopoid_core::process::{Child, Command, LaunchPolicy, Launcher, ProgramKind, Start};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::bytes::Bytes;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

/// How long a child that closed its line may take to end.
const TO_END: Duration = Duration::from_secs(1);
/// How long the rest of a dead child's standard error is waited for: a grandchild may hold the pipe open.
const TO_READ: Duration = Duration::from_millis(200);

/// A running child; it is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    from: FramedRead<ChildStdout, LengthDelimitedCodec>,
    to: mpsc::UnboundedSender<ToChild>,
    stderr: Arc<Stderr>,
    stderr_reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts the host program.
    pub(super) fn start(
        host: &Command,
        launcher: Arc<dyn Launcher>,
        stderr: Stderr,
    ) -> std::io::Result<Self> {
        let mut child = Start::new(host.clone(), LaunchPolicy::new(ProgramKind::Plugin), launcher)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let stdin = child.take_stdin().ok_or_else(missing)?;
        let stdout = child.take_stdout().ok_or_else(missing)?;
        let pipe = child.take_stderr().ok_or_else(missing)?;
        let (to, queue) = mpsc::unbounded_channel();
        tokio::spawn(forward(queue, stdin));
        let stderr = Arc::new(stderr);
        let stderr_reader = Some(tokio::spawn(stderr.clone().follow(pipe)));
        Ok(Self { child, from: FramedRead::new(stdout, codec()), to, stderr, stderr_reader })
    }

    /// Sends a message. A child that is gone is noticed when it is listened to.
    pub(super) fn send(&self, message: ToChild) {
        let _ = self.to.send(message);
    }

    /// Returns what sends messages.
    pub(super) fn sender(&self) -> mpsc::UnboundedSender<ToChild> {
        self.to.clone()
    }

    /// Receives the next message; `None` when the child is gone, or does not speak the protocol.
    pub(super) async fn receive(&mut self) -> Option<FromChild> {
        let frame = self.from.next().await?.ok()?;
        serde_json::from_slice(&frame).ok()
    }

    /// Kills the child, with what it started in its group.
    pub(super) async fn kill(&mut self) -> Option<ExitStatus> {
        self.child.kill().await.ok()
    }

    /// Describes how the child died, with the last lines that it printed. One that closed its line but lives on is killed;
    /// one that is dead keeps its own status.
    pub(super) async fn death(&mut self) -> String {
        let waited = tokio::time::timeout(TO_END, self.child.wait()).await;
        let status = match waited {
            Ok(status) => status.ok(),
            Err(_) => self.kill().await,
        };
        if let Some(reader) = self.stderr_reader.take() {
            let _ = tokio::time::timeout(TO_READ, reader).await;
        }
        let how = describe(status);
        match self.stderr.tail() {
            tail if tail.is_empty() => how,
            tail => format!("{how}; it said: {}", tail.replace('\n', " | ")),
        }
    }
}

fn describe(status: Option<ExitStatus>) -> String {
    let signal = status.and_then(|status| status.signal());
    let code = status.and_then(|status| status.code());
    match (signal, code) {
        (Some(signal), _) => {
            let name = Signal::try_from(signal).map_or_else(|_| signal.to_string(), |name| name.to_string());
            format!("was killed by {name}")
        }
        (None, Some(code)) => format!("ended with exit code {code} before it answered"),
        (None, None) => "ended before it answered".to_owned(),
    }
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MOST).new_codec()
}

async fn forward(mut queue: mpsc::UnboundedReceiver<ToChild>, stdin: ChildStdin) {
    let mut to = FramedWrite::new(stdin, codec());
    while let Some(message) = queue.recv().await {
        let Ok(bytes) = serde_json::to_vec(&message) else { continue };
        if to.send(Bytes::from(bytes)).await.is_err() {
            return;
        }
    }
}
