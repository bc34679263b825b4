//! The conversation itself: the agent's process, its messages in, ours out, and the lines that are printed.

use super::dialogue::{Dialogue, Out};
use super::line::{End, HostLine};
use super::message::Message;
use super::spec::HostSpec;
use futures_util::StreamExt;
use octopoid_core::model::StopReason;
use octopoid_core::process::{Child, Signal, StopPlan};
use octopoid_core::runner::AgentEvent;
use serde_json::Value;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::{AnyDelimiterCodec, FramedRead};

/// The most bytes of one message of an agent.
const LONGEST: usize = 16 << 20;
/// How long an agent that was asked to stop may take to answer; less than the grace period that this process has itself.
const TO_ANSWER: Duration = Duration::from_secs(3);
/// How long an agent may take to end after the conversation, and again after `SIGTERM`.
const TO_LEAVE: Duration = Duration::from_secs(2);
/// After how long without a message what was half told is told.
const QUIET: Duration = Duration::from_millis(300);
/// How often an agent that does nothing worth a line is said to be alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// A conversation with an agent that runs.
pub(super) struct Talk<'a> {
    spec: &'a HostSpec,
    dialogue: Box<dyn Dialogue>,
    to: mpsc::UnboundedSender<Value>,
    print: &'a mut dyn Write,
    printed_at: Instant,
    /// The number of bytes that the agent has printed.
    bytes: u64,
    /// Why the agent was asked to stop, and when that is no longer waited for.
    stopping: Option<(End, Instant)>,
    /// Whether a signal asked this process to stop: whoever sent it knows why.
    signalled: bool,
    ended: bool,
}

/// The exit status of a process that `SIGTERM` has ended.
const TERMINATED: u8 = 143;

impl<'a> Talk<'a> {
    /// Talks with the agent to its end, sees that it leaves, and returns the exit status of this process.
    ///
    /// # Errors
    /// When the lines cannot be printed.
    pub(super) async fn hold(
        spec: &'a HostSpec,
        dialogue: Box<dyn Dialogue>,
        mut child: Child,
        mut stop: mpsc::Receiver<()>,
        print: &'a mut dyn Write,
    ) -> io::Result<u8> {
        let missing = || io::Error::other("a pipe is missing");
        let (stdin, stdout) =
            (child.take_stdin().ok_or_else(missing)?, child.take_stdout().ok_or_else(missing)?);
        let (to, queue) = mpsc::unbounded_channel();
        let writer = tokio::spawn(forward(queue, stdin));
        let (printed_at, stopping) = (Instant::now(), None);
        let (bytes, signalled, ended) = (0, false, false);
        let mut talk = Self { spec, dialogue, to, print, printed_at, bytes, stopping, signalled, ended };
        let heard = talk.listen(stdout, &mut stop).await;
        let Self { ended, signalled, stopping, to, print, .. } = talk;
        // Its standard input is closed by that.
        drop(to);
        writer.abort();
        let by_itself = timeout(TO_LEAVE, child.wait()).await.is_ok();
        let status = child.stop(&StopPlan::new([Signal::Terminate]).with_grace(TO_LEAVE)).await?;
        heard?;
        if signalled {
            return Ok(TERMINATED);
        }
        if ended {
            return Ok(0);
        }
        let end = match (stopping, status.code(), status.signal()) {
            (Some((why, _)), ..) => why,
            (None, Some(code @ 1..), _) if by_itself => return Ok(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, _, Some(signal)) if by_itself => return Ok(128 + u8::try_from(signal).unwrap_or_default()),
            _ => {
                let reason = "it closed its connection before its work was over".to_owned();
                End::stopped(StopReason::Crashed { reason })
            }
        };
        print_line(print, &HostLine::End(end))?;
        Ok(0)
    }

    async fn listen(&mut self, stdout: ChildStdout, stop: &mut mpsc::Receiver<()>) -> io::Result<()> {
        let newline = || b"\n".to_vec();
        let codec = AnyDelimiterCodec::new_with_max_length(newline(), newline(), LONGEST);
        let mut lines = FramedRead::new(stdout, codec);
        let mut out = Out::default();
        self.dialogue.begin(&mut out);
        self.follow(out)?;
        let (mut heard_at, mut quiet) = (Instant::now(), true);
        while !self.ended {
            let patience = self.stopping.as_ref().map_or_else(Instant::now, |(_, until)| *until);
            let heard = tokio::select! {
                heard = lines.next() => heard,
                Some(()) = stop.recv() => {
                    self.signalled = true;
                    self.stop(End::stopped(StopReason::Cancelled))?;
                    continue;
                }
                () = sleep_until(patience), if self.stopping.is_some() => return Ok(()),
                () = sleep_until(heard_at + QUIET), if !quiet => {
                    quiet = true;
                    let mut out = Out::default();
                    self.dialogue.pause(&mut out);
                    self.follow(out)?;
                    continue;
                }
            };
            (heard_at, quiet) = (Instant::now(), false);
            match heard {
                Some(Ok(line)) => self.hear(&line)?,
                Some(Err(error)) => self.crash(format!("its messages cannot be read: {error}"))?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn hear(&mut self, line: &[u8]) -> io::Result<()> {
        self.bytes += line.len() as u64 + 1;
        if self.bytes > self.spec.max_output {
            return self.crash(format!("printed more than {} bytes", self.spec.max_output));
        }
        let line = String::from_utf8_lossy(line);
        let mut out = Out::default();
        match Message::parse(&line) {
            Some(message) => self.dialogue.receive(message, &mut out),
            None if line.trim().is_empty() => {}
            None => out.event(AgentEvent::Log(super::shortened(line.trim_end()))),
        }
        if out.lines.is_empty() && self.printed_at.elapsed() >= SIGN_OF_LIFE {
            out.lines.push(HostLine::Alive);
        }
        self.follow(out)
    }

    /// Does what the dialogue decided.
    fn follow(&mut self, out: Out) -> io::Result<()> {
        if let Some(session) = &out.session {
            // Before anything is asked of the agent: a crash must not lose it.
            std::fs::write(&self.spec.session_file, session.as_str())?;
        }
        self.ended |= out.has_ended();
        let signalled = self.signalled;
        let told = |line: &&HostLine| !signalled || !matches!(line, HostLine::End(end) if !end.finished);
        for line in out.lines.iter().filter(told) {
            print_line(self.print, line)?;
            self.printed_at = Instant::now();
        }
        for message in out.sent {
            // One that is gone is noticed when it is listened to.
            let _ = self.to.send(message);
        }
        if let Some(why) = out.stopping {
            self.stopping.get_or_insert((why, Instant::now() + TO_ANSWER));
        }
        Ok(())
    }

    fn stop(&mut self, why: End) -> io::Result<()> {
        let mut out = Out::default();
        self.dialogue.stop(why.clone(), &mut out);
        self.follow(out)?;
        self.stopping.get_or_insert((why, Instant::now() + TO_ANSWER));
        Ok(())
    }

    fn crash(&mut self, reason: String) -> io::Result<()> {
        self.ended = true;
        print_line(self.print, &HostLine::End(End::stopped(StopReason::Crashed { reason })))
    }
}

fn print_line(print: &mut dyn Write, line: &HostLine) -> io::Result<()> {
    writeln!(print, "{}", serde_json::to_string(line)?)?;
    print.flush()
}

async fn forward(mut queue: mpsc::UnboundedReceiver<Value>, mut stdin: ChildStdin) {
    while let Some(message) = queue.recv().await {
        if stdin.write_all(format!("{message}\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
