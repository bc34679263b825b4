//! Running a configured command: the tests, a script of the flow, the preparation of a worktree.

use super::abort::RunAbort;
use super::context::RunContext;
use crate::flow::Script;
use crate::model::ArtifactKind;
use crate::orchestrator::disk::test_output::add_output;
use crate::process::{Command, Identity, LaunchPolicy, Marker, ProgramKind, Signal, Start};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

/// The environment variable that names the run and the script that a process belongs to.
const STEP_MARKER: &str = "OCTOPOID_STEP";

/// The environment variable that names the run of a process.
const RUN_ID: &str = "OCTOPOID_RUN_ID";

/// Number of bytes of the output's end that are kept with the step and shown to agents.
const KEPT: u64 = 8 << 10;

/// The end of a command.
pub(super) struct Ran {
    /// Error in words, if the command failed.
    pub(super) result: Result<(), String>,
    /// The end of its output.
    pub(super) text: String,
    /// The file with its output.
    pub(super) kept: String,
}

/// Runs a command in a folder, and leaves none of its processes behind.
pub(super) async fn run_command(
    context: &RunContext,
    script: &Script,
    folder: &Path,
    variables: &[(String, String)],
) -> Result<Ran, RunAbort> {
    let files = context.files();
    fs::create_dir_all(&files)?;
    let (output, group) = (files.join("script.log"), files.join("script.group"));
    stop_leftover(&group);
    let command = Command::new("/bin/sh")
        .args(["-c", &script.command])
        .current_dir(folder)
        .envs(context.shared.settings.environment_for(&script.env))
        .envs(variables.iter().cloned())
        .env("OCTOPOID_TASK_ID", context.task.id.as_str())
        .env(RUN_ID, context.id.as_str());
    let log = File::create(&output)?;
    let policy = LaunchPolicy::new(ProgramKind::Script).with_writable(context.workspace_path());
    let marker = format!("{}: {}", files.canonicalize()?.display(), script.name);
    let mut child = Start::new(command, policy, context.shared.launcher.clone())
        .marker(Marker::new(STEP_MARKER, marker))
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    fs::write(&group, format!("{} {}", child.identity().pid(), context.id))?;
    let end = tokio::select! {
        status = child.wait() => Ok(status?),
        () = context.shared.clock.sleep(script.timeout) => {
            Err(format!("it took longer than {} s", script.timeout.as_secs()))
        }
        () = context.interrupt.cancel.cancelled() => Err("it was stopped".to_owned()),
    };
    // Also after its own end, and also what runs in a session of its own: a server that the tests began would hold its
    // port, and the next task be charged for that.
    let _ = child.kill().await;
    let _ = fs::remove_file(&group);
    context.check()?;
    if let Ok(status) = &end
        && context.interrupt.is_shutdown(ended_by(*status)).await
    {
        return Err(RunAbort::Stopping);
    }
    let text = context.log.clean(&end_of(&output)?);
    let kept = keep_output(context, &script.command, &output);
    let result = match end {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, signal) => format!("killed by signal {}", signal.unwrap_or_default()),
        }),
        Err(why) => Err(why),
    };
    Ok(Ran { result, text, kept })
}

/// Adds the output to the attempt's test output, and returns the path of that.
fn keep_output(context: &RunContext, command: &str, output: &Path) -> String {
    let kept = context.shared.layout.artifact(&context.task.id, context.number, ArtifactKind::TestOutput);
    match add_output(&kept, command, output, context.log.redactor()) {
        Ok(()) => kept.display().to_string(),
        Err(error) => {
            tracing::warn!(%error, "the output of a script could not be kept");
            output.display().to_string()
        }
    }
}

/// Returns the signal that ended the shell, or the last of its commands.
fn ended_by(status: ExitStatus) -> Option<i32> {
    status.signal().or_else(|| status.code().filter(|code| (129..=192).contains(code)).map(|code| code - 128))
}

/// Stops a script that an orchestrator which was killed left running in the same worktree.
fn stop_leftover(group: &Path) {
    let Ok(text) = fs::read_to_string(group) else { return };
    let Some((pid, run)) = text.split_once(' ') else { return };
    let Ok(pid) = pid.parse() else { return };
    let process = Identity::of(pid);
    // The process id may have been reused by now; the run in its environment tells.
    if Marker::new(RUN_ID, run).is_on(process.pid()) {
        process.signal(Signal::Kill);
    }
}

/// Returns the end of a file as text, from the start of a line.
fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(KEPT)))?;
    let mut bytes = Vec::new();
    file.take(KEPT).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if length <= KEPT {
        return Ok(text);
    }
    let rest = text.split_once('\n').map_or(text.as_str(), |(_, rest)| rest);
    Ok(format!("[{} bytes before this are left out]\n{rest}", length - KEPT))
}
