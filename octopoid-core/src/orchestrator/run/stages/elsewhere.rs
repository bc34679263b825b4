//! Where the work of an agent is that says it has submitted something, and has no commit to show (I22).

use crate::git::{Evidence, GitError, Worktree};
use crate::model::StepRecord;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::shared::blocking;

/// Largest number of commits that are named.
const NAMED: usize = 5;

/// Returns what was found of the run's work in other places: commits that its worktree has lost, refs that were moved, files
/// that are not part of the work. One text each.
pub(super) async fn found_elsewhere(
    context: &RunContext,
    steps: &[StepRecord],
) -> Result<Vec<String>, RunAbort> {
    let (repository, path, trace) =
        (context.shared.repository.clone(), context.workspace_path(), context.trace());
    let lost = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        let head = worktree.head()?;
        let evidence = Evidence::of(Some(&worktree), &path, &trace);
        Ok::<_, GitError>(evidence.not_in(&repository, &head))
    })
    .await?;
    let commits = lost.iter().take(NAMED).map(|commit| {
        format!(
            "commit {} ({}) was made and is not part of the work any more: it was reset, or left behind on another branch; take \
             it in with `git cherry-pick {}`",
            commit.id.short(),
            commit.summary,
            commit.id
        )
    });
    let notices = steps.iter().filter(|step| step.is_notice());
    Ok(commits.chain(notices.map(with_way_back)).collect())
}

/// Returns the detail of a notice; for a stash, with the command that applies its content.
fn with_way_back(step: &StepRecord) -> String {
    let detail = &step.detail;
    let stash = detail.contains("refs/stash").then(|| detail.split_once(" at ")).flatten();
    let commit = stash.and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_hexdigit()).next());
    match commit.filter(|commit| commit.len() >= 7) {
        Some(commit) => format!("{detail}. Take it in with `git stash apply {commit}`"),
        None => detail.clone(),
    }
}
