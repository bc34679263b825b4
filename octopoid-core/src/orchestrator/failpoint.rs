//! Named points of a run at which tests crash or stop an orchestrator.

use crate::model::RunId;
use std::fmt::Debug;

/// Point that every run passes.
///
/// What happens between two points is atomic, or is repeated after a crash without taking effect twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// Store has granted the claim; the journal does not have it yet.
    Claimed,
    /// Journal has the claim.
    Journaled,
    /// Workspace is ready.
    Prepared,
    /// Role is about to start.
    RoleStarting,
    /// Report of an agent is on disk.
    AgentReported,
    /// Report of the role is on disk.
    ReportSaved,
    /// Step of the submission or the landing is recorded.
    StepRecorded,
    /// Commit of the landing is on disk; the base branch has not moved yet.
    LandingChosen,
    /// Base branch has moved; that is not recorded yet.
    Landed,
    /// Only the transition in the store is left to do.
    Settling,
    /// Transition is in the store; the journal still has the run.
    Transitioned,
    /// Run is recorded in the store; the journal still has it.
    Recorded,
    /// Commits and changes that only a finished task's worktree held are kept under a ref; the worktree still exists.
    WorktreeKept,
    /// Worktree is in the trash; git still lists it.
    WorktreeTrashed,
    /// Git no longer lists the worktree; its files are in the trash.
    WorktreeUnregistered,
    /// Files of the worktree are deleted.
    WorktreeDeleted,
    /// Run is removed from the journal.
    Forgotten,
}

impl Point {
    /// All points, in the order in which a run passes them.
    pub const ALL: [Point; 17] = [
        Point::Claimed,
        Point::Journaled,
        Point::Prepared,
        Point::RoleStarting,
        Point::AgentReported,
        Point::ReportSaved,
        Point::StepRecorded,
        Point::LandingChosen,
        Point::Landed,
        Point::Settling,
        Point::Transitioned,
        Point::Recorded,
        Point::WorktreeKept,
        Point::WorktreeTrashed,
        Point::WorktreeUnregistered,
        Point::WorktreeDeleted,
        Point::Forgotten,
    ];
}

/// Callback for each [`Point`] that a run reaches, called before the run goes on. Tests stop an orchestrator there.
pub trait Observer: Send + Sync + Debug {
    /// Called when the run has reached the point. The run waits until this returns.
    fn reached(&self, point: Point, run: &RunId);
}
