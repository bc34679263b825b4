//! Starting a program, or finding the one that was started before.

use super::StopPlan;
use super::folder::{StartFolder, Stopped};
use super::identity::Identity;
use super::leftovers;
use super::program::Program;
use super::supervise::{Running, stop};
use nix::sys::signal::Signal;
use octopoid_core::runner::{StopReason, Unavailable};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const WRAPPER: &str = include_str!("wrapper.sh");
/// How long the shell may take to notice that whoever started it is gone.
const NOTICE: Duration = Duration::from_millis(10);

/// What is started.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) program: Program,
    pub(crate) arguments: Vec<OsString>,
    /// All of the program's environment; the marker for its leftovers is added.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: PathBuf,
    /// Files to put into the folder beside its output; `prompt.md` is what it reads.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
}

/// Takes up the newest start of a call where it lives or has ended; otherwise makes a start, as `launch` says for its
/// folder. `cancelled` says that the caller only wants it stopped: then nothing is started.
pub(crate) async fn begin(
    files: &Path,
    plan: &StopPlan,
    cancelled: bool,
    launch: impl FnOnce(&StartFolder) -> Result<Launch, Unavailable>,
) -> Result<(StartFolder, Running), StopReason> {
    if let Some(folder) = StartFolder::newest(files)
        && !folder.is_discarded()
        && let Some(running) = take_up(&folder, plan, cancelled).await
    {
        return Ok((folder, running));
    }
    if cancelled {
        return Err(StopReason::Cancelled);
    }
    start_next(files, launch)
        .await
        .map_err(|why| StopReason::Unavailable { problem: why.problem, remedy: why.remedy })
}

async fn start_next(
    files: &Path,
    launch: impl FnOnce(&StartFolder) -> Result<Launch, Unavailable>,
) -> Result<(StartFolder, Running), Unavailable> {
    let folder = StartFolder::make_next(files).map_err(|error| cannot("make its folder", files, &error))?;
    let launch = launch(&folder)?;
    let running = start(&folder, launch).await?;
    Ok((folder, running))
}

/// A program that was started before; none when it never ran, or was only interrupted.
async fn take_up(folder: &StartFolder, plan: &StopPlan, cancelled: bool) -> Option<Running> {
    let identity = folder.process()?;
    while !folder.has_started() {
        if !identity.is_alive() {
            return None;
        }
        tokio::time::sleep(NOTICE).await;
    }
    let interrupted = folder.stopped() == Some(Stopped::Cancelled);
    if interrupted && !cancelled {
        stop(&mut Running::Adopted(identity), folder, plan).await;
        leftovers::kill_all(&marker(folder), None).await;
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

/// Whether a program may have ended so because the machine was shut down: it left no status, or was ended by one of the
/// signals by which a system ends what still runs.
fn may_be_shutdown(exit_code: Option<i32>) -> bool {
    const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL];
    exit_code.is_none_or(|code| ENDING.iter().any(|signal| code == 128 + *signal as i32))
}

async fn start(folder: &StartFolder, launch: Launch) -> Result<Running, Unavailable> {
    if !launch.directory.is_dir() {
        return Err(Unavailable {
            problem: format!("the folder {} to work in does not exist", launch.directory.display()),
            remedy: "let the task go on: it will be made again".to_owned(),
        });
    }
    let empty = ["stdout", "stderr"].map(|name| (name, Vec::new()));
    for (name, content) in launch.files.into_iter().chain(empty) {
        folder.write(name, &content).map_err(|error| cannot("write", &folder.path().join(name), &error))?;
    }
    let mut child = Command::new("/bin/sh")
        .args(["-c", WRAPPER, "octopoid-agent"])
        .arg(folder.path())
        .arg(launch.program.path())
        .args(launch.arguments)
        .env_clear()
        .envs(launch.environment)
        .env(leftovers::MARKER, folder.path())
        .current_dir(launch.directory)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| cannot("start", launch.program.path(), &error))?;
    let identity = Identity::of(child.id().unwrap_or_default());
    let written = folder.set_process(&identity);
    let mut gate = child.stdin.take();
    let go = async {
        written?;
        gate.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(b"go\n").await
    };
    go.await.map_err(|error| cannot("start", launch.program.path(), &error))?;
    Ok(Running::Own { child, identity, status: None })
}

/// The value of the marker for a start.
pub(super) fn marker(folder: &StartFolder) -> String {
    folder.path().to_string_lossy().into_owned()
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
