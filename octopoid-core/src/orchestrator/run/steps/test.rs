//! The step `run_tests`: the configured tests on exactly what will land (I20).

use super::StepOutcome;
use super::script::{Ended, content, in_worktree, judge, run_guarded};
use crate::flow::Script;
use crate::git::Worktree;
use crate::model::TreeId;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::work::Proof;
use crate::orchestrator::run::worktree_setup::set_up;
use crate::orchestrator::shared::blocking;

/// The step's name.
pub(in crate::orchestrator::run) const STEP: &str = "test";

/// Tests the work. `tested` is the content that has passed, which is not tested again.
pub(super) async fn test(
    context: &RunContext,
    tested: Option<&TreeId>,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let Some(settings) = context.shared.settings.test.clone() else { return Ok(StepOutcome::nothing()) };
    context.check()?;
    let tree = content(context).await?;
    if tested == Some(&tree) {
        return Ok(StepOutcome::passed_before(STEP));
    }
    let mut script = Script::new(STEP, settings.command);
    (script.timeout, script.env) = (settings.timeout, settings.env);
    let says = "The tests fail on the work";
    let ended = match settings.clean {
        true => in_checkout(context, &script, says, notes).await?,
        false => in_worktree(context, &script, says, true, notes).await?,
    };
    Ok(ended.into_outcome(context, false, Proof::Tests(tree)))
}

/// Runs the tests in a fresh checkout of the very commit.
async fn in_checkout(
    context: &RunContext,
    script: &Script,
    says: &str,
    notes: &mut Notes,
) -> Result<Ended, RunAbort> {
    let path = context.files().join("checkout");
    let (repository, worktree, checkout) =
        (context.shared.repository.clone(), context.workspace_path(), path.clone());
    let turn = context.shared.worktrees.lock().await;
    blocking(move || {
        if let Ok(earlier) = Worktree::open(&repository, &checkout) {
            earlier.discard()?;
        }
        let head = Worktree::open(&repository, &worktree)?.head()?;
        repository.worktree_add(&checkout, &head)
    })
    .await?;
    drop(turn);
    set_up(context, &path).await?;
    let ran = run_guarded(context, script, &context.start_folder(&path), notes).await?;
    let repository = context.shared.repository.clone();
    let turn = context.shared.worktrees.lock().await;
    blocking(move || Worktree::open(&repository, &path)?.discard()).await?;
    drop(turn);
    Ok(judge(script, says, ran))
}
