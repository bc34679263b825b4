//! The named points of a run, between which a crash may happen.

use crate::model::RunId;
use std::fmt::Debug;

/// A point that every run passes. What happens between two points is atomic, or is done again after a crash without
/// doing it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// The store has given the claim; the journal does not know it yet.
    Claimed,
    /// The journal knows the claim.
    Journaled,
    /// The workspace is ready.
    Prepared,
    /// The role is about to run.
    RoleStarting,
    /// An agent's report is on disk.
    AgentReported,
    /// The role's report is on disk.
    ReportSaved,
    /// A step of the submission or the landing was recorded.
    StepRecorded,
    /// The landing's commit is on disk; the base branch has not moved.
    LandingChosen,
    /// The base branch has moved; nothing is recorded.
    Landed,
    /// All that is left is the transition in the store.
    Settling,
    /// The transition is in the store; the journal still has the run.
    Transitioned,
    /// The run is recorded in the store; the journal still has it.
    Recorded,
    /// What a finished task's worktree held alone has a name; the worktree is there.
    WorktreeKept,
    /// The worktree is in the trash; git still lists it.
    WorktreeTrashed,
    /// Git does not list it any more; its files are in the trash.
    WorktreeUnregistered,
    /// Its files are deleted.
    WorktreeDeleted,
    /// The journal has forgotten the run.
    Forgotten,
}

impl Point {
    /// Every point, in the order in which a run passes them.
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

/// Hears when a run reaches a point, before the run goes on. Tests stop an orchestrator there.
pub trait Observer: Send + Sync + Debug {
    /// The run is at the point. The run waits until this returns.
    fn reached(&self, point: Point, run: &RunId);
}
