//! The parent's side.

use super::HostProgram;
use super::frame::{FromChild, MOST, ToChild};
use crate::plugin::finish::End;
use crate::plugin::role::Job;
use crate::plugin::table::Reply;
use crate::plugin::watch::{Activity, Watched, unstoppable, watch};
use futures_util::{SinkExt, StreamExt};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use octopoid_plugin::abi::level;
use octopoid_plugin::{Error, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::bytes::Bytes;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

/// How long a library may take to say what it is.
const INSPECTION: Duration = Duration::from_secs(10);
/// How much of what a child said last is kept to explain its death.
const LAST_WORDS: usize = 2000;
/// The longest line of a child's stderr.
const LONGEST_LINE: u64 = 16 << 10;
/// Asks a library for its manifest.
pub(in crate::plugin) async fn inspect(host: &HostProgram, copy: &Path) -> Result<String, String> {
    let mut process = Process::start(host, Arc::default()).map_err(|error| error.to_string())?;
    process.say(ToChild::Inspect { path: copy.to_owned() });
    let heard = tokio::time::timeout(INSPECTION, process.hear()).await;
    match heard {
        Ok(Some(FromChild::Manifest { text })) => {
            process.end().await;
            Ok(text)
        }
        Ok(Some(FromChild::Refused { reason })) => {
            process.end().await;
            Err(reason)
        }
        Ok(_) => Err(format!("loading it {}", process.death().await)),
        Err(_) => {
            process.end().await;
            Err(format!("loading it did not come back within {} s", INSPECTION.as_secs()))
        }
    }
}

/// Carries out a run.
pub(in crate::plugin) async fn run(host: &HostProgram, copy: &Path, job: Job) -> End {
    let activity = Activity::new();
    let words = {
        let (serve, activity) = (job.serve.clone(), activity.clone());
        Words::new(move |line: &str| {
            activity.sign();
            serve.note(level::INFO, line);
        })
    };
    let mut process = match Process::start(host, Arc::new(words)) {
        Ok(process) => process,
        Err(error) => {
            let message = format!("its process cannot be started: {error}");
            return End::NotBegun(Error::role(message).retryable());
        }
    };
    process.say(ToChild::Run {
        path: copy.to_owned(),
        role: job.role.clone(),
        config: job.config.clone(),
        request: job.request.clone(),
    });
    let stop = job.cancel.child_token();
    let to = process.to.clone();
    let conversation = async {
        loop {
            match process.hear().await {
                Some(FromChild::Log { level, event }) => {
                    activity.sign();
                    job.serve.log(level, &event);
                }
                Some(FromChild::Alive) => activity.sign(),
                Some(FromChild::Call { id, op, request }) => {
                    let (serve, busy, to) = (job.serve.clone(), activity.call(), process.to.clone());
                    let refused = stop.is_cancelled();
                    tokio::spawn(async move {
                        let result = if refused {
                            Err(Error::new(ErrorKind::Cancelled, "the run is to stop"))
                        } else {
                            serve.call(&op, &request).await
                        };
                        drop(busy);
                        let _ = to.send(ToChild::Answer { id, result });
                    });
                }
                Some(FromChild::Outcome { text }) => return Ok(Reply::Outcome(text)),
                Some(FromChild::Failed { error }) => return Ok(Reply::Failed(error)),
                Some(FromChild::Panicked { message }) => return Ok(Reply::Panicked(message)),
                Some(FromChild::NotBegun { error }) => return Err(Some(error)),
                Some(FromChild::Refused { reason }) => return Err(Some(Error::role(reason))),
                Some(FromChild::Manifest { .. }) | None => return Err(None),
            }
        }
    };
    let tell = || {
        let _ = to.send(ToChild::Cancel);
    };
    let watched = watch(conversation, &job, &activity, &stop, tell).await;
    let end = match watched {
        Watched::Ended(Ok(reply)) => End::Replied(reply),
        Watched::Stopped(Ok(reply)) => End::Stopped(reply),
        Watched::Silent(Ok(reply)) => End::Silent(reply),
        Watched::Ended(Err(Some(error)))
        | Watched::Stopped(Err(Some(error)))
        | Watched::Silent(Err(Some(error))) => End::NotBegun(error),
        Watched::Stopped(Err(None)) => {
            End::Stopped(Reply::Failed(Error::new(ErrorKind::Cancelled, "it ended")))
        }
        Watched::Ended(Err(None)) | Watched::Silent(Err(None)) => {
            End::Died(format!("its process {}", process.death().await))
        }
        Watched::GivenUp { wanted } => {
            let message = format!("{}; its process was killed", unstoppable(&job, wanted));
            job.serve.note(level::ERROR, &message);
            End::GivenUp { wanted, message }
        }
    };
    process.end().await;
    // A call that outlives its run would have an agent at work in a worktree that is handed on.
    activity.no_calls().await;
    end
}

/// What a child prints to stderr.
struct Words {
    last: Mutex<String>,
    hear: Box<dyn Fn(&str) + Send + Sync>,
}

impl Default for Words {
    fn default() -> Self {
        Self::new(|_| ())
    }
}

impl Words {
    fn new(hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { last: Mutex::default(), hear: Box::new(hear) }
    }

    async fn follow(self: Arc<Self>, stderr: ChildStderr) {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        let mut read = 0;
        loop {
            line.clear();
            // A line without an end is taken in pieces.
            match (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(count) => read += count,
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                last.push_str(text);
                last.push('\n');
                let surplus = last.len().saturating_sub(LAST_WORDS);
                let from = last.ceil_char_boundary(surplus);
                last.drain(..from);
            }
            // What is more would only hide what counts; its end is kept above.
            if read <= 1 << 20 {
                (self.hear)(text);
            }
        }
    }

    fn last(&self) -> String {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).trim().to_owned()
    }
}

/// A child, killed when this is dropped.
struct Process {
    child: Child,
    group: Option<i32>,
    from: FramedRead<ChildStdout, LengthDelimitedCodec>,
    to: mpsc::UnboundedSender<ToChild>,
    words: Arc<Words>,
    stderr: Option<JoinHandle<()>>,
}

impl Process {
    fn start(host: &HostProgram, words: Arc<Words>) -> std::io::Result<Self> {
        let mut command = Command::new(&host.program);
        command
            .args(&host.arguments)
            .env_clear()
            .envs(&host.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (to, queue) = mpsc::unbounded_channel();
        tokio::spawn(forward(queue, stdin));
        let stderr = tokio::spawn(words.clone().follow(stderr));
        Ok(Self {
            group: child.id().and_then(|id| i32::try_from(id).ok()),
            child,
            from: FramedRead::new(stdout, codec()),
            to,
            words,
            stderr: Some(stderr),
        })
    }

    fn say(&self, what: ToChild) {
        // A child that is gone is noticed by what it does not say.
        let _ = self.to.send(what);
    }

    /// The next thing it says; none when it is gone or speaks nonsense.
    async fn hear(&mut self) -> Option<FromChild> {
        let frame = self.from.next().await?.ok()?;
        serde_json::from_slice(&frame).ok()
    }

    /// Kills it, with what it started in its group.
    async fn end(&mut self) -> Option<ExitStatus> {
        if let Some(group) = self.group.take() {
            // Gone by itself is as good.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        self.child.wait().await.ok()
    }

    /// How it died, in words.
    async fn death(&mut self) -> String {
        // One that closed its line but lives on has to be ended; one that is dead keeps its own status.
        let waited = tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await;
        let status = match waited {
            Ok(status) => status.ok(),
            Err(_) => self.end().await,
        };
        if let Some(stderr) = self.stderr.take() {
            // A grandchild may hold the pipe open; what was said until now is enough then.
            let _ = tokio::time::timeout(Duration::from_millis(200), stderr).await;
        }
        let mut words = match status.and_then(|status| status.signal().map(|signal| (signal, status))) {
            Some((signal, _)) => {
                let name =
                    Signal::try_from(signal).map_or_else(|_| signal.to_string(), |name| name.to_string());
                format!("was killed by {name}")
            }
            None => match status.and_then(|status| status.code()) {
                Some(code) => format!("ended with exit code {code} before it answered"),
                None => "ended before it answered".to_owned(),
            },
        };
        let last = self.words.last();
        if !last.is_empty() {
            words.push_str("; it said: ");
            words.push_str(&last.replace('\n', " | "));
        }
        words
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MOST).new_codec()
}

async fn forward(mut queue: mpsc::UnboundedReceiver<ToChild>, stdin: ChildStdin) {
    let mut to = FramedWrite::new(stdin, codec());
    while let Some(what) = queue.recv().await {
        let Ok(bytes) = serde_json::to_vec(&what) else { continue };
        if to.send(Bytes::from(bytes)).await.is_err() {
            return;
        }
    }
}
