//! The flow's scripts, run on exactly what will land (I20).

use super::StepOutcome;
use super::protected::named_and_changed;
use crate::flow::Script;
use crate::git::{GitError, Worktree};
use crate::model::{CommitId, StepStatus, TreeId};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::guard::{self, Guarded};
use crate::orchestrator::run::notes::{Notes, names};
use crate::orchestrator::run::script::{Ran, run_command};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::{Proof, Work};
use crate::orchestrator::shared::blocking;
use crate::transition::Purpose;
use std::collections::BTreeMap;
use std::path::Path;

/// The name of the step that says what a command left in the worktree.
const LEFTOVERS: &str = "leftovers";

/// The content that has passed each script and custom step of a run, by their keys.
pub(in crate::orchestrator::run) type Passed = BTreeMap<String, TreeId>;

/// End of a command that ran on the work.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct Ended {
    pub(in crate::orchestrator::run) outcome: StepOutcome,
    /// Text for the agent, if the command failed.
    pub(in crate::orchestrator::run) failure: Option<String>,
}

impl Ended {
    /// Returns what that means for the work; `proof` is what a success proves.
    pub(super) fn into_outcome(self, context: &RunContext, asks_person: bool, proof: Proof) -> StepOutcome {
        match self.failure {
            None => self.outcome.with_proof(proof),
            Some(failure) => self.outcome.settling(Settlement::send_back(context, asks_person, failure)),
        }
    }
}

/// Runs a script of the flow. Content that has passed it in this run does not have to pass again. With `of_base`, files that the
/// command names are those of the base branch: the work does not choose what it is judged by.
pub(in crate::orchestrator::run) async fn script(
    context: &RunContext,
    passed: &Passed,
    work: &Work,
    script: &Script,
    of_base: bool,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let key = format!("{}: {}", script.name, script.command);
    let Some(tree) = unpassed(context, passed, &key).await? else {
        return Ok(StepOutcome::passed_before(&script.name));
    };
    if of_base {
        take_from_base(context, work, script).await?;
    }
    let says = format!("`{}` fails on the work", script.name);
    let ended = in_worktree(context, script, &says, of_base, notes).await?;
    Ok(ended.into_outcome(context, script.asks_person, Proof::Step { key, tree }))
}

/// Returns the content on which something is still to be done; `None` if this run has done it already.
pub(super) async fn unpassed(
    context: &RunContext,
    passed: &Passed,
    key: &str,
) -> Result<Option<TreeId>, RunAbort> {
    context.check()?;
    let tree = content(context).await?;
    Ok(Some(tree).filter(|tree| passed.get(key) != Some(tree)))
}

/// Puts the files that a script's command names into the worktree as the base branch has them, where the work changes them. They
/// are the work's again after the script.
async fn take_from_base(context: &RunContext, work: &Work, script: &Script) -> Result<(), RunAbort> {
    let changed = named_and_changed(context, work, &script.command).await?;
    if changed.is_empty() {
        return Ok(());
    }
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let (base, files) = (work.base.clone(), changed.clone());
    blocking(move || Worktree::open(&repository, &path)?.show_files_of(&base, &files)).await?;
    let names: Vec<_> = changed.iter().map(|path| path.display().to_string()).collect();
    context.note(&format!("`{}` ran as {} has it", names.join("`, `"), context.base_branch));
    Ok(())
}

/// Returns the content of the work as it is in the worktree.
pub(super) async fn content(context: &RunContext) -> Result<TreeId, GitError> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    blocking(move || {
        let head = Worktree::open(&repository, &path)?.head()?;
        repository.tree_of(&head)
    })
    .await
}

/// Returns whether the work that is being landed has the very content that was submitted, which has passed its checks.
pub(in crate::orchestrator::run) async fn is_as_submitted(context: &RunContext) -> Result<bool, RunAbort> {
    let submitted = context.submitted().filter(|_| context.claim.purpose == Purpose::Land);
    let Some(head) = submitted else { return Ok(false) };
    let repository = context.shared.repository.clone();
    Ok(blocking(move || repository.tree_of(&head)).await? == content(context).await?)
}

/// Runs a command in the worktree, which is made to be its commit again afterwards. `says` is how the report of a failure begins.
/// With `guarded`, what the command must not change is looked at as after an agent.
pub(in crate::orchestrator::run) async fn in_worktree(
    context: &RunContext,
    script: &Script,
    says: &str,
    guarded: bool,
    notes: &mut Notes,
) -> Result<Ended, RunAbort> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let head = blocking(move || Worktree::open(&repository, &path)?.head()).await?;
    let folder = context.start_folder(&context.workspace_path());
    let ran = match guarded {
        true => run_guarded(context, script, &folder, notes).await?,
        false => run_command(context, script, &folder, &[]).await?,
    };
    reset_worktree(context, &script.name, &head, notes).await?;
    Ok(judge(script, says, ran))
}

/// Runs a command, and puts back what it must not change. A person has to look first if that is not possible.
pub(super) async fn run_guarded(
    context: &RunContext,
    script: &Script,
    folder: &Path,
    notes: &mut Notes,
) -> Result<Ran, RunAbort> {
    if !folder.is_dir() {
        let why = "the work has no folder in which it starts, which `repo.folder` names".to_owned();
        return Ok(Ran { result: Err(why), text: String::new(), kept: "no file".to_owned() });
    }
    let before = guard::begin(context, Guarded::Command).await?;
    let variables = context.shared.repository.environment_for_agents(&context.trace(), false);
    let ran = run_command(context, script, folder, &variables).await;
    match guard::end(context, before, notes).await? {
        Some(reason) => Err(RunAbort::Held(reason)),
        None => ran,
    }
}

/// Makes the worktree be its commit again after a command. What the command left is of no worth; what it changed of the work itself
/// is noted, because it may have judged something else than what lands.
async fn reset_worktree(
    context: &RunContext,
    name: &str,
    head: &CommitId,
    notes: &mut Notes,
) -> Result<(), RunAbort> {
    let (repository, path, wanted) =
        (context.shared.repository.clone(), context.workspace_path(), head.clone());
    let (changed, committed) = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        let committed = worktree.head()? != wanted;
        let mut changed = worktree.changed_submodules()?;
        if committed || !changed.is_empty() || worktree.is_dirty()? {
            changed.extend(worktree.status()?.changed);
            worktree.reset_hard(&wanted)?;
        }
        Ok::<_, GitError>((changed, committed))
    })
    .await?;
    if committed {
        let words = format!("`{name}` made commits in the worktree; they are not part of the work");
        notes.add(LEFTOVERS, StepStatus::Done, words);
    }
    if !changed.is_empty() {
        let words = format!(
            "{} changed while `{name}` ran, so it may have judged other content than what lands; that was undone",
            names(&changed)
        );
        notes.add(LEFTOVERS, StepStatus::Done, words);
    }
    Ok(())
}

/// Returns how a command's end is recorded, and what an agent is told of a failure.
pub(super) fn judge(script: &Script, says: &str, ran: Ran) -> Ended {
    let Script { name, command, .. } = script;
    let Ran { result, text, kept } = ran;
    match result {
        Ok(()) => {
            let outcome = StepOutcome::of(name, StepStatus::Done, format!("`{command}` passed\n{text}"));
            Ended { outcome, failure: None }
        }
        Err(why) => {
            let words = format!("`{command}` failed: {why}\n{text}");
            let told =
                format!("{says} ({why}).\nCommand: {command}\nThe output is in {kept}. Its end:\n\n{text}");
            Ended { outcome: StepOutcome::of(name, StepStatus::Refused, words), failure: Some(told) }
        }
    }
}
