//! What the orchestrator does on the way from one state to the next.

use std::time::Duration;

/// One action of the orchestrator on a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// Puts the work on top of the base branch's newest commit.
    Rebase,
    /// Adds the task to `CHANGELOG.md`.
    UpdateChangelog,
    /// Runs the configured test command, unless this very content has passed.
    RunTests,
    /// Puts the work's branch on the remote.
    PushBranch,
    /// Shows the work to people, where the forge has pull requests.
    CreatePr,
    /// Waits for the checks of its pull request.
    WaitForChecks,
    /// Puts what reviewers said on its pull request.
    CommentReview,
    /// Removes the work's branch from the remote; its worktree goes with the end of every finished task.
    Cleanup,
    /// Runs a command in the worktree.
    Run(Script),
    /// A step of the embedding program's, by the name of its [`Step`](crate::orchestrator::Step).
    Own {
        /// The name.
        name: String,
        /// Whether a failure asks a person, instead of going back to the agent.
        asks_person: bool,
    },
}

impl StepKind {
    /// Those that a flow's file calls by their name, beside `merge`, `run: COMMAND` and those that are registered.
    pub(super) const NAMED: [Self; 8] = [
        StepKind::Rebase,
        StepKind::UpdateChangelog,
        StepKind::RunTests,
        StepKind::PushBranch,
        StepKind::CreatePr,
        StepKind::WaitForChecks,
        StepKind::CommentReview,
        StepKind::Cleanup,
    ];

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            StepKind::Rebase => "rebase",
            StepKind::UpdateChangelog => "update_changelog",
            StepKind::RunTests => "run_tests",
            StepKind::PushBranch => "push_branch",
            StepKind::CreatePr => "create_pr",
            StepKind::WaitForChecks => "wait_for_checks",
            StepKind::CommentReview => "comment_review",
            StepKind::Cleanup => "cleanup",
            StepKind::Run(script) => &script.name,
            StepKind::Own { name, .. } => name,
        }
    }

    /// Whether it changes the work, so that whatever looks at the work comes after it.
    pub(super) const fn changes_work(&self) -> bool {
        matches!(self, StepKind::Rebase | StepKind::UpdateChangelog)
    }

    /// Whether it is about the work as it is, so that nothing may change it afterwards.
    pub(super) const fn looks_at_work(&self) -> bool {
        matches!(
            self,
            StepKind::RunTests | StepKind::PushBranch | StepKind::CreatePr | StepKind::WaitForChecks
        )
    }
}

/// A command, run by `sh -c` in the worktree. It passes when it exits with 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// Under what it is recorded.
    pub name: String,
    /// The command.
    pub command: String,
    /// The longest time it may take.
    pub timeout: Duration,
    /// Variables it is given beside those that every child process is given.
    pub env: Vec<String>,
    /// Whether a failure asks a person, instead of going back to the agent.
    pub asks_person: bool,
}

impl Script {
    /// A command with ten minutes.
    pub fn new(name: impl Into<String>, command: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(600);
        Self { name: name.into(), command: command.into(), timeout, env: Vec::new(), asks_person: false }
    }
}
