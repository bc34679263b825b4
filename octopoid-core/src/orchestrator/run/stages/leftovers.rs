//! What an agent has left in the worktree beside its commits (I29, I32).

use crate::git::{GitError, Status, Worktree};
use crate::model::{CommitId, SessionId, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Notes, names};
use crate::orchestrator::run::role::{Agents, Host};
use crate::orchestrator::settings::LeftoverLimits;
use crate::orchestrator::shared::blocking;
use crate::role::{AgentCall, RoleHost};
use std::path::{Path, PathBuf};

/// The name of the step that says what was left.
const STEP: &str = "leftovers";

/// Largest number of files that are compared one by one before an agent is asked about them.
const COMPARED: usize = 100;

/// Leftovers of an agent beside its commits.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// The commit of what the agent had made and never committed.
    pub(super) taken_in: Option<CommitId>,
    /// Nested repositories whose files are part of that.
    pub(super) opened: Vec<PathBuf>,
    /// Changes of tracked files that were undone, and under which name they are kept.
    undone: Vec<PathBuf>,
    pub(super) kept: Option<String>,
    /// Untracked files that were moved away.
    pub(super) moved: Vec<PathBuf>,
    /// Files that git ignores, which stay.
    ignored: Vec<PathBuf>,
    /// Submodules in which something was not committed.
    submodules: Vec<PathBuf>,
    /// New files that were not committed and are too many, or too large, to be committed for the agent.
    pub(super) too_many: usize,
}

impl Left {
    /// Makes a worktree be its newest commit: the index is built again, changes are kept and undone, untracked files go to
    /// `aside`.
    pub(super) fn clear(&mut self, worktree: &Worktree, aside: &Path) -> Result<(), GitError> {
        self.submodules = worktree.clear_submodules(aside)?;
        let status = worktree.rebuild_index()?;
        for path in &status.untracked {
            worktree.move_aside(path, aside)?;
        }
        if !status.changed.is_empty() {
            self.kept = worktree.set_aside(&worktree.head()?)?;
        }
        // Without a copy, they only looked changed.
        self.undone = if self.kept.is_some() { status.changed } else { Vec::new() };
        (self.moved, self.ignored) = (status.untracked, status.ignored);
        Ok(())
    }

    /// Notes what was left, if there is anything to say of it.
    pub(super) fn note(&self, context: &RunContext, notes: &mut Notes) {
        let mut words = Vec::new();
        if let Some(commit) = &self.taken_in {
            words.push(format!(
                "the agent committed nothing; what it had made was committed in its name as {}",
                commit.short()
            ));
        }
        if !self.opened.is_empty() {
            words.push(format!("the files of repositories in {} are part of it", names(&self.opened)));
        }
        if !self.undone.is_empty() {
            let kept = self.kept.as_deref().unwrap_or("nothing");
            words.push(format!(
                "changes of {} were not committed and are not part of the work; they are kept as {kept}",
                names(&self.undone)
            ));
        }
        if !self.moved.is_empty() {
            words.push(format!(
                "{} were not committed and are not part of the work; they were moved to {}",
                names(&self.moved),
                context.left_folder().display()
            ));
        }
        if !self.submodules.is_empty() {
            words.push(format!(
                "what was changed inside the submodules {} was not committed there and is not part of the work; it is kept in \
                 the clones of these, under refs/octopoid/kept",
                names(&self.submodules)
            ));
        }
        if !self.ignored.is_empty() {
            words.push(format!(
                "git ignores {}: they do not land, and the tests can read them",
                names(&self.ignored)
            ));
        }
        if !words.is_empty() {
            notes.add(STEP, StepStatus::Done, words.join(".\n"));
        }
    }
}

/// Asks the agent once, in the same conversation, to commit or remove what it left, where it has committed something or left more
/// than is taken in for it. `base` is the commit that its work stands on.
pub(in crate::orchestrator::run) async fn ask_for_leftovers(
    context: &RunContext,
    host: &Host,
    base: Option<CommitId>,
) -> Result<(), RunAbort> {
    let Some(session) = host.tally().session().cloned() else { return Ok(()) };
    if !host.resumes_sessions() {
        return Ok(());
    }
    let Some(base) = base else { return Ok(()) };
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let limits = context.shared.settings.leftovers;
    let left = blocking(move || {
        let worktree = Worktree::open(&repository, &path)?;
        let (mut status, submodules) = (worktree.status()?, worktree.changed_submodules()?);
        if status.changed.len() <= COMPARED {
            let mut changed = Vec::new();
            for path in status.changed {
                if !worktree.is_as_checked_out(&path)? {
                    changed.push(path);
                }
            }
            status.changed = changed;
        }
        if status.is_clean() && submodules.is_empty() {
            return Ok(None);
        }
        let never_committed = repository.count_commits(&base, &worktree.head()?)? == 0;
        if never_committed && submodules.is_empty() && is_within(&worktree, &status, limits) {
            return Ok(None);
        }
        Ok::<_, GitError>(Some((status, submodules)))
    });
    let Some((status, submodules)) = left.await? else { return Ok(()) };
    context.note("asking the agent to commit or remove what it left");
    match host.run_agent(request(&status, &submodules, session)).await {
        Ok(_) => {}
        // What it left is looked at in any case.
        Err(error) => context.note(&format!("it was asked in vain: {error}")),
    }
    Ok(())
}

/// Returns whether what an agent has not committed is little enough to be committed for it.
pub(super) fn is_within(worktree: &Worktree, status: &Status, limits: LeftoverLimits) -> bool {
    let size =
        |path: &PathBuf| std::fs::symlink_metadata(worktree.path().join(path)).map_or(0, |file| file.len());
    let bytes: u64 = status.untracked.iter().map(size).sum();
    status.untracked.len() <= limits.files as usize && bytes <= limits.bytes
}

/// Returns what an agent is asked for.
fn request(status: &Status, submodules: &[PathBuf], session: SessionId) -> AgentCall {
    let mut text = String::from(
        "You reported that the work is done, but your worktree holds changes that are not committed. Only commits count: what \
         is not committed is not tested, not reviewed, and does not land.\n\n",
    );
    let inside = "Changed inside submodules, where it has to be committed first";
    for (what, paths) in [
        ("Changed", status.changed.as_slice()),
        ("Not tracked by git", &status.untracked),
        (inside, submodules),
    ] {
        if !paths.is_empty() {
            text.push_str(&format!("{what}: {}\n", names(paths)));
        }
    }
    text.push_str(
        "\nCommit what belongs to the task, and remove or undo the rest. Do nothing else, and then report as before.\n",
    );
    AgentCall::new(text).with_resume(Some(session))
}
