//! The configured test command and the flow's scripts, run on exactly what will land (I20).

use crate::flow::Script;
use crate::git::Worktree;
use crate::model::{CommitId, StepStatus, TreeId};
use crate::orchestrator::run::guard::Guarded;
use crate::orchestrator::run::{RunAbort, RunContext, leftovers};
use crate::orchestrator::shared::blocking;
use crate::transition::Purpose;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

/// The step's name.
pub(in crate::orchestrator::run) const STEP: &str = "test";

/// How much of the output's end is kept with the step and shown to agents, in bytes.
const KEPT: u64 = 8 << 10;

/// How a command ended.
pub(in crate::orchestrator::run) enum Ended {
    /// With 0, and this at the end of its output.
    Passed { output: String },
    /// Otherwise, and this is what an agent is told.
    Failed { told: String },
}

/// What a command came to.
pub(in crate::orchestrator::run) struct Ran {
    /// Why it failed, if it did.
    pub(in crate::orchestrator::run) result: Result<(), String>,
    /// The end of its output.
    pub(in crate::orchestrator::run) text: String,
    /// Where all of its output is.
    kept: String,
}

impl RunContext {
    /// Tests the work; gives what an agent is told when the tests fail. Content that has passed is not tested again.
    pub(in crate::orchestrator::run) async fn test(&mut self) -> Result<Option<String>, RunAbort> {
        let Some(settings) = self.shared.settings.test.clone() else { return Ok(None) };
        self.check()?;
        let tree = self.content().await?;
        if self.entry.tested.as_ref() == Some(&tree) {
            self.record(STEP, StepStatus::Skipped, "this content has passed before")?;
            return Ok(None);
        }
        let mut script = Script::new(STEP, settings.command);
        (script.timeout, script.env) = (settings.timeout, settings.env);
        let says = "The tests fail on the work";
        let ended = match settings.clean {
            true => self.execute_in_checkout(&script, says).await?,
            false => self.execute(&script, says, true).await?,
        };
        Ok(match ended {
            Ended::Passed { output } => {
                self.entry.tested = Some(tree);
                self.passed(&script, &output)?;
                None
            }
            Ended::Failed { told } => Some(told),
        })
    }

    /// Runs a script of the flow; gives what an agent is told when it fails. Content that has passed it in this run does
    /// not have to pass again. With `of_base`, files that the command names are those of the base branch: the work does not
    /// choose what it is judged by.
    pub(in crate::orchestrator::run) async fn script(
        &mut self,
        script: &Script,
        of_base: bool,
    ) -> Result<Option<String>, RunAbort> {
        let key = format!("{}: {}", script.name, script.command);
        let Some(tree) = self.not_passed(&script.name, &key).await? else { return Ok(None) };
        if of_base {
            self.take_script_from_base(script).await?;
        }
        let says = format!("`{}` fails on the work", script.name);
        let ended = self.execute(script, &says, of_base).await?;
        Ok(match ended {
            Ended::Passed { output } => {
                self.entry.passed.insert(key, tree);
                self.passed(script, &output)?;
                None
            }
            Ended::Failed { told } => Some(told),
        })
    }

    /// The content on which something is still to be done; none, and a record of it, where this run has done it already.
    pub(in crate::orchestrator::run) async fn not_passed(
        &mut self,
        name: &str,
        key: &str,
    ) -> Result<Option<TreeId>, RunAbort> {
        self.check()?;
        let tree = self.content().await?;
        if self.entry.passed.get(key) == Some(&tree) {
            self.record(name, StepStatus::Skipped, "this content has passed before")?;
            return Ok(None);
        }
        Ok(Some(tree))
    }

    /// Puts the files that a script's command names into the worktree as the base branch has them, where the work changes
    /// them. They are the work's again after the script.
    async fn take_script_from_base(&mut self, script: &Script) -> Result<(), RunAbort> {
        let changed = self.named_and_changed(&script.command).await?;
        let (Some(base), false) = (self.entry.base.clone(), changed.is_empty()) else { return Ok(()) };
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let files = changed.clone();
        blocking(move || Worktree::open(&repository, &path)?.show_files_of(&base, &files)).await?;
        let names: Vec<_> = changed.iter().map(|path| path.display().to_string()).collect();
        let words = format!("`{}` ran as {} has it", names.join("`, `"), self.entry.base_branch);
        self.log.note(self.shared.now(), &words);
        Ok(())
    }

    /// The content of the work as it is in the worktree.
    async fn content(&self) -> Result<TreeId, RunAbort> {
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        Ok(blocking(move || {
            let head = Worktree::open(&repository, &path)?.head()?;
            repository.tree_of(&head)
        })
        .await?)
    }

    /// Whether the work that is being landed has the very content that was handed in, which has passed its checks.
    pub(in crate::orchestrator::run) async fn is_as_handed_in(&self) -> Result<bool, RunAbort> {
        let submitted = self.task.submission.as_ref().and_then(|submission| submission.head.clone());
        let Some(head) = submitted.filter(|_| self.entry.purpose == Purpose::Land) else { return Ok(false) };
        let repository = self.shared.repository.clone();
        Ok(blocking(move || repository.tree_of(&head)).await? == self.content().await?)
    }

    /// Records that a script has passed, together with what was noted of that in the journal's entry.
    pub(in crate::orchestrator::run) fn passed(
        &mut self,
        script: &Script,
        output: &str,
    ) -> Result<(), RunAbort> {
        self.record(&script.name, StepStatus::Done, format!("`{}` passed\n{output}", script.command))
    }

    /// Runs a command on the work: in the worktree, which is made to be its commit again afterwards. A failure is recorded; of
    /// a success the caller knows what else there is to note. With `guarded`, what the command must not change is looked at as
    /// after an agent.
    pub(in crate::orchestrator::run) async fn execute(
        &mut self,
        script: &Script,
        says: &str,
        guarded: bool,
    ) -> Result<Ended, RunAbort> {
        let head = self.head().await?;
        let folder = self.start_folder(&self.workspace_path());
        let ran = match guarded {
            true => self.run_guarded(script, &folder).await?,
            false => self.run_command(script, &folder, &[]).await?,
        };
        self.clean_worktree(&script.name, &head).await?;
        self.judge(script, says, ran)
    }

    async fn run_guarded(&mut self, script: &Script, folder: &Path) -> Result<Ran, RunAbort> {
        if !folder.is_dir() {
            let why = "the work has no folder in which it starts, which `repo.folder` names".to_owned();
            return Ok(Ran { result: Err(why), text: String::new(), kept: "no file".to_owned() });
        }
        let before = self.begin_guard(Guarded::Command).await?;
        let variables = self.shared.repository.environment_for_agents(&self.trace(), false);
        let ran = self.run_command(script, folder, &variables).await;
        self.end_guard(before).await?;
        if let Some(reason) = self.entry.held.clone() {
            return Err(RunAbort::Held(reason));
        }
        ran
    }

    /// The newest commit of the worktree.
    async fn head(&self) -> Result<CommitId, RunAbort> {
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        Ok(blocking(move || Worktree::open(&repository, &path)?.head()).await?)
    }

    /// Runs the tests in a fresh checkout of the very commit.
    async fn execute_in_checkout(&mut self, script: &Script, says: &str) -> Result<Ended, RunAbort> {
        let path = self.shared.layout.run_files(&self.entry.run.id).join("checkout");
        let (repository, worktree, checkout) =
            (self.shared.repository.clone(), self.workspace_path(), path.clone());
        let turn = self.shared.worktrees.lock().await;
        blocking(move || {
            if let Ok(earlier) = Worktree::open(&repository, &checkout) {
                earlier.discard()?;
            }
            let head = Worktree::open(&repository, &worktree)?.head()?;
            repository.worktree_add(&checkout, &head)
        })
        .await?;
        drop(turn);
        self.make_checkout_ready(&path).await?;
        let ran = self.run_guarded(script, &self.start_folder(&path)).await?;
        let repository = self.shared.repository.clone();
        let turn = self.shared.worktrees.lock().await;
        blocking(move || Worktree::open(&repository, &path)?.discard()).await?;
        drop(turn);
        self.judge(script, says, ran)
    }

    fn judge(&mut self, script: &Script, says: &str, ran: Ran) -> Result<Ended, RunAbort> {
        let Ran { result, text, kept } = ran;
        let Err(why) = result else { return Ok(Ended::Passed { output: text }) };
        let words = format!("`{}` failed: {why}\n{text}", script.command);
        self.record(&script.name, StepStatus::Refused, words)?;
        let told = format!(
            "{says} ({why}).\nCommand: {}\nThe whole output is in {kept}. Its end:\n\n{text}",
            script.command
        );
        Ok(Ended::Failed { told })
    }

    /// Runs a command in a folder, and leaves none of its processes behind.
    pub(in crate::orchestrator::run) async fn run_command(
        &self,
        script: &Script,
        folder: &Path,
        variables: &[(String, String)],
    ) -> Result<Ran, RunAbort> {
        let files = self.shared.layout.run_files(&self.entry.run.id);
        fs::create_dir_all(&files)?;
        let (output, group) = (files.join("script.log"), files.join("script.group"));
        stop_leftover(&group);
        let environment = self.shared.settings.environment_for(&script.env);
        let marker = format!("{}: {}", files.canonicalize()?.display(), script.name);
        let log = File::create(&output)?;
        let mut child = tokio::process::Command::new("/bin/sh")
            .args(["-c", &script.command])
            .current_dir(folder)
            .env_clear()
            .envs(environment)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("OCTOPOID_TASK_ID", self.task.id.as_str())
            .env("OCTOPOID_RUN_ID", self.entry.run.id.as_str())
            .env(leftovers::MARKER, &marker)
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
            () = self.shared.clock.sleep(script.timeout) => {
                Err(format!("it took longer than {} s", script.timeout.as_secs()))
            }
            () = self.interrupt.cancel.cancelled() => Err("it was stopped".to_owned()),
        };
        if let Some(pid) = pid {
            kill_group(pid);
        }
        // Also what runs in a session of its own: a server that the tests began would hold its port, and the next task be
        // charged for that.
        blocking(move || leftovers::kill_all(&marker)).await;
        let _ = child.wait().await;
        let _ = fs::remove_file(&group);
        self.check()?;
        if let Ok(status) = &end
            && self.interrupt.is_shutdown(ended_by(*status)).await
        {
            return Err(RunAbort::Stopping);
        }
        let text = self.log.clean(&end_of(&output)?);
        let kept = self.keep_output(&script.name, &output);
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

    /// Keeps the whole output beside the attempt's log, and gives its path.
    fn keep_output(&self, name: &str, output: &Path) -> String {
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
        let log = self.shared.layout.attempt_log(&self.task.id, self.entry.run.number);
        let log = log.with_extension(format!("{name}.log"));
        match fs::copy(output, &log) {
            Ok(_) => log.display().to_string(),
            Err(error) => {
                tracing::warn!(%error, "the output of a script could not be kept");
                output.display().to_string()
            }
        }
    }
}

/// The signal that ended the shell, or the last of its commands.
fn ended_by(status: ExitStatus) -> Option<i32> {
    status.signal().or_else(|| status.code().filter(|code| (129..=192).contains(code)).map(|code| code - 128))
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
