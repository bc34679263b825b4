//! The configured test command and the flow's scripts, run on exactly what will land (I20).

use crate::flow::Script;
use crate::git::Worktree;
use crate::model::{CommitId, StepStatus, TreeId};
use crate::orchestrator::run::guard::Guarded;
use crate::orchestrator::run::script::Ran;
use crate::orchestrator::run::{RunAbort, RunContext};
use crate::orchestrator::shared::blocking;
use crate::transition::Purpose;
use std::path::Path;

/// The step's name.
pub(in crate::orchestrator::run) const STEP: &str = "test";

/// How a command ended.
pub(in crate::orchestrator::run) enum Ended {
    /// With 0, and this at the end of its output.
    Passed { output: String },
    /// Otherwise, and this is what an agent is told.
    Failed { told: String },
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
}
