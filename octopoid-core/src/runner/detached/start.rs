//! Starting a program, or taking up the one that was started before.

use super::bounds::Bounds;
use super::folder::StartFolder;
use super::supervise::{Running, stop};
use super::{Ended, OutputLine, StopCause};
use crate::model::StopReason;
use crate::process::{Child, Command, DirectLauncher, LaunchPolicy, Launcher, ProgramKind, Start, StopPlan};
use crate::runner::{AgentRequest, Unavailable};
use nix::sys::signal::Signal;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const WRAPPER: &str = include_str!("wrapper.sh");
/// How long the shell may take to notice that the process which started it is gone.
const NOTICE: Duration = Duration::from_millis(10);

/// A program to start, with the files that are put into its [`StartFolder`] before.
#[derive(Debug, Clone)]
#[must_use]
#[non_exhaustive]
pub struct Launch {
    /// The program. It is told to write nowhere but in its own folder and its [`StartFolder`].
    pub command: Command,
    /// The names and contents of the files; a later one replaces an earlier one of the same name.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Launch {
    /// Creates a launch of a program that reads nothing.
    pub fn new(command: Command) -> Self {
        Self { command, files: Vec::new() }
    }

    /// Sets what the program reads from its standard input.
    pub fn with_prompt(self, prompt: impl Into<Vec<u8>>) -> Self {
        self.with_file(StartFolder::PROMPT, prompt)
    }

    /// Adds a file.
    pub fn with_file(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), content.into()));
        self
    }
}

/// A program that outlives this process, started for one call of an agent.
#[derive(Debug)]
pub struct DetachedProcess {
    folder: StartFolder,
    running: Running,
    bounds: Bounds,
}

impl DetachedProcess {
    /// Takes up the newest start of the call in [`AgentRequest::files`] where its program is running or has ended; otherwise
    /// makes a new start, of what `launch` returns for its folder.
    ///
    /// A start comes to nothing, and another one is made, when its program was cancelled, when the machine went down under
    /// it, and when it was [discarded](StartFolder::discard). A request that is cancelled starts no program.
    ///
    /// # Errors
    /// [`StopReason::Unavailable`] when no program can be started, and [`StopReason::Cancelled`] when none is to be.
    pub async fn start(
        request: &AgentRequest,
        plan: StopPlan,
        launch: impl FnOnce(&StartFolder) -> Result<Launch, Unavailable>,
    ) -> Result<Self, StopReason> {
        let bounds = Bounds::of(request, plan);
        let cancelled = bounds.cancel.is_cancelled();
        if let Some(folder) = StartFolder::newest(&request.files)
            && !folder.is_discarded()
            && let Some(running) = take_up(&folder, &bounds.stop, cancelled).await
        {
            return Ok(Self { folder, running, bounds });
        }
        if cancelled {
            return Err(StopReason::Cancelled);
        }
        let started = start_next(&request.files, request.launcher.clone(), launch).await;
        let (folder, child) =
            started.map_err(|why| StopReason::Unavailable { problem: why.problem, remedy: why.remedy })?;
        Ok(Self { folder, running: Running::Own { child: Box::new(child), status: None }, bounds })
    }

    /// Returns the folder of its start.
    pub fn folder(&self) -> &StartFolder {
        &self.folder
    }

    /// Watches the program to its end within the request's bounds, hands every line that it prints to `each`, and leaves none
    /// of its processes behind.
    ///
    /// `has_result` returns whether the program has given its result; it is stopped when it stays for long after that
    /// ([`StopPlan::linger`]).
    ///
    /// # Errors
    /// When the output of the program cannot be read; it was stopped then.
    pub async fn supervise(
        self,
        each: &mut (dyn FnMut(OutputLine<'_>) + Send),
        has_result: &(dyn Fn() -> bool + Sync),
    ) -> io::Result<Ended> {
        super::supervise::supervise(&self.folder, self.running, &self.bounds, each, has_result).await
    }
}

async fn start_next(
    files: &Path,
    launcher: Arc<dyn Launcher>,
    launch: impl FnOnce(&StartFolder) -> Result<Launch, Unavailable>,
) -> Result<(StartFolder, Child), Unavailable> {
    let folder = StartFolder::make_next(files).map_err(|error| cannot("create its folder", files, &error))?;
    let launch = launch(&folder)?;
    let child = start(&folder, launcher, launch).await?;
    Ok((folder, child))
}

/// Returns the program of an earlier start; `None` if it never ran, or came to nothing.
async fn take_up(folder: &StartFolder, plan: &StopPlan, cancelled: bool) -> Option<Running> {
    let identity = folder.process()?;
    while !folder.has_started() {
        if !identity.is_alive() {
            return None;
        }
        tokio::time::sleep(NOTICE).await;
    }
    let interrupted = folder.stopped() == Some(StopCause::Cancelled);
    if interrupted && !cancelled {
        stop(&mut Running::Adopted(identity), folder, plan).await;
        folder.marker().kill_all(None).await;
        return None;
    }
    if identity.is_alive() {
        return Some(Running::Adopted(identity));
    }
    // The machine went down under it: that is not its end.
    let cut_off =
        !identity.is_of_this_boot() && folder.stopped().is_none() && may_be_shutdown(folder.exit_code());
    if cut_off { None } else { Some(Running::Ended) }
}

/// Returns whether a program may have ended because the machine was shut down: it left no status, or was ended by one of the
/// signals by which a system ends what still runs.
fn may_be_shutdown(exit_code: Option<i32>) -> bool {
    const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL];
    exit_code.is_none_or(|code| ENDING.iter().any(|signal| code == 128 + *signal as i32))
}

/// Starts the program behind the shell. The launcher wraps the program alone: the shell, which writes down how the program
/// ended, is ours.
async fn start(
    folder: &StartFolder,
    launcher: Arc<dyn Launcher>,
    launch: Launch,
) -> Result<Child, Unavailable> {
    let Launch { command, files } = launch;
    if let Some(directory) = command.directory.as_ref().filter(|directory| !directory.is_dir()) {
        return Err(Unavailable {
            problem: format!("the folder {} to work in does not exist", directory.display()),
            remedy: "let the task go on: the folder will be created again".to_owned(),
        });
    }
    let empty = [StartFolder::PROMPT, "stdout", "stderr"].map(|name| (name.to_owned(), Vec::new()));
    for (name, content) in empty.into_iter().chain(files) {
        folder.write(&name, &content).map_err(|error| cannot("write", &folder.path().join(name), &error))?;
    }
    let program = command.program.clone();
    let failed = |error: io::Error| cannot("start", &program, &error);
    let marker = folder.marker();
    let command = command.env(marker.name(), marker.value());
    let policy = LaunchPolicy::new(ProgramKind::Agent).with_writable(folder.path());
    let wrapped = launcher.wrap(command, &policy).map_err(failed)?;
    let mut shell = Command::new("/bin/sh").args(["-c", WRAPPER, "octopoid-agent"]);
    shell = shell.arg(folder.path()).arg(wrapped.program).args(wrapped.arguments);
    (shell.directory, shell.environment) = (wrapped.directory, wrapped.environment);
    let mut child = Start::new(shell, policy, Arc::new(DirectLauncher))
        .marker(marker)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let written = folder.set_process(child.identity());
    let mut gate = child.take_stdin();
    let go = async {
        written?;
        gate.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(b"go\n").await
    };
    go.await.map_err(failed)?;
    child.detach();
    Ok(child)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Unavailable {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "give this user the right to do so"
        }
        _ => "see what this machine is short of",
    };
    Unavailable { problem: format!("cannot {what} {}: {error}", path.display()), remedy: remedy.to_owned() }
}
