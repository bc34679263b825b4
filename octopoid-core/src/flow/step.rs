//! Steps: actions of the orchestrator on a transition.

use std::time::Duration;

/// Step: one action of the orchestrator on a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// Rebases the work onto the newest commit of the base branch.
    Rebase,
    /// Adds the task to `CHANGELOG.md`.
    UpdateChangelog,
    /// Runs the configured test command, unless this very content has already passed.
    RunTests,
    /// Pushes the work's branch to the remote.
    PushBranch,
    /// Opens a pull request for the work, if the forge has pull requests.
    CreatePr,
    /// Waits for the checks of the pull request.
    WaitForChecks,
    /// Posts the reviewers' remarks on the pull request.
    CommentReview,
    /// Deletes the work's branch on the remote; the worktree is removed at the end of every finished task anyway.
    Cleanup,
    /// Runs a command in the worktree.
    Run(Script),
    /// Runs a step registered by the embedding program, by the name of its [`Step`](crate::orchestrator::Step).
    Own {
        /// Name of the step.
        name: String,
        /// Whether a failure asks a person, instead of going back to the agent.
        asks_person: bool,
    },
}

impl StepKind {
    /// Steps that a flow file refers to by name, besides `merge`, `run: COMMAND` and registered steps.
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

    /// Returns the step's name.
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

    /// Returns whether the step changes the work, so that steps that examine the work must come after it.
    pub(super) const fn changes_work(&self) -> bool {
        match self {
            StepKind::Rebase | StepKind::UpdateChangelog => true,
            StepKind::RunTests
            | StepKind::PushBranch
            | StepKind::CreatePr
            | StepKind::WaitForChecks
            | StepKind::CommentReview
            | StepKind::Cleanup
            | StepKind::Run(_)
            | StepKind::Own { .. } => false,
        }
    }

    /// Returns whether the step examines the work as it is, so that nothing may change the work afterwards.
    pub(super) const fn looks_at_work(&self) -> bool {
        match self {
            StepKind::RunTests | StepKind::PushBranch | StepKind::CreatePr | StepKind::WaitForChecks => true,
            StepKind::Rebase
            | StepKind::UpdateChangelog
            | StepKind::CommentReview
            | StepKind::Cleanup
            | StepKind::Run(_)
            | StepKind::Own { .. } => false,
        }
    }
}

/// Command, run by `sh -c` in the worktree. It passes if it exits with 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// Name in the records.
    pub name: String,
    /// Command.
    pub command: String,
    /// Maximum duration.
    pub timeout: Duration,
    /// Environment variables given to the command in addition to those of every child process.
    pub env: Vec<String>,
    /// Whether a failure asks a person, instead of going back to the agent.
    pub asks_person: bool,
}

impl Script {
    /// Returns a script with a maximum duration of ten minutes.
    pub fn new(name: impl Into<String>, command: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(600);
        Self { name: name.into(), command: command.into(), timeout, env: Vec::new(), asks_person: false }
    }
}
