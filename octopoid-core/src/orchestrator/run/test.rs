//! The configured test command, run on exactly what will land (I20).

use super::{Active, Broken};
use crate::git::Worktree;
use crate::model::StepStatus;
use crate::orchestrator::shared::blocking;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

/// The step's name.
pub(super) const STEP: &str = "test";

/// How much of the output's end is kept with the step and shown to agents, in bytes.
const KEPT: u64 = 8 << 10;

impl Active {
    /// Tests the work; gives what an agent is told when the tests fail. Content that has passed is not tested again.
    pub(super) async fn test(&mut self) -> Result<Option<String>, Broken> {
        let Some(settings) = self.shared.settings.test.clone() else { return Ok(None) };
        self.check()?;
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let tree = blocking(move || {
            let head = Worktree::open(&repository, &path)?.head()?;
            repository.tree_of(&head)
        })
        .await?;
        if self.entry.tested.as_ref() == Some(&tree) {
            self.record(STEP, StepStatus::Skipped, "this content has passed before")?;
            return Ok(None);
        }
        let files = self.shared.layout.run_files(&self.entry.run.id);
        fs::create_dir_all(&files)?;
        let (output, group) = (files.join("test.log"), files.join("test.group"));
        stop_leftover(&group);
        let environment = self.shared.settings.environment_for(&settings.env);
        let log = File::create(&output)?;
        let mut child = tokio::process::Command::new("/bin/sh")
            .args(["-c", &settings.command])
            .current_dir(self.workspace_path())
            .env_clear()
            .envs(environment)
            .env("OCTOPOID_TASK_ID", self.task.id.as_str())
            .env("OCTOPOID_RUN_ID", self.entry.run.id.as_str())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = child.id();
        if let Some(pid) = pid {
            fs::write(&group, format!("{pid} {}", self.entry.run.id))?;
        }
        let end = tokio::select! {
            status = child.wait() => Ok(status?),
            () = self.shared.clock.sleep(settings.timeout) => {
                Err(format!("it took longer than {} s", settings.timeout.as_secs()))
            }
            () = self.interrupt.cancel.cancelled() => Err("it was stopped".to_owned()),
        };
        // Also what the tests left running.
        if let Some(pid) = pid {
            kill_group(pid);
        }
        let _ = child.wait().await;
        let _ = fs::remove_file(&group);
        self.check()?;
        let text = self.log.clean(&end_of(&output)?);
        let kept = self.keep_test_log(&output);
        let failure = match end {
            Ok(status) if status.success() => None,
            Ok(status) => Some(match (status.code(), status.signal()) {
                (Some(code), _) => format!("exit code {code}"),
                (None, signal) => format!("killed by signal {}", signal.unwrap_or_default()),
            }),
            Err(why) => Some(why),
        };
        match failure {
            None => {
                self.entry.tested = Some(tree);
                self.record(STEP, StepStatus::Done, format!("`{}` passed\n{text}", settings.command))?;
                Ok(None)
            }
            Some(why) => {
                self.record(
                    STEP,
                    StepStatus::Refused,
                    format!("`{}` failed: {why}\n{text}", settings.command),
                )?;
                Ok(Some(format!(
                    "The tests fail on the work ({why}).\nCommand: {}\nThe whole output is in {kept}. Its end:\n\n{text}",
                    settings.command
                )))
            }
        }
    }

    /// Keeps the whole output beside the attempt's log, and gives its path.
    fn keep_test_log(&self, output: &Path) -> String {
        let log =
            self.shared.layout.attempt_log(&self.task.id, self.entry.run.number).with_extension("test.log");
        match fs::copy(output, &log) {
            Ok(_) => log.display().to_string(),
            Err(error) => {
                tracing::warn!(%error, "the test output could not be kept");
                output.display().to_string()
            }
        }
    }
}

fn kill_group(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // A group that is already gone is what we want.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// Stops a test that an orchestrator which was killed left running in the same worktree.
fn stop_leftover(group: &Path) {
    let Ok(text) = fs::read_to_string(group) else { return };
    let Some((pid, run)) = text.split_once(' ') else { return };
    // The process id may belong to somebody else by now; the marker in its environment tells.
    let marker = format!("OCTOPOID_RUN_ID={run}\0");
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let ours = environment.windows(marker.len()).any(|window| window == marker.as_bytes());
    if let (true, Ok(pid)) = (ours, pid.parse()) {
        kill_group(pid);
    }
}

/// The end of a file as text, from the start of a line.
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
